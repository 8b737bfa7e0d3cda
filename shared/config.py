"""How the process runs: environment variables BOOKBRIDGE_* (or a file .env). Business rules are settings, not here."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    health_host: str = "127.0.0.1"
    """Address of health and metrics."""
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of health and metrics; 9100 for ingest and `run`, 9101 orders. 0 takes a free one."""
    log_level: str = "info"
    """debug, info, warning or error."""
    discovery: str = "https://developer.api.intuit.com/.well-known/openid_configuration"
    """QuickBooks' OAuth2 discovery document."""
    adobe_keys: str = "https://static.adobeioevents.com"
    """Scheme and host of the public keys of Adobe I/O Events; another one only for a simulator."""
    adobe_validation: str = "https://csm.adobe.io"
    """Scheme and host of the service that validates webhook registrations of Adobe I/O; another one only for a
    simulator."""
