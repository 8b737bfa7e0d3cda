"""An object of a company's lists as `quickbooks.lists` holds it: its key, its version, what is kept of it. Pure.

The newest version counts, whatever the order in which versions come: pages of a long reading, change data capture and
processes that were paused tell of one object in any order. SyncToken decides, then the time of the last change (system
tax codes keep their token at 0), then the server's time when it was read. A deletion has no SyncToken: it beats what
was last changed before it or in its second.

Source: reference/quickbooks.md, sections 3 (CDC: shapes, resolution of a second, offsets) and 8 (SyncToken).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from shared.log.port import NewRecord, Record
from shared.log.projection import KEEP, Keep
from shared.log.signals import CorruptRecord
from shared.topics import LISTS
from shared.wire import NotJson, decode, encode, encode_canonical

SINGLE = ("CompanyInfo", "Preferences")
"""Of which a company has one each."""

SMALL = ("Account", "Class", "Department", "PaymentMethod", "Term", "TaxCode", "TaxRate", "TaxAgency")
"""Whose entries settings name, or documents refer to."""

OF_PLANS = frozenset({"Class", "Department"})
"""Which not every plan of QuickBooks has (reference/quickbooks.md, section 8): 5020 and 5030 say so."""

LARGE = ("Item", "Customer")

ENTITIES = (*SINGLE, *SMALL, *LARGE)
"""In the order in which they are read: what every order needs comes first."""

_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)  # every reading
_LOADED, _ANSWERED = "loaded", "Lists:answered"

# Of people only what a sale is matched by: the topic is no address book (docs/adr/0009).
_CUSTOMER = frozenset(
    (
        *("Id", "SyncToken", "MetaData", "Active", "DisplayName", "FullyQualifiedName", "CompanyName"),
        *("PrimaryEmailAddr", "CurrencyRef", "ParentRef", "Job", "Taxable", "DefaultTaxCodeRef"),
    )
)
_ACCOUNT_BALANCES = frozenset(("CurrentBalance", "CurrentBalanceWithSubAccounts"))  # move with every document


class NotListed(ValueError):
    """What was told is no object of a list: it has no Id, or versions that make no sense."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object, or that there is none any more (`value` empty). Instants are ISO texts in UTC, all of one length."""

    entity: str
    id: str
    token: int
    updated: str
    at: str
    value: bytes
    content_hash: str = ""

    @property
    def gone(self) -> bool:
        """Whether it was deleted."""
        return not self.value

    def older_than(self, other: Listed) -> bool:
        """Whether `other` says later things of the same object."""
        if self.gone or other.gone:
            mine, theirs = (self.updated, self.gone, self.at), (other.updated, other.gone, other.at)
            return mine < theirs
        return (self.token, self.updated, self.at) < (other.token, other.updated, other.at)

    def tells_more_than(self, known: Listed | None) -> bool:
        """Whether the log must hear of it: also that something unknown is gone, which an older version may follow."""
        if known is None:
            return True
        return not self.older_than(known) and (self.gone, self.content_hash) != (known.gone, known.content_hash)

    def record(self, realm: str) -> NewRecord:
        """The record of `quickbooks.lists`; a tombstone when it is gone."""
        headers = {
            "schema": "1",
            "sync-token": str(self.token),
            "last-updated-time": self.updated,
            "content-hash": self.content_hash,
            "at": self.at,
        }
        return NewRecord(LISTS, key_of(realm, self.entity, self.id), self.value or None, realm, headers)


def listed(entity: str, document: Mapping[str, Any], at: datetime) -> Listed:
    """An object as QuickBooks shows it at the server's time `at`; also as change data capture tells of a deletion.

    Raises NotListed."""
    try:
        number = str(document["Id"])
        changed = (document.get("MetaData") or {}).get("LastUpdatedTime")
        updated = _instant(datetime.fromisoformat(changed) if changed else at)
        if document.get("status") == "Deleted":
            return Listed(entity, number, 0, updated, _instant(at), b"")
        token = int(document.get("SyncToken") or 0)
    except (KeyError, TypeError, ValueError) as error:
        raise NotListed(f"{entity}: {error!r}") from error
    rest = kept(entity, document)
    content = {name: value for name, value in rest.items() if name != "MetaData"}
    content_hash = hashlib.sha256(encode_canonical(content)).hexdigest()[:32]
    return Listed(entity, number, token, updated, _instant(at), encode(rest), content_hash)


