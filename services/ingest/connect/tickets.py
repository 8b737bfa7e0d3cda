"""What travels through a browser and must come back unchanged: the link that is given to a person, and OAuth's state.

Text: base64url of a canonical JSON document, a dot, base64url of its HMAC-SHA256. The keys are derived from the keys
for tokens at rest, so every process of the deployment knows them and no other secret is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from shared import limits
from shared.quickbooks.vault import derived_keys
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
        self._keys = derived_keys(token_keys, _PURPOSE)
        self._keys_now = keys_now
        self._clock = clock
        self._asked = -limits.CONNECT_KEYS_SECONDS

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
        return f"{_text(content)}.{_text(_mac(self._keys[0], content))}"

    def read(self, text: str, purpose: Purpose, now: datetime) -> Ticket:
        """Raises Forged, Expired."""
        content_text, dot, mac_text = text.partition(".")
        if not dot or len(text) > limits.CONNECT_TICKET_MAX_CHARS:
            raise Forged("no ticket")
        content, mac = _bytes(content_text), _bytes(mac_text)
        if not self._signed(content, mac) and not (self._learnt() and self._signed(content, mac)):
            raise Forged("not signed by us")
        ticket = _ticket(content)
        if ticket.purpose is not purpose:
            raise Forged(f"a {ticket.purpose} is no {purpose}")
        if now >= ticket.until:
            raise Expired(f"ended at {ticket.until.isoformat()}")
        return ticket

    def _signed(self, content: bytes, mac: bytes) -> bool:
        good = [hmac.compare_digest(_mac(key, content), mac) for key in self._keys]
        return any(good)

    def _learnt(self) -> bool:
        """Whether there are keys that we didn't know."""
        now = self._clock()
        if now - self._asked < limits.CONNECT_KEYS_SECONDS:
            return False
        self._asked = now
        new = [key for key in derived_keys(self._keys_now(), _PURPOSE) if key not in self._keys]
        self._keys += new
        return bool(new)


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


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")


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
