"""Acts on the calendar: a new version, an exception to a lock, an exemption. Each is recorded with its reason."""

from collections.abc import Callable, Mapping

import asyncpg

from services.indicators.deadlines.listings import last_exemption, one_exception
from services.indicators.deadlines.problems import AlreadyExempt, ExpiryInThePast
from services.indicators.deadlines.repository import CalendarPolicy, add_calendar
from services.indicators.deadlines.schemas import CalendarDocument, ExceptionDocument, ExemptionDocument
from services.indicators.filters import SCHEMA, period_in_body, refused_period
from services.indicators.locking import lock_dependencias
from services.indicators.permissions import CALENDAR_WRITE, LOCK_EXCEPTION_WRITE, MEASUREMENT_READ
from services.indicators.work import Author, seal_as
from services.kit.access import Caller
from services.kit.answers import etag_for
from services.kit.database import Connection
from services.kit.problems import FieldError, Forbidden, NotFound
from services.kit.scope import reaches
from services.kit.writing import Event

IfMatch = Callable[[str], None]


async def replace_calendar(connection: Connection, author: Author, document: CalendarDocument) -> int:
    """Append a version of a plan's calendar. Returns the version."""
    policy = CalendarPolicy(
        document.plan,
        {frequency: rule.rule() for frequency, rule in document.rules.items()},
        document.first_year,
        document.last_year,
        document.reason,
    )
    version = await add_calendar(connection, policy, author.now, author.caller.subject)
    detail = {"plan": document.plan, "version": version}
    await _record(connection, author, "calendar.replace", f"calendar/{document.plan}", None, document.reason, detail)
    return version


