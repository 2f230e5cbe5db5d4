"""`as_of`: the day whose law is asked for; today when it is not given."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from services.kit.clock import Clock
from services.kit.spelling import Day


async def as_of_day(
    request: Request, as_of: Annotated[Day | None, Query(description="Fecha AAAA-MM-DD; por defecto, hoy")] = None
) -> date:
    clock: Clock = request.app.state.clock
    return as_of or clock.today()


AsOf = Annotated[date, Depends(as_of_day)]
