"""Webhooks of Intuit: their signature, and which entities of which companies they tell of. Pure.

The signature is the base64 of the HMAC-SHA256 of the raw bytes; the key is the verifier token of the app (reference,
section 11). Two formats: arrays of CloudEvents since 2026, and the envelope before them. Both tell what changed and not
how, may hold several companies, and come late, twice and out of order: what they say is "look now".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from shared import limits
from shared.keyed_hashes import KeyedHashes
from shared.wire import NotJson, decode

SIGNATURE_HEADER = "intuit-signature"

ENTITIES = frozenset({
    "Account", "Bill", "BillPayment", "Budget", "Class", "CreditMemo", "Currency", "Customer", "Department",
    "Deposit", "Employee", "Estimate", "Invoice", "Item", "JournalCode", "JournalEntry", "Payment",
    "PaymentMethod", "Preferences", "Purchase", "PurchaseOrder", "RefundReceipt", "SalesReceipt", "TaxAgency",
    "Term", "TimeActivity", "Transfer", "Vendor", "VendorCredit",
})  # fmt: skip
"""All that Intuit sends webhooks for (reference, section 11). TaxCode and TaxRate are not among them."""

_BY_LOWER_CASE = {name.lower(): name for name in ENTITIES}
_BASE64_OF_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_EVENT_TYPE = re.compile(r"qbo\.([a-z]+)\.[a-z]+\.v[0-9]+", re.ASCII)


class NotAWebhook(ValueError):
    """The body is in neither format; the text says why."""


class Verifiers:
    """The verifier tokens of an app: one, or the old and the new one while it is being replaced.

    Raises ValueError for an empty token; without any token nothing is accepted.
    """

    __slots__ = ("_hashes",)

    def __init__(self, tokens: Iterable[str]) -> None:
        self._hashes = KeyedHashes(tokens)

    def verify(self, body: bytes, presented: Sequence[str]) -> bool:
        """Whether `presented` (every value of the header) is one signature of `body` by a token. In constant time."""
        if len(presented) != 1 or _BASE64_OF_SHA256.fullmatch(presented[0]) is None:
            return False
        digest = base64.b64decode(presented[0])
        # The last character has two bits to spare: of the four texts that decode alike, one was sent.
        return base64.b64encode(digest).decode() == presented[0] and self._hashes.made(digest, body)

    def __len__(self) -> int:
        return len(self._hashes)

    def __repr__(self) -> str:
        return f"Verifiers({len(self)})"


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to an object. `entity` is as in `ENTITIES`; `at` in UTC, None when the time can't be read;
    `event_id` stays the same when Intuit repeats the event, None in the older format."""

    realm: str
    entity: str
    at: datetime | None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that tells nothing we understand; `text` holds no customer's data."""

    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A whole delivery."""

    format: Literal["cloudevents", "legacy"]
    changes: tuple[Change, ...]
    skipped: tuple[Skipped, ...]


def read_webhook(body: bytes) -> Told:
    """What a delivery tells. Raises NotAWebhook.

    An event that isn't understood is skipped and takes no other with it: refusing a delivery makes Intuit hold back
    all that follow.
    """
    try:
        document = decode(body)
    except NotJson as error:
        raise NotAWebhook("the body is not JSON") from error
    match document:
        case list():
            return _told("cloudevents", (_cloud_event(event) for event in document))
        case {"specversion": _}:  # never seen alone; the other answer would hold back all that follow
            return _told("cloudevents", iter([_cloud_event(document)]))
        case {"eventNotifications": list() as notifications}:
            return _told("legacy", (found for it in notifications for found in _notification(it)))
        case _:
            raise NotAWebhook("the body is neither an array of CloudEvents nor an object with eventNotifications")


def _told(format_: Literal["cloudevents", "legacy"], events: Iterator[Change | Skipped]) -> Told:
    found = list(islice(events, limits.INTUIT_EVENTS_MAX + 1))
    if len(found) > limits.INTUIT_EVENTS_MAX:
        raise NotAWebhook(f"the body holds more than {limits.INTUIT_EVENTS_MAX} events")
    return Told(
        format_,
        tuple(one for one in found if isinstance(one, Change)),
        tuple(one for one in found if isinstance(one, Skipped)),
    )


def _cloud_event(event: Any) -> Change | Skipped:
    if not isinstance(event, dict):
        return Skipped("an event is not an object")
    sent, realm, event_id = event.get("type"), _realm(event.get("intuitaccountid")), event.get("id")
    named = _EVENT_TYPE.fullmatch(sent) if isinstance(sent, str) else None
    if named is None or (entity := _BY_LOWER_CASE.get(named[1])) is None:
        return Skipped(f"type {ascii(sent)[:100]} is not known")
    if realm is None:
        return Skipped(f"a {entity} has no company in intuitaccountid")
    return Change(realm, entity, _instant(event.get("time")), event_id if isinstance(event_id, str) else None)


def _notification(notification: Any) -> Iterator[Change | Skipped]:
    """The changes of one company in the older format. A merge names two objects (id, deletedID) of one entity."""
    match notification:
        case {"realmId": realm_id, "dataChangeEvent": {"entities": list() as rows}}:
            realm = _realm(realm_id)
        case _:
            yield Skipped("a notification has no realmId or no dataChangeEvent.entities")
            return
    for row in rows:
        name = row.get("name") if isinstance(row, dict) else None
        entity = _BY_LOWER_CASE.get(name.lower()) if isinstance(name, str) else None
        if entity is None:
            yield Skipped(f"entity {ascii(name)[:100]} is not known")
        elif realm is None:
            yield Skipped(f"a {entity} has no company in realmId")
        else:
            yield Change(realm, entity, _instant(row.get("lastUpdated")))


def _realm(value: Any) -> str | None:
    """A company's number, which comes as text; a number would mean the same."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 30 else None


def _instant(value: Any) -> datetime | None:
    """The time in UTC. CloudEvents have nanoseconds, which are cut to microseconds; the older format writes its offset
    without a colon. One without offset could be of any zone."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        return read.astimezone(UTC) if read is not None and read.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
