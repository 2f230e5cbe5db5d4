"""Adding a version of a policy: checked against its kind, never in the past, announced and audited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from pydantic import ValidationError

from services.kit.problems import Invalid, NotFound
from services.kit.refusals import field_error
from services.plans.policies.rules import RULES, Rules
from services.plans.policies.schemas import NewVersion
from services.plans.problems import refused
from services.plans.work import Work


def rules_of(kind: str, new: NewVersion) -> Rules:
    """The rules as the kind reads them. Raises Invalid with pointers under `/rules`."""
    try:
        rules = RULES[kind].model_validate(new.rules)
    except ValidationError as error:
        errors = [{**e, "loc": ("body", "rules", *e["loc"])} for e in error.errors()]
        raise Invalid(errors=[field_error(e, {"rules": new.rules}) for e in errors]) from error
    rules.check()
    return rules


async def add_version(work: Work, code: str, new: NewVersion, guard: Callable[[int], Awaitable[None]]) -> int:
    """The number of the new version. guard: called with the latest one, under lock. Raises NotFound or Refused."""
    # Whoever adds at the same time waits here and sees the version that came before.
    await work.connection.execute("SELECT pg_advisory_xact_lock(hashtext('plans.policies'))")
    latest = await work.connection.fetchrow(
        "SELECT kind, version FROM plans.policies WHERE code = $1 ORDER BY version DESC LIMIT 1", code
    )
    if latest is None:
        raise NotFound
    await guard(latest["version"])
    rules = rules_of(latest["kind"], new)
    if new.valid_from < work.today:
        detail = "Una versión rige desde hoy o después: lo que ya se juzgó no cambia."
        raise refused("/valid_from", "validity-in-the-past", detail)
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise refused("/valid_to", "date-out-of-range", "La vigencia termina antes de empezar.")
    number: int = latest["version"] + 1
    await work.connection.execute(
        """INSERT INTO plans.policies (code, version, kind, rules, valid_from, valid_to, reason, recorded_at,
               recorded_by) VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9)""",
        code,
        number,
        latest["kind"],
        msgspec.json.encode(rules.model_dump(mode="json")).decode(),
        new.valid_from,
        new.valid_to,
        new.reason,
        work.now,
        work.caller.subject,
    )
    data = {"code": code, "version": number, "kind": latest["kind"], "valid_from": new.valid_from.isoformat()}
    work.record("policy.changed", f"plan-policies/{code}/{number}", data, reason=new.reason)
    return number
