"""What the audit trail reads before and after each act (services/kit/auditing.py): the rows that make up its target."""

from __future__ import annotations

from typing import Final


def _rows(table: str, condition: str) -> str:
    return f"SELECT '{table} ' || to_jsonb(t)::text FROM plans.{table} t WHERE {condition}"


_PLAN: Final = _rows("plans", "t.code = $1")
_PROJECT: Final = [
    _rows("projects", "t.id = $1"),
    *(
        _rows(table, "t.project = $1")
        for table in (
            "project_owners",
            "project_milestones",
            "project_risks",
            "project_budgets",
            "project_reports",
            "project_transitions",
        )
    ),
]

STATES: Final = {
    "plan.": _PLAN,
    "plan.reform": f"{_PLAN} UNION ALL {_rows('reforms', 't.plan = $1')}",
    "objective.": " UNION ALL ".join(
        [_rows("objectives", "t.code = $1"), _rows("alignments", "t.from_objective = $1")]
    ),
    "strategy.": _rows("strategies", "t.code = $1"),
    "project.": " UNION ALL ".join(_PROJECT),
    "pac-line.": _rows("pac_lines", "t.id = $1::text::bigint"),
    "pac-reform.": _rows("pac_reforms", "t.id = $1::text::bigint"),
    "observation.": " UNION ALL ".join(
        [
            _rows("observations", "t.id = $1::text::bigint"),
            _rows("observation_messages", "t.observation = $1::text::bigint"),
        ]
    ),
    "budget-execution.": _rows("budget_batches", "t.id = $1::text::uuid"),
    "policy.": _rows("policies", "t.code = split_part($1, '/', 2)"),
}
