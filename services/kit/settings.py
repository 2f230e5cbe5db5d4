"""Settings every service has. Values come from the environment only; nothing secret has a default."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """Where a process finds its database and how it logs. Subclasses fix the environment prefix."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = Field(description="postgresql+asyncpg://… of the application role")
    migration_database_url: str | None = Field(default=None, description="URL of the owner; default: database_url")
    pool_size: int = Field(default=8, ge=1, le=100, description="connections for reads")
    write_pool_size: int = Field(default=8, ge=1, le=100, description="connections for transactions")
    seed_dir: Path | None = Field(default=None, description="folder of facts loaded into empty tables at start-up")
    log_level: str = Field(default="info")
    max_body_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, description="largest request body")

    @model_validator(mode="after")
    def driver_is_named(self) -> Self:
        """SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3, which is not installed."""
        for url in (self.database_url, self.migration_database_url):
            if url is not None and not url.startswith("postgresql+asyncpg://"):
                raise ValueError("database URLs start with postgresql+asyncpg://")
        return self


class ServiceSettings(DatabaseSettings):
    """What orgchart, plans and indicators share: where the gateway and its keys are, and who the service is."""

    gateway_url: str = Field(description="base URL of the gateway, for service tokens")
    jwks_url: str = Field(description="public keys that sign inner tokens")
    client_id: str = Field(description="the service's own account, e.g. svc-plans")
    client_secret: SecretStr = Field(description="its secret")
