"""Bodies of policy calls."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.domain.policy import Band, InvalidPolicy, Policy
from services.kit.spelling import OneSpelling

Percent = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=12, decimal_places=4), OneSpelling]


class BandBody(BaseModel):
    """A half-open stretch of achievement, [low, high) percent."""

    model_config = ConfigDict(extra="forbid")

    light: str = Field(pattern=r"^[a-z][a-z_]{1,30}$")
    low: Percent
    high: Percent | None = None
    label: str = Field(default="", max_length=60)
    colour: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")


class PolicyBody(BaseModel):
    """A scoring policy: bands without hole, and the cap of roll-ups."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=200)
    bands: list[BandBody] = Field(min_length=1, max_length=12)
    cap: Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=4), OneSpelling]
    rules: dict[str, Any] = Field(default_factory=dict)
    reason: str = Field(min_length=3, max_length=2000)

    @model_validator(mode="after")
    def covers_everything(self) -> Self:
        try:
            self.policy("x", 1)
        except InvalidPolicy as error:
            raise ValueError(f"bands: {error}") from error
        return self

    def policy(self, code: str, version: int) -> Policy:
        """The domain's policy. Raises InvalidPolicy."""
        bands = tuple(Band(band.light, band.low, band.high) for band in self.bands)
        return Policy(code, version, bands, self.cap)

    def document(self, code: str) -> dict[str, Any]:
        """As stored: decimals as text."""
        return {
            "code": code,
            "name": self.name,
            "bands": [
                {**band.model_dump(), "low": f"{band.low:f}", "high": None if band.high is None else f"{band.high:f}"}
                for band in self.bands
            ],
            "cap": f"{self.cap:f}",
            "rules": self.rules,
            "reason": self.reason,
        }
