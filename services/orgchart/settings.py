"""Settings of the orgchart service (`ORGCHART_…`)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ORGCHART_", extra="ignore")

    client_id: str = "svc-orgchart"
    plans_url: str | None = Field(default=None, description="plans' base URL: what hangs on units that change")
    indicators_url: str | None = Field(
        default=None, description="indicators' base URL: what hangs on units that change"
    )
