"""Verb lists, deadlines of the procurement plan and lights of projects, as first versions of policies."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import SQLModel

from services.plans.folding import folded
from services.plans.importers import records as r
from services.plans.importers.facts import SEED_ACTOR, Facts, unseen
from services.plans.tables import Policy


def _policy(facts: Facts, kind: str, code: str, version: int, rules: dict[str, Any], **rest: Any) -> Policy:
    return Policy(
        code=code, version=version, kind=kind, rules=rules, recorded_at=facts.now, recorded_by=SEED_ACTOR, **rest
    )


def read_verbs(facts: Facts) -> None:
    verbs: dict[str, dict[str, str]] = {}
    since: list[date] = []
    for path, line, v in facts.read("verbs.jsonl", r.VerbRecord):
        unseen(verbs, folded(v.verb), path, line)
        verbs[folded(v.verb)] = {"verb": v.verb, "source": v.source}
        since.append(v.valid_from)
    if verbs:
        reason = "Lista inicial por revisar por la DNPL; cada verbo con su fuente."
        rules = {"verbs": list(verbs.values())}
        facts.rest.append([_policy(facts, "lint_verbs", "VERBOS", 1, rules, valid_from=min(since), reason=reason)])


def read_policies(facts: Facts) -> None:
    policies: dict[str, SQLModel] = {}
    for path, line, p in facts.read("pac-policies.jsonl", r.PacPolicyRecord):
        unseen(policies, f"{p.code}@{p.version}", path, line)
        rules: dict[str, Any] = {"deadline_business_days": p.deadline_business_days}
        policies[f"{p.code}@{p.version}"] = _policy(
            facts, "pac_deadlines", p.code, p.version, rules, valid_from=p.valid_from, reason=p.reason
        )
    for path, line, q in facts.read("project-policies.jsonl", r.ProjectPolicyRecord):
        unseen(policies, f"{q.code}@{q.version}", path, line)
        rules = {"amber_points": q.amber_points, "red_points": q.red_points}
        policies[f"{q.code}@{q.version}"] = _policy(
            facts, "project_lights", q.code, q.version, rules, valid_from=q.valid_from, reason=q.reason
        )
    facts.rest.append(list(policies.values()))