async def grant_exception(connection: Connection, author: Author, document: ExceptionDocument) -> int:
    """Let values into a locked period. Returns the exception's id.

    Raises NotFound for what the caller does not see, Forbidden without the right there, ExpiryInThePast.
    """
    period = period_in_body(document.period).code
    if not document.expires_after(author.now):
        raise ExpiryInThePast(errors=[FieldError("/expires_at", ExpiryInThePast.code, ExpiryInThePast.default_detail)])
    row = await connection.fetchrow(
        """SELECT u.id, a.id AS assignment_id FROM indicators.org_units u
           LEFT JOIN indicators.assignments a ON a.dependencia_id = u.id AND a.code = $2 AND a.plan = $3
           WHERE u.code = $1 AND EXISTS (SELECT FROM indicators.calendars k WHERE k.plan = $3)""",
        document.dependencia,
        document.assignment,
        document.plan,
    )
    if row is None or (document.assignment is not None and row["assignment_id"] is None):
        raise NotFound
    await _allowed(connection, author.caller, LOCK_EXCEPTION_WRITE, row["id"])
    number: int = await connection.fetchval(
        """INSERT INTO indicators.lock_exceptions
               (dependencia_id, id, assignment_id, plan, period, reason, granted_at, granted_by, expires_at)
           VALUES ($1, nextval('indicators.lock_exception_ids'), $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
        row["id"],
        row["assignment_id"],
        document.plan,
        period,
        document.reason,
        author.now,
        author.caller.subject,
        document.expires_at,
    )
    target = f"lock-exceptions/{number}"
    detail = {"plan": document.plan, "period": period, "assignment": document.assignment}
    await _record(connection, author, "lock-exception.grant", target, document.dependencia, document.reason, detail)
    return number


async def end_exception(connection: Connection, author: Author, number: int, if_match: IfMatch) -> None:
    """Let an exception expire now; it stays in the list as what it was. if_match: called with the current ETag.

    Raises NotFound, Forbidden and what if_match raises.
    """
    row = await connection.fetchrow(
        """SELECT x.dependencia_id, u.code, x.granted_at FROM indicators.lock_exceptions x
           JOIN indicators.org_units u ON u.id = x.dependencia_id WHERE x.id = $1 FOR UPDATE OF x""",
        number,
    )
    if row is None:
        raise NotFound
    await _allowed(connection, author.caller, LOCK_EXCEPTION_WRITE, row["dependencia_id"])
    if_match(etag_for(await one_exception(author.caller, author.now, number).text(connection)))
    await connection.execute(
        """UPDATE indicators.lock_exceptions
           SET expires_at = least(expires_at, greatest($3, granted_at + interval '1 microsecond'))
           WHERE dependencia_id = $1 AND id = $2""",
        row["dependencia_id"],
        number,
        author.now,
    )
    await _record(connection, author, "lock-exception.end", f"lock-exceptions/{number}", row["code"], None, {})


async def end_exemption(
    connection: Connection, author: Author, assignment: str, period: str, if_match: IfMatch
) -> None:
    """Owe a cell again from now on; what was read before stays as it was. if_match: called with the current ETag.

    Raises NotFound, Forbidden and what if_match raises.
    """
    row = await _exemptible(connection, author, assignment)
    await lock_dependencias(connection, [row["dependencia_id"]])
    if_match(etag_for(await last_exemption(author.caller, author.now, assignment, period).text(connection)))
    ended = await connection.fetchval(
        """UPDATE indicators.exemptions SET ended_at = greatest($4, recorded_at + interval '1 microsecond')
           WHERE dependencia_id = $1 AND assignment_id = $2 AND period = $3 AND ended_at > $4 RETURNING true""",
        row["dependencia_id"],
        row["id"],
        period,
        author.now,
    )
    if not ended:
        raise NotFound
    target = f"measurements/{assignment}/{period}"
    await _record(connection, author, "exemption.end", target, row["code"], None, {"period": period})


async def _exemptible(connection: Connection, author: Author, assignment: str) -> asyncpg.Record:
    row = await connection.fetchrow(
        """SELECT a.dependencia_id, a.id, a.frequency, u.code FROM indicators.assignments a
           JOIN indicators.org_units u ON u.id = a.dependencia_id WHERE a.code = $1""",
        assignment,
    )
    if row is None:
        raise NotFound
    await _allowed(connection, author.caller, CALENDAR_WRITE, row["dependencia_id"])
    return row


async def exempt(connection: Connection, author: Author, document: ExemptionDocument) -> None:
    """Declare that nothing is owed. Raises NotFound, Forbidden or AlreadyExempt."""
    within = period_in_body(document.period)
    period = within.code
    row = await _exemptible(connection, author, document.assignment)
    if within.frequency != row["frequency"]:
        raise refused_period(f"«{period}» no es de la frecuencia de la asignación.")
    await lock_dependencias(connection, [row["dependencia_id"]])
    added = await connection.fetchval(
        """INSERT INTO indicators.exemptions
               (dependencia_id, assignment_id, period, reason, recorded_at, recorded_by, ended_at)
           SELECT $1, $2, $3, $4, $5, $6, 'infinity'
           WHERE NOT EXISTS (SELECT FROM indicators.exemptions e WHERE e.dependencia_id = $1 AND e.assignment_id = $2
               AND e.period = $3 AND e.ended_at > $5)
           RETURNING true""",
        row["dependencia_id"],
        row["id"],
        period,
        document.reason,
        author.now,
        author.caller.subject,
    )
    if not added:
        raise AlreadyExempt
    target = f"measurements/{document.assignment}/{period}"
    await _record(connection, author, "exemption.grant", target, row["code"], document.reason, {"period": period})


async def _allowed(connection: Connection, caller: Caller, permission: str, dependencia_id: int) -> None:
    # Everybody reads calendars; whom an exception or exemption concerns is seen by who reads the measurements there.
    if not await reaches(connection, caller, MEASUREMENT_READ, dependencia_id, SCHEMA):
        raise NotFound
    if not await reaches(connection, caller, permission, dependencia_id, SCHEMA):
        raise Forbidden


async def _record(
    connection: Connection,
    author: Author,
    action: str,
    target: str,
    dependencia: str | None,
    reason: str | None,
    detail: Mapping[str, object],
) -> None:
    event = Event("calendar.changed", target, {"action": action, **detail}, dependencia=dependencia)
    await seal_as(connection, author, action, target, event, reason=reason, detail=detail)
