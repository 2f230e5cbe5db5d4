"""SQL of budget execution as JSON. The percent is computed here and nowhere stored."""

from __future__ import annotations

from services.kit.pages import Key, Listing

# Four places, half up, of the exact quotient: dividing first and rounding after would round twice.
EXECUTION_PERCENT = (
    """div(2 * 1000000 * b.budget_accrued + b.budget_current, 2 * nullif(b.budget_current, 0)) * 0.0001"""
)


def budget_listing() -> Listing:
    """Rows of budget execution, latest version of each."""
    return Listing(
        columns={
            "year": "b.year",
            "month": "b.month",
            "company": "b.company",
            "printed_code": "b.printed_code",
            "printed_name": "b.printed_name",
            "group": "nullif(b.budget_group, '')",
            "current": "b.budget_current::text",
            "accrued": "b.budget_accrued::text",
            "execution_percent": f"({EXECUTION_PERCENT})::text",
            "printed_percent": "b.printed_percent::text",
            "version": "b.version",
            "warnings": "b.warnings",
            "source": "b.source",
        },
        source="plans.budget_execution b",
        keys={
            "year": Key("b.year", "integer"),
            "month": Key("b.month", "integer"),
            "company": Key("b.company"),
            "group": Key("b.budget_group"),
        },
        order="year,month,company,group",
        unique="year,month,company,group",
    )
