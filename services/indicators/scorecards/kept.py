"""A card, kept ready or computed now: the same bytes either way."""

from fastapi import Request, Response

from services.indicators.filters import SCHEMA, period_parameter
from services.indicators.scorecards.live import CardQuestion, compute_card
from services.indicators.scorecards.reading import subject_of
from services.indicators.scorecards.statement import Card
from services.indicators.summaries.following import CardFollower
from services.indicators.summaries.reading import fresh_card
from services.kit.access import Caller
from services.kit.answers import answer
from services.kit.database import Pool


async def answer_card(
    request: Request, reader: Pool, caller: Caller, question: CardQuestion, card: Card, *, may_be_kept: bool
) -> Response:
    """The card as an answer. may_be_kept: False when the question departs from what is kept, or asks for a live one.

    Only cards over a subtree are kept; a dependencia's own takes less than looking for it would save.
    """
    within = period_parameter("period", question.period)
    subject = await subject_of(reader, caller, question.dependencia, question.plan, question.scope, SCHEMA)
    if may_be_kept and question.scope == "subtree":
        follower: CardFollower = request.app.state.cards
        follower.ask_for(subject.id, question.plan, within)
        kept = await fresh_card(reader, subject.id, question.plan, within, card.policy, card.knowledge.today)
        if kept is not None:
            return answer(request, kept.body, headers=kept.headers)
    return answer(request, await compute_card(reader, subject, question, within, card))
