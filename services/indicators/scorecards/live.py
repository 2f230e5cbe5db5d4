"""A card computed now, from the cells."""

from dataclasses import dataclass, replace
from datetime import date

from services.indicators.domain.periods import Period
from services.indicators.domain.structure import Member, Organisation, Structure, is_plain
from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.organisation.reading import organisation_known
from services.indicators.scorecards.reading import root_of
from services.indicators.scorecards.statement import Card, Scope, own_card
from services.indicators.scorecards.subtree import subtree_card
from services.indicators.scoring.formulas import term_formulas
from services.kit.access import Caller
from services.kit.database import Connection, Pool


@dataclass(frozen=True, slots=True)
class CardQuestion:
    """Whose card, under which plan, for which period, by which tree."""

    dependencia: str
    plan: str
    period: str
    scope: Scope
    accumulated: bool = False
    structure: Structure = Structure.AS_REPORTED

    def first_day(self, within: Period) -> date:
        """Where the card begins: with its period, or with the year when it accumulates up to it."""
        return date(within.year, 1, 1) if self.accumulated else within.first_day


async def live_card(reader: Pool, caller: Caller, question: CardQuestion, card: Card) -> str:
    """The card's JSON. Raises InvalidPeriodParameter, NotFound or Forbidden (see `root_of`)."""
    within = period_parameter("period", question.period)
    root = await root_of(
        reader, caller, question.dependencia, question.plan, question.scope, SCHEMA, known=card.knowledge
    )
    return await compute_card(reader, root, question, within, card)


async def compute_card(reader: Pool | Connection, root: int, question: CardQuestion, within: Period, card: Card) -> str:
    """The JSON of a dependencia's card; whether somebody may read it is not asked here."""
    card = replace(card, formulas=await term_formulas(reader, card.knowledge))
    first, last = question.first_day(within), within.last_day
    named = (
        question.plan,
        first,
        last,
        card.knowledge.today,
        card.knowledge.instant,
        question.dependencia,
        within.code,
    )
    if question.scope == "own":
        own: str = await reader.fetchval(own_card(card), [root], *named)
        return own
    organisation = await organisation_known(reader, card.knowledge)
    members = members_of(organisation, root, question.structure, first, last)
    body: str = await reader.fetchval(
        subtree_card(card, plain=is_plain(members)),
        sorted({member.unit for member in members}),
        *named,
        *columns_of(members),
        question.structure.value,
        *children_of(organisation, members, first, last, question.structure),
    )
    return body


def members_of(organisation: Organisation, root: int, structure: Structure, first: date, last: date) -> list[Member]:
    """Whose cells a card over a subtree adds up."""
    if structure is Structure.TODAY:
        return organisation.members_today(root)
    return organisation.members_as_reported(root, first, last)


def columns_of(members: list[Member]) -> tuple[list[object], ...]:
    """The members as the arrays a statement unnests."""
    return (
        [m.unit for m in members],
        [m.first for m in members],
        [m.last for m in members],
        [m.share for m in members],
        [m.heir for m in members],
    )


def children_of(
    organisation: Organisation, members: list[Member], first: date, last: date, structure: Structure
) -> tuple[list[object], ...]:
    """Ids, codes, names of the day, and whether each lives in the card's days: by today's structure, today."""
    if structure is Structure.TODAY:
        first = last = organisation.today
    ids = sorted({member.heir for member in members if member.heir is not None})
    places = [organisation.place_on(unit, organisation.today) for unit in ids]
    lives = [organisation.lives_in(unit, first, last) for unit in ids]
    return [*ids], [place.code for place in places], [place.name for place in places], [*lives]
