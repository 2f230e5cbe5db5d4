"""Settings of the gateway, from the environment (prefix GATEWAY_). Nothing secret has a default."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from gateway.identity.provider import ProviderSettings
from gateway.mail.outbox import MailSettings
from gateway.mail.smtp import MailServer, Security
from services.kit.settings import DatabaseSettings


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    orgchart_url: str = Field(description="base URL of the orgchart service")
    plans_url: str = Field(description="base URL of the plans service")
    indicators_url: str = Field(description="base URL of the indicators service")

    signing_keys_file: Path = Field(description="JWK set of private signing keys; created when absent, mode 0600")
    vault_keys_file: Path | None = Field(
        default=None,
        description="keys that seal secrets in the database; created when absent, mode 0600; default: vault-keys.json "
        "beside signing_keys_file",
    )
    demo_credentials_file: Path | None = Field(
        default=None, description="when set and there are no accounts: create the demo accounts and write it, mode 0600"
    )
    service_secrets: dict[str, SecretStr] = Field(description="JSON object: service id (svc-plans …) to its secret")

    password_memory_kib: int = Field(default=19 * 1024, ge=1024, description="argon2id: memory of one hash")
    password_rounds: int = Field(default=2, ge=1, description="argon2id: passes over that memory")

    access_token_s: int = Field(default=600, ge=60, le=3600, description="life of an outer token")
    inner_token_s: int = Field(default=60, ge=10, le=300, description="life of an inner token")
    refresh_token_s: int = Field(default=12 * 3600, ge=600, description="life of a session without being refreshed")
    session_s: int = Field(default=7 * 24 * 3600, ge=600, description="longest life of a session, refreshed or not")

    max_body_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, description="largest request body")
    request_deadline_s: float = Field(default=30.0, gt=0, description="total time of a request without a large body")
    upload_deadline_s: float = Field(default=120.0, gt=0, description="total time of a request with a large body")
    upstream_concurrency: int = Field(default=64, ge=1, description="requests in flight per upstream")
    upstream_queue: int = Field(default=256, ge=0, description="requests waiting per upstream; more are refused")
    queue_wait_s: float = Field(default=5.0, gt=0, description="longest wait in the queue of an upstream")

    reads_per_minute: int = Field(default=60_000, ge=0, description="GET requests per subject; 0: no limit")
    writes_per_minute: int = Field(default=12_000, ge=0, description="other requests per subject; 0: no limit")
    sign_ins_per_minute: int = Field(default=1_200, ge=0, description="sign-ins per address; 0: no limit")
    oidc_issuer: str | None = Field(default=None, description="issuer of the institution's OpenID Connect provider")
    oidc_client_id: str = Field(default="iesspr", description="what the provider calls this platform")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="its secret at the provider")
    oidc_redirect_uri: str = Field(default="", description="the front end's address that receives code and state")
    smtp_host: str | None = Field(
        default=None, description="mail server for invitations; without it they are shown once"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    smtp_security: Security = Field(default="starttls", description="starttls, tls or none")
    smtp_username: str | None = Field(default=None, description="account at the mail server, if it asks for one")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="its password")
    mail_from: str | None = Field(default=None, description="sender of invitations; needed with smtp_host")
    activation_url: str | None = Field(
        default=None, description="the front end's page where invitations are used; needed with smtp_host"
    )
    second_factor_roles: list[str] = Field(
        default=[], description="JSON list of roles that approve only with a second factor"
    )
    cors_origins: list[str] = Field(default=[], description="JSON list of the exact origins whose pages may call")
    trusted_proxies: list[str] = Field(
        default=[], description="JSON list of addresses or networks whose X-Forwarded-For says where callers are"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="what /metrics asks as a bearer token; without it only this machine may read them"
    )

    @model_validator(mode="after")
    def mail_is_whole(self) -> Self:
        """An invitation without sender or page would be sent to nobody's use."""
        if self.smtp_host is not None and not (self.mail_from and self.activation_url):
            raise ValueError("smtp_host needs mail_from and activation_url")
        return self

    @property
    def mail(self) -> MailSettings | None:
        if self.smtp_host is None or self.mail_from is None or self.activation_url is None:
            return None
        password = self.smtp_password.get_secret_value()
        server = MailServer(self.smtp_host, self.smtp_port, self.smtp_security, self.smtp_username, password)
        return MailSettings(server, self.mail_from, self.activation_url)

    @property
    def vault_keys(self) -> Path:
        return self.vault_keys_file or self.signing_keys_file.with_name("vault-keys.json")

    @property
    def provider(self) -> ProviderSettings | None:
        if self.oidc_issuer is None:
            return None
        secret = self.oidc_client_secret.get_secret_value()
        return ProviderSettings(self.oidc_issuer, self.oidc_client_id, secret, self.oidc_redirect_uri)

    @property
    def quotas(self) -> dict[str, int]:
        return {
            "read": self.reads_per_minute,
            "write": self.writes_per_minute,
            "sign_in": self.sign_ins_per_minute,
        }

    @property
    def upstreams(self) -> dict[str, str]:
        return {"orgchart": self.orgchart_url, "plans": self.plans_url, "indicators": self.indicators_url}
