"""A card, kept ready or computed now: the same bytes either way."""

from fastapi import Request, Response

from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.scorecards.live import CardQuestion
from services.indicators.scorecards.reading import root_of
from services.indicators.summaries.following import CardFollower
from services.indicators.summaries.reading import fresh_card
from services.kit.access import Caller
from services.kit.answers import answer
from services.kit.database import Pool


async def kept_card(request: Request, reader: Pool, caller: Caller, question: CardQuestion) -> Response | None:
    """The kept card as an answer; None when it must be computed. Raises as `live_card` does.

    Only cards over a subtree are kept; a dependencia's own takes less than looking for it would save.
    """
    if question.scope == "own":
        return None
    within = period_parameter("period", question.period)
    root = await root_of(reader, caller, question.dependencia, question.plan, question.scope, SCHEMA)
    follower: CardFollower = request.app.state.cards
    follower.ask_for(root, question.plan, within)
    kept = await fresh_card(reader, root, question.plan, within, request.app.state.clock.today())
    return None if kept is None else answer(request, kept.body, headers=kept.headers)
