"""Bodies of policy calls."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicators.domain.policy import Band, InvalidPolicy, Policy
from services.indicators.scorecards.statement import COUNTED
from services.kit.problems import Mismatch
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


Limit = Annotated[Decimal, Field(ge=-1_000_000, le=1_000_000, max_digits=12, decimal_places=4), OneSpelling]
Limits = Annotated[tuple[Limit, Limit], Field(description="Desde y hasta, ambos admitidos")]
_BANDS: Final = "Las bandas van de 0 sin huecos ni traslapos, la última sin high, cada una con su propia luz."


class RulesBody(BaseModel):
    """What a policy rules beside its bands; what is left out, or null, stays as in the version before."""

    model_config = ConfigDict(extra="forbid")

    percent_error: Limits | None = None
    percent_warning: Limits | None = None
    jump_warning_factor: Annotated[Decimal, Field(gt=1, le=1_000_000, decimal_places=4), OneSpelling] | None = None
    indicator_weight: Literal["equal"] | None = None
    objective_weight: Literal["equal"] | None = None
    reliability: Literal["on_time_without_errors_never_returned"] | None = None

    @model_validator(mode="after")
    def limits_in_order(self) -> Self:
        for name in ("percent_error", "percent_warning"):
            limits = getattr(self, name)
            if limits is not None and limits[0] >= limits[1]:
                raise Mismatch(f"/{name}", "El primer límite es menor que el segundo.")
        return self

    def document(self) -> dict[str, Any]:
        """The rules that were sent, as stored: decimals as text."""
        return {name: _stored(value) for name, value in self if value is not None}


def _stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_stored(each) for each in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


class PolicyBody(BaseModel):
    """A scoring policy: bands without hole, and the cap of roll-ups."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=200)
    bands: list[BandBody] = Field(min_length=1, max_length=12)
    cap: Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=4), OneSpelling]
    rules: RulesBody = Field(default_factory=RulesBody)
    reason: str = Field(min_length=3, max_length=2000)

    @model_validator(mode="after")
    def covers_everything(self) -> Self:
        try:
            self.policy("x", 1)
        except InvalidPolicy as error:
            raise Mismatch("/bands", _BANDS) from error
        for index, band in enumerate(self.bands):
            if band.light in COUNTED:
                raise Mismatch(f"/bands/{index}/light", "Ese nombre ya cuenta otra cosa en los tableros.")
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
            "rules": self.rules.document(),
            "reason": self.reason,
        }