def listed_again(entity: str, document: Mapping[str, Any]) -> Listed:
    """The answer to a write of our own, as old as can be among readings of the same version: those may say more."""
    return listed(entity, document, _BEFORE)


def kept(entity: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What of an object goes into the log."""
    if entity == "Customer":
        return {name: value for name, value in document.items() if name in _CUSTOMER}
    if entity == "Account":
        return {name: value for name, value in document.items() if name not in _ACCOUNT_BALANCES}
    return dict(document)


def newest(told: Iterable[Listed]) -> list[Listed]:
    """One version of each object, the latest of those told."""
    found: dict[str, Listed] = {}
    for one in told:
        before = found.get(one.id)
        if before is None or not one.older_than(before):
            found[one.id] = one
    return list(found.values())


# --- the topic -------------------------------------------------------------------------------------------------------


def key_of(realm: str, entity: str, number: str) -> str:
    """The key of an object's record."""
    return f"{realm}:{entity}:{number}"


def loaded_key(realm: str, entity: str) -> str:
    """The key of the record that says that a list is whole."""
    return key_of(realm, entity, _LOADED)


def answered_key(realm: str) -> str:
    """The key of the record that says up to which command readings that were asked for are done."""
    return f"{realm}:{_ANSWERED}"


def parts(key: str) -> tuple[str, str, str]:
    """Realm, entity and Id of a record's key; the Id is empty where it is no object's."""
    realm, entity, number = key.split(":")
    return realm, entity, "" if _is_marker(key) else number


def fold(current: bytes | None, record: Record) -> bytes | Literal[Keep.KEEP] | None:
    """The projection's rows: of an object its newest version; that it is gone stays known, so that an older version
    can't bring it back."""
    if _is_marker(record.key):
        return record.value
    headers = record.headers
    try:
        _, entity, number = record.key.split(":")
        told = Listed(
            entity,
            number,
            int(headers["sync-token"]),
            headers["last-updated-time"],
            headers["at"],
            record.value or b"",
            headers["content-hash"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptRecord(f"{record.key} is no object of a list: {error!r}") from error
    if current is not None and told.older_than(parse(record.key, current)):
        return KEEP
    head = "\t".join((str(told.token), told.updated, told.at, told.content_hash))
    return head.encode() + b"\n" + told.value


def parse(key: str, row: bytes) -> Listed:
    """An object from its row."""
    _, entity, number = key.split(":")
    head, _, value = row.partition(b"\n")
    token, updated, at, content_hash = head.decode().split("\t")
    return Listed(entity, number, int(token), updated, at, value, content_hash)


def words_of_row(key: str, row: bytes) -> Collection[str]:
    """What the index calls a row by: see `words`."""
    if _is_marker(key) or row.endswith(b"\n"):
        return ()
    realm, entity, _ = key.split(":")
    try:
        document = decode(row.partition(b"\n")[2])
    except NotJson as error:
        raise CorruptRecord(f"{key} holds no JSON: {error}") from error
    return [f"{realm}:{entity}:{word}" for word in words(entity, document)]


INACTIVE = "inactive-"
"""Before the words of items that are inactive: nobody may use them, and people want to know that they are there."""


def words(entity: str, document: Mapping[str, Any]) -> list[str]:
    """`name=`, `sku=` and `email=` in lower case, of what is active and may stand in a document; of inactive items the
    same, marked as such."""
    if document.get("Type") == "Category":
        return []
    if document.get("Active") is False:
        return [INACTIVE + word for word in _words(entity, document)] if entity == "Item" else []
    return _words(entity, document)


def _words(entity: str, document: Mapping[str, Any]) -> list[str]:
    field = {"Item": "Name", "Customer": "DisplayName", "TaxAgency": "DisplayName"}.get(entity, "FullyQualifiedName")
    name = document.get(field) or document.get("Name") or ""
    found = [f"name={str(name).lower()}"] if name else []
    if entity == "Item" and (sku := document.get("Sku")):
        found.append(f"sku={str(sku).lower()}")
    if entity == "Customer" and (email := email_of(document)):
        found.append(f"email={email}")
    return found


def email_of(customer: Mapping[str, Any]) -> str:
    """The customer's e-mail in lower case, "" without one."""
    return str((customer.get("PrimaryEmailAddr") or {}).get("Address") or "").strip().lower()


def _is_marker(key: str) -> bool:
    return key.endswith((f":{_LOADED}", f":{_ANSWERED}"))


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
