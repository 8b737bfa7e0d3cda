"""Secrets, from one TOML file that only its owner may read. They are never logged; their repr shows nothing."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from shared.magento.rsa_signatures import public_key


class SecretsError(ValueError):
    """The file can't be used; the text says why and shows no secret."""


class _Secret(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


def _not_blank(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("is empty: everybody could sign with it")
    return secret


def _rsa_key(pem: str) -> str:
    public_key(pem.encode())  # raises ValueError
    return pem


Token = Annotated[SecretStr, AfterValidator(_not_blank)]
SharedSecret = Annotated[SecretStr, Field(min_length=16)]  # it is shown with every request, so it must be long


class AppKeys(_Secret):
    """The keys of the app at Intuit."""

    client_id: str
    client_secret: SecretStr
    webhook_verifier: tuple[Token, ...] = ()
    """The verifier token of the app's webhooks, which Intuit sends to /webhooks/quickbooks; several while one is being
    replaced."""


class AdobeIoSecrets(_Secret):
    """A registration of Adobe I/O Events, which sends to /webhooks/{connection}/adobe-io."""

    client_id: Annotated[str, Field(min_length=16, pattern=r"^[\x21-\x7e]+$")]
    """Client id of the project in Adobe's Developer Console: every event must name it as its recipient."""


class CommerceSecrets(_Secret):
    """Adobe Commerce webhooks, which send to /webhooks/{connection}/commerce/{hook}."""

    public_keys: Annotated[tuple[Annotated[str, AfterValidator(_rsa_key)], ...], Field(min_length=1)]
    """Public keys in PEM, from Stores > Configuration > Adobe Services > Webhooks; several while one is replaced."""


class MageplazaSecrets(_Secret):
    """Mageplaza's Webhook module, which sends to /webhooks/{connection}/mageplaza/{hook} and signs nothing."""

    username: str = "bookbridge"
    """Of Basic authentication."""
    passwords: tuple[SharedSecret, ...] = ()
    """Of Basic authentication; several while one is being replaced."""
    header_secrets: tuple[SharedSecret, ...] = ()
    """Values of the header x-bookbridge-secret, where that is used instead."""


class ConnectionSecrets(_Secret):
    """What signs us in to a shop, and what its senders prove themselves with."""

    webhook_tokens: tuple[Token, ...] = ()
    """Verification tokens of the shop's Mage-OS subscriptions; several while one is being replaced."""
    event_tokens: dict[str, tuple[Token, ...]] = Field(default_factory=dict)
    """Tokens of single events, where each subscription has its own."""
    adobe_io: AdobeIoSecrets | None = None
    commerce: CommerceSecrets | None = None
    mageplaza: MageplazaSecrets | None = None
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
    except UnicodeDecodeError:  # which holds the whole file, so it goes no further
        raise SecretsError(f"{path} is not a TOML document: it is not UTF-8") from None
    if stat.S_IMODE(mode) & 0o077:
        raise SecretsError(f"{path} can be read by others; allow only its owner: chmod 600 {path}")
    try:
        return Secrets.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SecretsError(f"{path} is not a TOML document") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise SecretsError(f"{path}: {problems}") from error
