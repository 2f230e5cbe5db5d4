"""A card computed now, from the cells."""

from dataclasses import dataclass
from datetime import date

from services.indicators.domain.periods import Period
from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.scorecards.reading import Subject, subject_of
from services.indicators.scorecards.statement import Card, Scope, own_card
from services.indicators.scorecards.subtree import subtree_card
from services.kit.access import Caller
from services.kit.database import Connection, Pool


@dataclass(frozen=True, slots=True)
class CardQuestion:
    """Whose card, under which plan, for which period."""

    dependencia: str
    plan: str
    period: str
    scope: Scope
    accumulated: bool = False

    def first_day(self, within: Period) -> date:
        """Where the card begins: with its period, or with the year when it accumulates up to it."""
        return date(within.year, 1, 1) if self.accumulated else within.first_day


async def live_card(reader: Pool, caller: Caller, question: CardQuestion, card: Card) -> str:
    """The card's JSON. Raises InvalidPeriodParameter, NotFound or Forbidden (see `subject_of`)."""
    within = period_parameter("period", question.period)
    subject = await subject_of(reader, caller, question.dependencia, question.plan, question.scope, SCHEMA)
    return await compute_card(reader, subject, question, within, card)


async def compute_card(
    reader: Pool | Connection, subject: Subject, question: CardQuestion, within: Period, card: Card
) -> str:
    """The JSON of a subject's card; whether somebody may read it is not asked here."""
    own = question.scope == "own"
    body: str = await reader.fetchval(
        own_card(card) if own else subtree_card(card),
        subject.ids,
        question.plan,
        question.first_day(within),
        within.last_day,
        card.knowledge.today,
        card.knowledge.instant,
        question.dependencia,
        within.code,
        *(() if own else (subject.id,)),
    )
    return body
