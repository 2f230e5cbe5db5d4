"""Procurement lines and their reforms: a request, a deadline, an answer that applies it."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from fastapi import Response

from services.kit.answers import JSON_TYPE, etag_for, require_match
from services.kit.pages import Listing
from services.kit.problems import Conflict, NotFound
from services.plans.domain.business_days import deadline
from services.plans.duties import in_place_of, keep_apart
from services.plans.editing.repository import dependencia_id, dependencia_of_year
from services.plans.folding import folded
from services.plans.pac.calendar import holidays_around
from services.plans.pac.listing import line_listing, reform_listing
from services.plans.pac.schemas import LineChange, NewLine, NewPacReform, PacAnswer
from services.plans.pac.timeliness import month_of
from services.plans.permissions import PAC_WRITE, PLAN_VALIDATE
from services.plans.policies.in_force import policy_on
from services.plans.problems import refused
from services.plans.reading import item_text
from services.plans.work import Work


class LineExcluded(Conflict):
    code, title = "pac-line-excluded", "La línea ya no está en el PAC"
    default_detail = "La línea fue excluida por una reforma. Inclúyala otra vez con una reforma nueva."


class AlreadyAnswered(Conflict):
    code, title = "pac-reform-answered", "La reforma ya tiene respuesta"
    default_detail = "La respuesta de una reforma no se cambia. Solicite otra reforma."


async def shown(work: Work, listing: Listing, path: str, status: int) -> Response:
    text = await item_text(work.connection, listing)
    return Response(text, status, {"ETag": etag_for(text), "Location": path}, media_type=JSON_TYPE)


async def insert_line(work: Work, unit: int, new: NewLine) -> int:
    """The id of the new line, numbered within its dependencia and year."""
    # One number per dependencia and year: whoever adds at the same time waits here.
    await work.connection.execute("SELECT pg_advisory_xact_lock(hashtext('pac'), $1::int)", unit % 2**31)
    number: int = await work.connection.fetchval(
        """INSERT INTO plans.pac_lines (dependencia_id, id, year, number, company, procedure_type, description,
               description_folded, amount, quarter, ocid, status, updated_at, updated_by)
           SELECT $1, nextval('plans.pac_ids'), $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7, $8, $9,
               CASE WHEN $9::text IS NULL THEN 'planned' ELSE 'published' END, $10, $11
           FROM plans.pac_lines WHERE dependencia_id = $1 AND year = $2 RETURNING id""",
        unit,
        new.year,
        new.company,
        new.procedure_type,
        new.description,
        folded(new.description),
        new.amount,
        new.quarter,
        new.ocid,
        work.now,
        work.caller.subject,
    )
    return number


async def create_line(work: Work, new: NewLine) -> Response:
    unit = await dependencia_of_year(work, new.dependencia, new.year, "/dependencia")
    await work.demand(unit, PAC_WRITE)
    number = await insert_line(work, unit, new)
    work.record("pac-line.created", str(number), {"year": new.year}, dependencia=new.dependencia)
    listing = line_listing(work.caller).where("l.id = {}", number)
    return await shown(work, listing, f"/api/v1/pac-lines/{number}", 201)


async def locked_line(work: Work, number: int) -> Any:
    """A line the caller may change. Raises NotFound, Forbidden or LineExcluded."""
    await item_text(work.connection, line_listing(work.caller).where("l.id = {}", number))
    row = await work.connection.fetchrow(
        """SELECT l.*, u.code AS dependencia FROM plans.pac_lines l JOIN plans.org_units u ON u.id = l.dependencia_id
           WHERE l.id = $1 FOR UPDATE OF l""",
        number,
    )
    if row is None:
        raise NotFound
    await work.demand(row["dependencia_id"], PAC_WRITE, PLAN_VALIDATE)
    if row["status"] == "excluded":
        raise LineExcluded
    return row


async def publish_line(work: Work, number: int, ocid: str) -> Response:
    """Sets the identifier under which the procedure was published; everything else changes by reform."""
    listing = line_listing(work.caller).where("l.id = {}", number)
    row = await locked_line(work, number)
    require_match(work.request, etag_for(await item_text(work.connection, listing)))
    await set_columns(work, number, {"ocid": ocid, "status": "published"})
    work.record("pac-line.published", str(number), {"ocid": ocid}, dependencia=row["dependencia"])
    return await shown(work, listing, f"/api/v1/pac-lines/{number}", 200)


async def set_columns(work: Work, number: int, values: dict[str, Any]) -> None:
    row = {**values, "updated_at": work.now, "updated_by": work.caller.subject}
    if "description" in row:
        row["description_folded"] = folded(row["description"])
    settings = ", ".join(f"{name} = ${place}" for place, name in enumerate(row, 2))
    await work.connection.execute(
        f"UPDATE plans.pac_lines SET {settings}, revision = revision + 1 WHERE id = $1", number, *row.values()
    )


def checked_request(new: NewPacReform, today: date) -> None:
    """Raises Refused when the kind and what comes with it do not agree."""
    needs = {
        "include": new.new_line is not None and new.line is None and new.changes is None,
        "change": new.line is not None and new.changes is not None and new.new_line is None,
        "exclude": new.line is not None and new.changes is None and new.new_line is None,
    }
    if not needs[new.kind]:
        detail = "include lleva new_line; change lleva line y changes; exclude lleva solo line."
        raise refused("/kind", "kind-mismatch", detail)
    if new.requested_on > today:
        raise refused("/requested_on", "date-in-the-future", "La solicitud no puede tener una fecha futura.")


def changes_of(line: Any, changes: LineChange) -> dict[str, Any]:
    """What the reform asks of the line, as JSON. Raises Refused when the line is so already."""
    asked = changes.model_dump(exclude_unset=True)
    if all(line[name] == value for name, value in asked.items()):
        raise refused("/changes", "nothing-changes", "Los cambios dejan la línea como está.")
    return changes.model_dump(mode="json", exclude_unset=True)


async def request_reform(work: Work, new: NewPacReform) -> Response:
    checked_request(new, work.today)
    if new.line is not None:
        row = await locked_line(work, new.line)
        unit, year, code = row["dependencia_id"], row["year"], row["dependencia"]
        document = {} if new.changes is None else changes_of(row, new.changes)
    else:
        line = new.new_line or NewLine.model_validate({})
        unit = await dependencia_id(work, line.dependencia, new.requested_on, "/new_line/dependencia")
        await work.demand(unit, PAC_WRITE)
        year, code, document = line.year, line.dependencia, line.model_dump(mode="json")
    policy = await policy_on(work.connection, "pac_deadlines", new.requested_on)
    days: int = policy.rules["deadline_business_days"]
    due = deadline(new.requested_on, days, holidays_around(new.requested_on))
    number: int = await work.connection.fetchval(
        """INSERT INTO plans.pac_reforms (dependencia_id, id, year, kind, line, changes, justification, requested_on,
               requested_by, policy_code, policy_version, deadline_on, requested_for)
           VALUES ($1, nextval('plans.pac_ids'), $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12)
           RETURNING id""",
        unit,
        year,
        new.kind,
        new.line,
        msgspec.json.encode(document).decode(),
        new.justification,
        new.requested_on,
        work.caller.subject,
        policy.code,
        policy.version,
        due,
        await in_place_of(work, code, PAC_WRITE),
    )
    work.record("pac-reform.requested", str(number), {"deadline_on": due.isoformat()}, dependencia=code)
    listing = reform_listing(work.caller, work.today).where("f.id = {}", number)
    return await shown(work, listing, f"/api/v1/pac-reforms/{number}", 201)


async def answer_reform(work: Work, number: int, answer: PacAnswer) -> Response:
    """The planning office's answer; accepted, it changes the line in the same transaction."""
    listing = reform_listing(work.caller, work.today).where("f.id = {}", number)
    await item_text(work.connection, listing)
    row = await work.connection.fetchrow(
        """SELECT f.*, f.changes::text AS written, u.code AS dependencia FROM plans.pac_reforms f
           JOIN plans.org_units u ON u.id = f.dependencia_id WHERE f.id = $1 FOR UPDATE OF f""",
        number,
    )
    if row is None:
        raise NotFound
    await work.demand(row["dependencia_id"], PLAN_VALIDATE)
    if row["answer"] is not None:
        raise AlreadyAnswered
    apart = "Quien solicita una reforma del PAC no la responde. Debe hacerlo otra persona."
    await keep_apart(work, row["dependencia"], PLAN_VALIDATE, (row["requested_by"], row["requested_for"]), apart)
    if not row["requested_on"] <= answer.answered_on <= work.today:
        detail = "La respuesta va entre el día de la solicitud y hoy."
        raise refused("/answered_on", "date-out-of-range", detail)
    if answer.answer == "accepted":
        await apply_reform(work, row)
    await work.connection.execute(
        """UPDATE plans.pac_reforms SET answer = $2, answered_on = $3, answered_by = $4, answer_note = $5
           WHERE id = $1""",
        number,
        answer.answer,
        answer.answered_on,
        work.caller.subject,
        answer.note,
    )
    await publish_timeliness(work, row, answer)
    return await shown(work, listing, f"/api/v1/pac-reforms/{number}", 200)


async def apply_reform(work: Work, reform: Any) -> None:
    document = msgspec.json.decode(reform["written"])
    if reform["kind"] == "include":
        await insert_line(work, reform["dependencia_id"], NewLine.model_validate(document))
        return
    status = await work.connection.fetchval(
        "SELECT status FROM plans.pac_lines WHERE id = $1 FOR UPDATE", reform["line"]
    )
    if status == "excluded":
        raise LineExcluded
    changes = LineChange.model_validate(document).model_dump(exclude_unset=True)
    if "ocid" in changes:
        # The identifier is what says that a procedure is published.
        changes["status"] = "planned" if changes["ocid"] is None else "published"
    await set_columns(work, reform["line"], {"status": "excluded"} if reform["kind"] == "exclude" else changes)


async def publish_timeliness(work: Work, reform: Any, answer: PacAnswer) -> None:
    """On the feed for indicators: the month of the request with its numerator and denominator as they now are."""
    month = await month_of(work.connection, reform["dependencia_id"], reform["requested_on"], work.today)
    data = {"answer": answer.answer, "in_time": answer.answered_on <= reform["deadline_on"], **month}
    work.record("pac-reform.answered", str(reform["id"]), data, dependencia=reform["dependencia"])
