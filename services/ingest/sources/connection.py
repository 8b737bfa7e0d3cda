"""A shop as far as its webhooks go: which sources may send for it, and what they prove themselves with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.ingest.sources.quickbooks import QuickBooksApp
from services.ingest.sources.shared_secrets import SharedSecrets
from shared.magento.signatures import AcceptedTokens


@dataclass(frozen=True, slots=True)
class AdobeIo:
    """A registration of Adobe I/O Events: whom its events are for, and scheme and host where Adobe validates it."""

    client_id: str
    validation_base: str


@dataclass(frozen=True, slots=True)
class WebhookConnection:
    """`tokens` are those of Mage-OS; `event_tokens` those of an event whose subscription has its own. A source that has
    nothing here isn't set up, and its addresses don't exist."""

    name: str
    realm: str
    tokens: AcceptedTokens
    event_tokens: Mapping[str, AcceptedTokens] = field(default_factory=dict)
    adobe_io: AdobeIo | None = None
    commerce_keys: tuple[RSAPublicKey, ...] = ()
    mageplaza: SharedSecrets | None = None

    def tokens_for(self, event: str) -> AcceptedTokens:
        return self.event_tokens.get(event, self.tokens)


class Connections(Protocol):
    """Where the receiver finds its connections."""

    def connection(self, name: str) -> WebhookConnection | None: ...

    def awaited(self, name: str) -> bool:
        """Whether a connection that isn't found is one whose settings are still to come: it has secrets."""
        ...

    def app(self) -> QuickBooksApp:
        """The app at Intuit, which sends for all companies."""
        ...
