"""Reviews."""

from typing import Annotated

from fastapi import Request, Response

from services.indicators.filters import SCHEMA, period_in_body
from services.indicators.permissions import MEASUREMENT_APPROVE, MEASUREMENT_RETURN, MEASUREMENT_SUBMIT
from services.indicators.reviews.reviewing import Act, review
from services.indicators.reviews.schemas import ReviewRequest
from services.indicators.reviews.shapes import ReviewOut
from services.kit.access import Caller, Requires
from services.kit.answers import JSON_TYPE, json_bytes
from services.kit.database import Session, raw
from services.kit.idempotency import once
from services.kit.routing import router as feature_router

router = feature_router(tags=["measurements"])
Reviews = Annotated[Caller, Requires(MEASUREMENT_SUBMIT, MEASUREMENT_RETURN, MEASUREMENT_APPROVE)]


@router.post("/reviews", response_model=ReviewOut)
async def review_measurements(request: Request, session: Session, caller: Reviews, body: ReviewRequest) -> Response:
    """Envía, devuelve o aprueba las mediciones de una dependencia en un período, con resultado por celda."""
    connection = await raw(session)
    act = Act(caller, body, period_in_body(body.period).code, request.app.state.clock.now(), request.state.request_id)

    async def carry_out() -> Response:
        return Response(await review(connection, act), media_type=JSON_TYPE)

    parsed = json_bytes(body.model_dump(mode="json"))
    return await once(connection, SCHEMA, request, caller.subject, parsed, act.now, carry_out)
