"""Data quality of a set of cells: completeness, timeliness, reliability. Source: design/domain.md §5."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.domain.arithmetic import quotient


@dataclass(frozen=True, slots=True)
class DueCell:
    """A cell that is due (exempt and not-due ones are not counted at all)."""

    reported: bool
    on_time: bool = False
    returned: bool = False
    has_error: bool = False


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts and their shares of what is due (0–1); shares are None when nothing is due."""

    due: int
    reported: int
    on_time: int
    returned: int
    reliable: int
    completeness: Decimal | None
    timeliness: Decimal | None
    reliability: Decimal | None


def quality_of(cells: Iterable[DueCell]) -> Quality:
    """Count a set of due cells. Reliable (policy v1) = on time, no error finding, never returned."""
    due = list(cells)
    reported = sum(cell.reported for cell in due)
    on_time = sum(cell.reported and cell.on_time for cell in due)
    returned = sum(cell.returned for cell in due)
    reliable = sum(c.reported and c.on_time and not c.returned and not c.has_error for c in due)
    return Quality(
        due=len(due),
        reported=reported,
        on_time=on_time,
        returned=returned,
        reliable=reliable,
        completeness=_share(reported, len(due)),
        timeliness=_share(on_time, len(due)),
        reliability=_share(reliable, len(due)),
    )


def _share(part: int, whole: int) -> Decimal | None:
    return quotient(Decimal(part), Decimal(whole)) if whole else None
