"""How the process runs: environment variables BOOKBRIDGE_* (or a file .env). Business rules are settings, not here."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/\-]*)?")


class LogKind(StrEnum):
    """Which log the process uses."""

    EMBEDDED = "embedded"
    KAFKA = "kafka"


class Config(BaseSettings):
    """Every variable with its meaning; docs/settings.md is generated from it."""

    model_config = SettingsConfigDict(
        env_prefix="BOOKBRIDGE_", env_file=".env", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    log: LogKind = LogKind.EMBEDDED
    """`embedded` keeps everything in one file and runs as one process; `kafka` is for several."""
    data: Path = Path("data")
    """Folder of the embedded log (`log.sqlite`: the truth, back it up) and of a folder of projections per service:
    these can be deleted and are rebuilt from the log."""
    kafka: str = "127.0.0.1:9092"
    """Kafka's bootstrap addresses, with commas between them."""
    kafka_namespace: str = ""
    """Put before topic and group names, for several deployments on one cluster."""
    kafka_replication: int = Field(default=3, ge=1)
    """Copies of each topic that is created; 1 for a single broker."""
    kafka_session_seconds: float = Field(default=10.0, ge=1)
    """After so long without a sign of life a process's work goes to others."""
    kafka_security_protocol: str = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    kafka_sasl_mechanism: str = "PLAIN"
    """With SASL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    kafka_username: str = ""
    """With SASL; the password is in the secrets file."""
    settings: Path | None = None
    """Folder of the connections' TOML documents; `bookbridge run` publishes them and follows changes."""
    secrets: Path = Path("secrets.toml")
    """File with everything secret; only its owner may read it."""
    host: str = "127.0.0.1"
    """Address that webhooks are received on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port that webhooks are received on; 0 takes a free one."""
    public_url: str = ""
    """Where browsers and senders of webhooks reach `port` from outside, such as https://bookbridge.example.com; empty:
    http://localhost and the port. Register this address with /connect/quickbooks/callback behind it as redirect URI at
    Intuit; in production Intuit takes https and a host name only."""
    health_host: str = "127.0.0.1"
    """Address of health and metrics."""
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of health and metrics; 9100 for ingest and `run`, 9101 orders, 9102 catalog, 9103 inventory. 0 takes a free
    one."""
    inventory: str = ""
    """Where `bookbridge stock` finds the service that writes stock: addresses with commas between them, such as
    http://10.0.0.7:9103, several where several processes share the connections. Empty: the health port on this
    machine."""
    log_level: str = "info"
    """debug, info, warning or error."""
    discovery: str = "https://developer.api.intuit.com/.well-known/openid_configuration"
    """QuickBooks' OAuth2 discovery document."""
    adobe_keys: str = "https://static.adobeioevents.com"
    """Scheme and host of the public keys of Adobe I/O Events; another one only for a simulator."""
    adobe_validation: str = "https://csm.adobe.io"
    """Scheme and host of the service that validates webhook registrations of Adobe I/O; another one only for a
    simulator."""

    @property
    def public_address(self) -> str:
        """`public_url`, or what stands for it; without a slash at the end."""
        return self.public_url or f"http://localhost:{self.port}"

    @field_validator("public_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError("must be http:// or https:// with a host, without ? and #")
        return value.rstrip("/")
