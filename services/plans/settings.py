"""Settings of the plans service (`PLANS_…`)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PLANS_", extra="ignore")

    orgchart_url: str = Field(description="orgchart's base URL: whose replica of the organisation is kept")
    indicators_url: str = Field(description="indicators' base URL: states and technical sheets of indicators")
