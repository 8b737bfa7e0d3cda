"""Secrets, from one TOML file that only its owner may read. They are never logged; their repr shows nothing."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError


class SecretsError(ValueError):
    """The file can't be used; the text says why and shows no secret."""


class _Secret(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class AppKeys(_Secret):
    """The keys of the app at Intuit."""

    client_id: str
    client_secret: SecretStr


class ConnectionSecrets(_Secret):
    """What signs us in to a shop, and what it signs its webhooks with."""

    webhook_tokens: tuple[SecretStr, ...] = ()
    """Verification tokens of the shop's webhook subscriptions; several while one is being replaced."""
    event_tokens: dict[str, tuple[SecretStr, ...]] = Field(default_factory=dict)
    """Tokens of single events, where each subscription has its own."""
    consumer_key: SecretStr = SecretStr("")
    consumer_secret: SecretStr = SecretStr("")
    access_token: SecretStr = SecretStr("")
    access_token_secret: SecretStr = SecretStr("")


class RealmSecrets(_Secret):
    """The grant of a company."""

    refresh_token: SecretStr
    """Used once, when the log holds no token of the company or its grant has ended; later ones are kept in the log."""


class Secrets(_Secret):
    """The whole file."""

    token_keys: Annotated[tuple[SecretStr, ...], Field(min_length=1)]
    """Keys for tokens at rest: 32 random bytes in base64, the current one first, older ones as long as needed."""
    quickbooks: AppKeys
    connections: dict[str, ConnectionSecrets] = Field(default_factory=dict)
    realms: dict[str, RealmSecrets] = Field(default_factory=dict)
    kafka_password: SecretStr = SecretStr("")

    def connection(self, name: str) -> ConnectionSecrets:
        """Raises SecretsError when nothing is there for this connection."""
        found = self.connections.get(name)
        if found is None:
            raise SecretsError(f"the secrets file has no [connections.{name}]")
        return found


def load_secrets(path: Path) -> Secrets:
    """Raises SecretsError: file missing, readable by others, not TOML, or not as described here."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SecretsError(f"{path}: {error.strerror}; BOOKBRIDGE_SECRETS names the file") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SecretsError(f"{path} can be read by others; allow only its owner: chmod 600 {path}")
    try:
        return Secrets.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SecretsError(f"{path} is not a TOML document") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise SecretsError(f"{path}: {problems}") from error
