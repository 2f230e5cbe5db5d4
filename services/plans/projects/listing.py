"""SQL of projects and action plans as JSON."""

from __future__ import annotations

from datetime import date

from services.kit.access import Caller
from services.kit.pages import Key, Listing
from services.plans.permissions import INTERNAL_READ, PROJECT_READ
from services.plans.visibility import in_reach, merged_scopes, plan_visible

OWNERS = """coalesce((SELECT json_agg(w.code ORDER BY x.ordinal) FROM plans.project_owners x
    JOIN plans.org_units w ON w.id = x.dependencia_id WHERE x.project = r.id), '[]'::json)"""
COMPONENTS = """coalesce((SELECT json_agg(json_build_object('number', c.number, 'text', c.text) ORDER BY c.number)
    FROM plans.project_components c WHERE c.project = r.id), '[]'::json)"""
# What has no phase was never started nor closed; only its date speaks.
OVERDUE = "coalesce(r.end_date < d.today AND coalesce(r.phase, '') NOT IN ('closed', 'cancelled'), false)"

COLUMNS = {
    "id": "r.id",
    "code": "r.code",
    "number": "r.number",
    "name": "r.name",
    "kind": "r.kind",
    "plan": "r.plan",
    "dependencia": "u.code",
    "section": "r.section",
    "owners": OWNERS,
    "progress_percent": "r.progress_percent::text",
    "phase": "r.phase",
    "start_date": "r.start_date",
    "end_date": "r.end_date",
    "cut_off": "r.cut_off",
    "carried_over": "r.carried_over",
    "overdue": OVERDUE,
    "continues": "r.continues",
    "components": COMPONENTS,
    "code_printed": "r.code_printed",
    "phase_printed": "r.phase_printed",
    "owners_printed": "r.owners_printed",
    "warnings": "r.warnings",
    "notes": "r.notes",
    "source": "r.source",
}


def owned_by_scope(caller: Caller) -> tuple[str, tuple[object, ...]]:
    """Projects of a dependencia in the caller's reach, as its section's or as an owner."""
    scopes = merged_scopes(caller, (PROJECT_READ, INTERNAL_READ))
    of_section, values = in_reach(scopes, "r.dependencia_id")
    if of_section == "true":
        return of_section, ()
    of_owner, again = in_reach(scopes, "x.dependencia_id")
    owned = f"EXISTS (SELECT 1 FROM plans.project_owners x WHERE x.project = r.id AND {of_owner})"
    return f"{of_section} OR {owned}", (*values, *again)


def project_listing(caller: Caller, today: date) -> Listing:
    """Projects in the caller's reach, in the order of their plan. `overdue` is judged on `today`."""
    listing = Listing(
        columns=COLUMNS,
        source="",
        keys={
            "plan": Key("r.plan"),
            "position": Key("r.ordinal", "integer"),
            "id": Key("r.id"),
            "name": Key("r.name_folded"),
            "end_date": Key("coalesce(r.end_date, 'infinity'::date)", "date"),
            "progress_percent": Key("coalesce(r.progress_percent, -1)", "numeric"),
        },
        order="plan,position",
        unique="id",
    )
    # The day is a row of the source, so that counting and sparse fields need no argument they do not use.
    listing.source = f"""(SELECT {listing.bind(today)}::date AS today) d, plans.projects r
        JOIN plans.plans p ON p.code = r.plan JOIN plans.org_units u ON u.id = r.dependencia_id"""
    visible, values = plan_visible(caller)
    reach, reached = owned_by_scope(caller)
    return listing.where(visible, *values).where(reach, *reached)


def owned_by(listing: Listing, codes: list[str] | None, subtree: bool) -> None:
    """Keeps the projects that one of these dependencias owns (or one below them); co-owners count."""
    if not codes:
        return
    units = (
        """SELECT c.descendant_id FROM plans.org_closure c JOIN plans.org_units a ON a.id = c.ancestor_id
           WHERE a.code = ANY({}::text[])"""
        if subtree
        else "SELECT id FROM plans.org_units WHERE code = ANY({}::text[])"
    )
    listing.where(f"r.id IN (SELECT x.project FROM plans.project_owners x WHERE x.dependencia_id IN ({units}))", codes)
