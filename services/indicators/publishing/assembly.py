"""One numeral of one month, from facts to form."""

from __future__ import annotations

import re
from datetime import date

from services.indicators.publishing.contents import (
    budget_form,
    last_day,
    matrix_form,
    policy,
    programmes_form,
    targets_form,
)
from services.indicators.publishing.forms import Form
from services.indicators.publishing.sources import (
    OPERATIVE_KINDS,
    budget_of,
    every_item,
    labels_of,
    objective_statements,
    plans_in_force,
    published_targets,
)
from services.kit.clients import ServiceClient
from services.kit.database import Pool
from services.kit.problems import NotFound

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class NothingPublished(NotFound):
    """The numeral is not one of ours, the month is malformed or still to come, or it has no approved information."""

    code = "nothing-published"
    title = "Sin información publicada"
    default_detail = "No hay información publicada de ese numeral para ese mes. Numerales: 1.3, 6, 10 y a4."


def checked_month(numeral: str, month: str, today: date) -> str:
    """The month, when the numeral exists and the month has begun. Raises NothingPublished."""
    if numeral not in policy()["numerals"] or not _MONTH.fullmatch(month) or last_day(month).replace(day=1) > today:
        raise NothingPublished
    return month


async def assemble(numeral: str, month: str, pool: Pool, plans: ServiceClient) -> Form:
    """Raises NothingPublished when there is no approved information, Unavailable when plans does not answer."""
    last = last_day(month)
    first = last.replace(day=1)
    if numeral == "6":
        form = budget_form(month, await budget_of(plans, month))
    else:
        in_force = await plans_in_force(plans, first, last)
        if numeral == "10":
            codes = [str(plan["code"]) for plan in in_force]
            projects = [p for code in codes for p in await every_item(plans, "/projects", plan=code)]
            form = programmes_form(month, in_force, projects, await labels_of(plans))
        else:
            form = await _targets(
                numeral, month, pool, plans, [p["code"] for p in in_force if p["kind"] in OPERATIVE_KINDS]
            )
    if not form.rows:
        raise NothingPublished
    return form


async def _targets(numeral: str, month: str, pool: Pool, plans: ServiceClient, codes: list[str]) -> Form:
    facts = await published_targets(pool, codes, last_day(month))
    named = [str(f["objective"]) for f in facts if f["objective"] and str(f["objective"]).startswith(tuple(codes))]
    statements = await objective_statements(plans, named) if named else {}
    rows = [{**f, "objective": statements.get(f["objective"], f["objective"])} for f in facts]
    return matrix_form(month, rows) if numeral == "a4" else targets_form(month, rows)
