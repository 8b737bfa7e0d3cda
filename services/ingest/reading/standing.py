"""What is known of the last published snapshot of an entity, as its record's headers tell it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from services.ingest.reading.fetched import Fetched, Kind, content_hash
from shared.log.port import Record
from shared.snapshots import follows_of, overtaken

_HASH = "content-hash"


@dataclass(frozen=True, slots=True)
class Standing:
    """`updated_at`, `created_at`: in the shop's words (UTC). `number`: an order's increment_id, a product's SKU. `hash`
    is empty when what stands last in the log is not what counts."""

    hash: str
    fetched_at: datetime
    updated_at: str = ""
    created_at: str = ""
    number: str = ""
    store_id: int = 0

    @classmethod
    def of(cls, fetched: Fetched) -> Standing:
        document = fetched.document
        return cls(
            hash=content_hash(fetched.content),
            fetched_at=fetched.fetched_at,
            updated_at=str(document.get("updated_at") or ""),
            created_at=str(document.get("created_at") or ""),
            number=str(document.get(_NUMBERS.get(fetched.kind, "")) or ""),
            store_id=_number(document.get("store_id")),
        )

    def headers(self) -> dict[str, str]:
        """A record with these needs not be decoded to be known."""
        return {
            _HASH: self.hash,
            "fetched-at": self.fetched_at.isoformat(),
            "updated-at": self.updated_at,
            "created-at": self.created_at,
            "number": self.number,
            "store": str(self.store_id),
        }


_NUMBERS = {Kind.ORDER: "increment_id", Kind.PRODUCT: "sku"}


def fold(current: bytes | None, record: Record) -> bytes | None:
    """The row of the snapshot that counts. One without a hash, of the first releases, says nothing: it is published
    anew. So is what counts when one that doesn't came behind it, with the next reading: of a compacted topic only the
    last record of an entity is sure to stay."""
    headers = record.headers
    if record.value is None or _HASH not in headers:
        return None
    told = _from_headers(headers)
    stands = parse(current) if current is not None else None
    if stands is not None and overtaken(told.fetched_at, follows_of(headers), stands.fetched_at):
        return current if told.hash == stands.hash else orjson.dumps(asdict(replace(stands, hash="")))
    return orjson.dumps(asdict(told))


def parse(row: bytes) -> Standing:
    """The row as a value."""
    members = orjson.loads(row)
    return Standing(**{**members, "fetched_at": datetime.fromisoformat(members["fetched_at"])})


def _from_headers(headers: Mapping[str, str]) -> Standing:
    return Standing(
        hash=headers[_HASH],
        fetched_at=datetime.fromisoformat(headers["fetched-at"]),
        updated_at=headers.get("updated-at", ""),
        created_at=headers.get("created-at", ""),
        number=headers.get("number", ""),
        store_id=_number(headers.get("store")),
    )


def _number(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0
