"""What travels through a browser and must come back unchanged: the link that is given to a person, and OAuth's state.

Text: base64url of a canonical JSON document, a dot, base64url of its HMAC-SHA256. The keys are derived from the keys
for tokens at rest, so every process of the deployment knows them and no other secret is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from shared import limits
from shared.quickbooks.own_signatures import OwnSignatures
from shared.wire import NotJson, decode, encode_canonical

_PURPOSE = "bookbridge connect tickets 1"


class Purpose(StrEnum):
    """What a ticket is good for; one for the other purpose is refused."""

    LINK = "link"
    STATE = "state"


class Forged(ValueError):
    """No ticket of ours for this purpose."""


class Expired(ValueError):
    """Ours, and too old."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One attempt to connect a connection's company. `browser` is the hash of the secret in the cookie of the browser
    that may bring a state back."""

    purpose: Purpose
    attempt: str
    connection: str
    realm: str
    until: datetime
    browser: str = ""


class TicketOffice:
    """Signs with the first key, accepts all."""

    def __init__(
        self,
        token_keys: Sequence[str],
        keys_now: Callable[[], Sequence[str]] = list,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises BadKey. `keys_now` is asked when none of them has signed a ticket, at most every
        CONNECT_KEYS_SECONDS: anybody can send what nobody signed."""
        self._signatures = OwnSignatures(token_keys, _PURPOSE, keys_now, clock)

    def sign(self, ticket: Ticket) -> str:
        """The ticket as text for an address."""
        document = {
            "purpose": ticket.purpose.value,
            "attempt": ticket.attempt,
            "connection": ticket.connection,
            "realm": ticket.realm,
            "until": int(ticket.until.timestamp()),
            "browser": ticket.browser,
        }
        content = encode_canonical(document)
        return f"{_text(content)}.{_text(self._signatures.sign(content))}"

    def read(self, text: str, purpose: Purpose, now: datetime) -> Ticket:
        """Raises Forged, Expired."""
        content_text, dot, mac_text = text.partition(".")
        if not dot or len(text) > limits.CONNECT_TICKET_MAX_CHARS:
            raise Forged("no ticket")
        content, mac = _bytes(content_text), _bytes(mac_text)
        if not self._signatures.made(content, mac):
            raise Forged("not signed by us")
        ticket = _ticket(content)
        if ticket.purpose is not purpose:
            raise Forged(f"a {ticket.purpose} is no {purpose}")
        if now >= ticket.until:
            raise Expired(f"ended at {ticket.until.isoformat()}")
        return ticket


def browser_hash(secret: str) -> str:
    """What the state says of the cookie."""
    return hashlib.sha256(b"bookbridge connect browser" + secret.encode()).hexdigest()


def _ticket(content: bytes) -> Ticket:
    try:
        document = decode(content)
        return Ticket(
            purpose=Purpose(document["purpose"]),
            attempt=document["attempt"],
            connection=document["connection"],
            realm=document["realm"],
            until=datetime.fromtimestamp(document["until"], UTC),
            browser=document["browser"],
        )
    except (NotJson, KeyError, TypeError, ValueError) as error:  # signed by another version of this program
        raise Forged("not as this version writes it") from error


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Forged("not base64") from error
    if _text(content) != text:  # another spelling of the same bytes
        raise Forged("not base64 as we write it")
    return content
