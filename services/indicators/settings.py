"""Settings of the indicators service, from `INDICATORS_*`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """The kit's settings plus the peers this service calls."""

    model_config = SettingsConfigDict(env_prefix="INDICATORS_", extra="ignore")

    client_id: str = "svc-indicators"
    orgchart_url: str = Field(description="base URL of orgchart, for the organisation's replica")
    plans_url: str | None = Field(default=None, description="base URL of plans, for sources that feed indicators")
