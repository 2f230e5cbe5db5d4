"""Bodies of review calls."""

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.domain.review import Action


class ReviewRequest(BaseModel):
    """One act over the cells of a dependencia in a period, or over some of them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {
        "action": "approve", "dependencia": "DP-AZUAY", "period": "2019-01", "assignments": None, "reason": None,
    }})  # fmt: skip

    action: Action
    dependencia: str = Field(max_length=200)
    period: str = Field(max_length=20)
    plan: str | None = Field(default=None, max_length=100)
    assignments: list[str] | None = Field(default=None, min_length=1, max_length=10_000)
    reason: str | None = Field(default=None, max_length=2000)
