"""Who answers for a dependencia on a date: the substitute, else who acts, else the holder of its responsible post.

A collegiate body has no single person who answers: its members are read under `/appointments`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import Depends, Query, Request

from services.kit.access import current_caller
from services.kit.problems import Forbidden
from services.kit.spelling import Day
from services.orgchart.permissions import APPOINTMENT_READ

# `d` is the dependencia, {0} the day.
RESPONSIBLE: Final = """(SELECT json_build_object('person', a.person_id,
        'name', person.given_names || ' ' || person.family_names, 'kind', a.kind, 'post', post.code,
        'appointment', a.id)
    FROM orgchart.posts post JOIN orgchart.appointments a ON a.post_id = post.id
    JOIN orgchart.persons person ON person.id = a.person_id
    WHERE post.dependencia_id = d.id AND post.responsible AND NOT post.collegiate AND a.revoked_at IS NULL
      AND a.valid_from <= {0} AND (a.valid_to IS NULL OR a.valid_to >= {0})
    ORDER BY CASE a.kind WHEN 'substitute' THEN 0 WHEN 'acting' THEN 1 ELSE 2 END LIMIT 1)"""


async def responsible_day(
    request: Request,
    responsible_on: Annotated[
        Day | None, Query(description="Agrega `responsible`: quien responde por la dependencia ese día")
    ] = None,
) -> date | None:
    """Raises Forbidden when asked by somebody who may not read appointments."""
    if responsible_on is not None and not (await current_caller(request)).may(APPOINTMENT_READ):
        raise Forbidden
    return responsible_on


ResponsibleOn = Annotated[date | None, Depends(responsible_day)]
