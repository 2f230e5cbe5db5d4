"""A kept card that is as good as one computed now, or none."""

from dataclasses import dataclass
from datetime import date, datetime

from services.indicators.domain.periods import Period
from services.indicators.policies.repository import DEFAULT_POLICY
from services.indicators.summaries.statements import FRESH
from services.kit.database import Pool
from services.kit.writing import canonical_instant


@dataclass(frozen=True, slots=True)
class KeptCard:
    """The document, when it was computed, and up to which event of the feed."""

    body: str
    computed_at: datetime
    feed_position: int

    @property
    def headers(self) -> dict[str, str]:
        """How fresh it is. Not in the document: the same facts give the same bytes, whenever they were computed."""
        return {"X-Computed-At": canonical_instant(self.computed_at), "X-Feed-Position": str(self.feed_position)}


async def fresh_card(reader: Pool, dependencia_id: int, plan: str, period: Period, today: date) -> KeptCard | None:
    """The kept card when nothing that it depends on has changed since; None when it must be computed."""
    row = await reader.fetchrow(FRESH, dependencia_id, plan, period.code, today, DEFAULT_POLICY)
    return None if row is None else KeptCard(row["body"], row["computed_at"], row["feed_position"])
