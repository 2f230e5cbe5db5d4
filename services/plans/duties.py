"""Separation of duties: acts that belong to two people. Who stands in for somebody acts as both of them."""

from __future__ import annotations

from collections.abc import Iterable

from services.kit import auditing
from services.plans.problems import SeparationOfDuties
from services.plans.work import SCHEMA, Work


async def in_place_of(work: Work, dependencia: str, *permissions: str) -> str | None:
    """The holder in whose place the caller may do this; None when the caller may do it in their own right."""
    return await auditing.in_place_of(work.connection, SCHEMA, work.caller, dependencia, *permissions)


async def keep_apart(
    work: Work, dependencia: str, permission: str, others: Iterable[str | None], detail: str | None = None
) -> None:
    """Raises SeparationOfDuties when one of the others acts now, or somebody in their place."""
    acting = {work.caller.subject, await in_place_of(work, dependencia, permission)}
    if acting & {other for other in others if other is not None}:
        raise SeparationOfDuties(detail)
