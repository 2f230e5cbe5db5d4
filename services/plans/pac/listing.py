"""SQL of procurement lines and their reforms as JSON."""

from __future__ import annotations

from datetime import date

from services.kit.access import Caller
from services.kit.pages import Key, Listing
from services.plans.permissions import INTERNAL_READ, PAC_READ
from services.plans.visibility import in_reach, merged_scopes

LINE_COLUMNS = {
    "id": "l.id",
    "dependencia": "u.code",
    "year": "l.year",
    "number": "l.number",
    "company": "l.company",
    "procedure_type": "l.procedure_type",
    "description": "l.description",
    "amount": "l.amount::text",
    "quarter": "l.quarter",
    "ocid": "l.ocid",
    "status": "l.status",
}
# A reform is late when its answer or, without one, today is past the deadline.
IN_TIME = """CASE WHEN coalesce(f.answered_on, d.today) > f.deadline_on THEN false
    WHEN f.answered_on IS NULL THEN NULL ELSE true END"""
REFORM_COLUMNS = {
    "id": "f.id",
    "dependencia": "u.code",
    "year": "f.year",
    "kind": "f.kind",
    "line": "f.line",
    "changes": "f.changes",
    "justification": "f.justification",
    "requested_on": "f.requested_on",
    "requested_by": "f.requested_by",
    "deadline_on": "f.deadline_on",
    "policy": "json_build_object('code', f.policy_code, 'version', f.policy_version)",
    "answered_on": "f.answered_on",
    "answer": "f.answer",
    "answered_by": "f.answered_by",
    "answer_note": "f.answer_note",
    "in_time": IN_TIME,
}


def line_listing(caller: Caller) -> Listing:
    clause, values = in_reach(merged_scopes(caller, (PAC_READ, INTERNAL_READ)), "l.dependencia_id")
    return Listing(
        columns=LINE_COLUMNS,
        source="plans.pac_lines l JOIN plans.org_units u ON u.id = l.dependencia_id",
        keys={
            "dependencia": Key("u.code"),
            "year": Key("l.year", "integer"),
            "number": Key("l.number", "integer"),
            "amount": Key("l.amount", "numeric"),
            "id": Key("l.id", "bigint"),
        },
        order="dependencia,year,number",
        unique="id",
    ).where(clause, *values)


def reform_listing(caller: Caller, today: date) -> Listing:
    """Reforms in reach. `in_time`: true, false, or null while there is neither answer nor delay."""
    clause, values = in_reach(merged_scopes(caller, (PAC_READ, INTERNAL_READ)), "f.dependencia_id")
    listing = Listing(
        columns=REFORM_COLUMNS,
        source="",
        keys={"requested_on": Key("f.requested_on", "date"), "id": Key("f.id", "bigint")},
        order="requested_on",
        unique="id",
    )
    listing.source = f"""(SELECT {listing.bind(today)}::date AS today) d, plans.pac_reforms f
        JOIN plans.org_units u ON u.id = f.dependencia_id"""
    return listing.where(clause, *values)
