"""The shop's documents by kind and id, the sequences that number new ones, and the events that changes raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sandbox import limits
from sandbox.magento import php_json
from sandbox.magento.changes import Change, Watcher
from sandbox.magento.collation import fold
from sandbox.magento.config import Config
from sandbox.magento.errors import ControlError
from sandbox.magento.row_totals import as_rest_shows
from sandbox.magento.stock.of_shop import stock_hooks
from sandbox.magento.stores import stores_of
from sandbox.magento.tables import ID_FIELD, ID_MAX, KEYS, PROGRAM, Kind, key_values
from sandbox.storage import Database
from sandbox.storage.codec import from_text, storable, to_text
from shared import wire

__all__ = ["ID_FIELD", "Announce", "Body", "Document", "Kind", "Shop"]

Body = dict[str, Any]
Announce = Callable[[str, "Document"], None]
STORED = "body, recorded, hidden, as_shown, misses"
_COLUMNS = ("kind", "id", *KEYS, "odd", "misses", "as_shown", "hidden", "body", "recorded")
_INSERT = f"INSERT OR REPLACE INTO documents ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_SAVE = f"UPDATE documents SET {', '.join(f'{name} = ?' for name in _COLUMNS[2:])} WHERE kind = ? AND id = ?"  # noqa: S608


@dataclass
class Document:
    """One entity, as a value: after a change it must be saved. `body` is what the database holds; `recorded` is the
    verbatim text of a recorded document, which REST serves unchanged and `body` is read from; `hidden` are columns that
    REST does not show but filters know."""

    kind: Kind
    body: Body
    recorded: str | None = None
    hidden: Body = field(default_factory=dict)
    as_shown: bool = False  # recorded and then changed here: its row totals are in REST's form already
    misses_left: int | None = None  # reads that still answer 404: the race before the commit

    @property
    def entity_id(self) -> int:
        return int(self.body[ID_FIELD[self.kind]])

    def column(self, name: str) -> Any:
        return self.body.get(name, self.hidden.get(name))


class Shop:
    """State and its rules of identity. Times are UTC, to the second, as Magento stores them."""

    def __init__(
        self, config: Config, clock: Callable[[], datetime] | None = None, database: Database | None = None
    ) -> None:
        """database: where the shop is kept; without one it is in memory."""
        self.config = config
        self.clock = clock or (lambda: datetime.now(UTC))
        self.database = database or Database(None, PROGRAM)
        self._announcers: list[Announce] = []
        self._furnishers: list[Callable[[Shop], None]] = []
        self._watcher: Watcher | None = None
        self.stock = stock_hooks(self.database, config, self.clock, self._sku_of)

    def _sku_of(self, item: Mapping[str, Any]) -> str:
        """An order item's SKU as its product has it now."""
        product = self.get(Kind.PRODUCT, int(item.get("product_id") or 0))
        return str((item if product is None else product.body)["sku"])

    def reset(self) -> None:
        """Empty again, as built; listeners stay."""
        with self.atomic():
            self.database.execute("DELETE FROM documents")
            self.database.execute("DELETE FROM numbers WHERE space IN ('sequence', 'customer', 'attribute')")
            self.stock.inventory.clear()
            self.stock.inventory.network.as_shipped(*stores_of(self.config).website_codes())
            for furnish in self._furnishers:
                furnish(self)

    def furnish(self, furnish: Callable[[Shop], None]) -> None:
        """Have `furnish(shop)` fill in what an empty shop starts with, now and after each reset."""
        self._furnishers.append(furnish)
        with self.atomic():
            furnish(self)

    def atomic(self) -> AbstractContextManager[None]:
        """What is done inside is kept as a whole, or not at all when an exception leaves it; so are its events. Nothing
        may be awaited."""
        return self.database.atomic()

    def now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def next_id(self, sequence: str) -> int:
        """The next number of a sequence ("order", "order_item", ...), never one that a recorded document uses."""
        while True:
            number = self.database.next_number("sequence", sequence, self.config.first_entity_id)
            if sequence not in set(Kind) or not self._is_taken(Kind(sequence), number):
                return number

    def _is_taken(self, kind: Kind, number: int) -> bool:
        return self.database.one("SELECT 1 FROM documents WHERE kind = ? AND id = ?", (kind, number)) is not None

    def customer_id(self, email: str) -> int:
        """The account's number of an e-mail address (with its website), the same on every call."""
        key = ("customer", email)
        row = self.database.one("SELECT value FROM numbers WHERE space = ? AND name = ?", key)
        return (
            int(row[0]) if row else self.database.next_number(*key, self.database.next_number("sequence", "customer"))
        )

    def on_event(self, announce: Announce) -> None:
        """Call `announce(event name, document)` for each event from now on."""
        self._announcers.append(announce)

    def watch(self, watcher: Watcher) -> None:
        """Show it every save from now on."""
        self._watcher = watcher

    @property
    def watcher(self) -> Watcher | None:
        """Who sees saves now, if anybody wants to."""
        return self._watcher if self._watcher is not None and self._watcher.active else None

    def announce(self, event: str, document: Document) -> None:
        """Tell the event to who listens, once the change under way is kept."""
        self.database.after_commit(partial(self._tell, event, document))

    def _tell(self, event: str, document: Document) -> None:
        for announce in self._announcers:
            announce(event, document)

    def get(self, kind: Kind, entity_id: int) -> Document | None:
        """The document, or None."""
        if abs(entity_id) > ID_MAX:
            return None
        return self._one(kind, "id = ?", entity_id)

    def numbered(self, kind: Kind, increment_id: str) -> Document | None:
        """The first of the kind with the increment_id, or None."""
        if not storable(increment_id):
            return None
        return self._one(kind, "increment_id = ? ORDER BY id", fold(increment_id))

    def product(self, sku: str) -> Document | None:
        """By SKU; MySQL's collation makes it indifferent to case."""
        if not storable(sku):
            return None
        return self._one(Kind.PRODUCT, "sku = ? ORDER BY seq DESC", fold(sku))

    def _one(self, kind: Kind, condition: str, value: int | str) -> Document | None:
        sql = f"SELECT {STORED} FROM documents WHERE kind = ? AND {condition} LIMIT 1"  # noqa: S608  # our own text
        row = self.database.one(sql, (kind, value))
        return None if row is None else document_of(kind, row)

    def documents(self, kind: Kind) -> Iterator[Document]:
        """All of the kind, by id. The shop may change meanwhile."""
        last = -ID_MAX
        while True:
            page = self.database.execute(
                f"SELECT {STORED}, id FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?",  # noqa: S608
                (kind, last, limits.STORE_ROWS_AT_ONCE),
            ).fetchall()
            for row in page:
                yield document_of(kind, row)
            if len(page) < limits.STORE_ROWS_AT_ONCE:
                return
            last = page[-1][5]

    def mentioning(self, kind: Kind, text: str) -> Iterator[Document]:
        """Documents of the kind that may have the text in a value: a quick look before each is read."""
        written = (to_text(text)[1:-1], php_json.encode(text)[1:-1])  # as kept here, as recorded from a shop
        sql = f"SELECT {STORED} FROM documents WHERE kind = ? AND (instr(body, ?) OR instr(recorded, ?))"  # noqa: S608
        for row in self.database.execute(sql, (kind, *written)).fetchall():
            yield document_of(kind, row)

    def of_order(self, kind: Kind, order_id: int) -> list[Document]:
        """The order's documents of the kind, by id."""
        rows = self.database.execute(
            f"SELECT {STORED} FROM documents WHERE kind = ? AND order_id = ? ORDER BY id",  # noqa: S608
            (kind, order_id),
        )
        return [document_of(kind, row) for row in rows]

    def with_status(self, kind: Kind, status: str) -> list[Document]:
        """The documents of the kind that have the status, by id."""
        rows = self.database.execute(
            f"SELECT {STORED} FROM documents WHERE kind = ? AND status = ? ORDER BY id",  # noqa: S608
            (kind, status),
        )
        return [document_of(kind, row) for row in rows]

    def insert(self, document: Document, *, quiet: bool = False) -> Document:
        """Put a new document in place of what has its id. Raises TypeError for a value that has no JSON form.

        quiet: nobody who watches saves sees it.
        """
        with self.atomic():
            before = self._saving(document, quiet=quiet)
            self.database.execute(_INSERT, (document.kind, document.entity_id, *_row(document)))
            self._know_attributes(document)
            self._saved(document, before, quiet=quiet)
        return document

    def save(self, document: Document, *, quiet: bool = False) -> None:
        """Keep a document of the shop as it is now. Raises KeyError: it is gone."""
        before = self._saving(document, quiet=quiet)
        changed = self.database.execute(_SAVE, (*_row(document), document.kind, document.entity_id))
        if not changed.rowcount:
            raise KeyError(document.entity_id)
        self._know_attributes(document)
        self._saved(document, before, quiet=quiet)

    def _saving(self, document: Document, *, quiet: bool) -> Document | None:
        if quiet or self.watcher is None:
            return None
        self.watcher.saving(document)
        return self.get(document.kind, document.entity_id)

    def _saved(self, document: Document, before: Document | None, *, quiet: bool) -> None:
        if not quiet and self.watcher is not None:
            earlier = None if before is None else before.body
            self.watcher.saved(Change(document.kind, document.entity_id, dict(document.body), earlier))

    def attributes(self) -> frozenset[str]:
        """Codes of all custom attributes that a product of the shop has had."""
        rows = self.database.execute("SELECT name FROM numbers WHERE space = 'attribute'")
        return frozenset(str(code) for (code,) in rows)

    def _know_attributes(self, document: Document) -> None:
        if document.kind is not Kind.PRODUCT:
            return
        for entry in document.body.get("custom_attributes", []):
            sql = "INSERT INTO numbers VALUES ('attribute', ?, 1) ON CONFLICT DO NOTHING"
            self.database.execute(sql, (entry["attribute_code"],))

    def remove(self, kind: Kind, entity_id: int) -> None:
        """Take the document out. Raises KeyError: there is none."""
        before = self.get(kind, entity_id) if self.watcher is not None else None
        gone = self.database.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, entity_id))
        if not gone.rowcount:
            raise KeyError(entity_id)
        if before is not None and self.watcher is not None:
            self.watcher.saved(Change(kind, entity_id, before.body, before.body, deleted=True))

    def record(self, kind: Kind, text: bytes, *, quiet: bool = False) -> tuple[Document, Document | None]:
        """Take a document recorded from any shop as it is. Answers it and the earlier version it replaced, if any.
        quiet: nobody who watches saves sees it.

        Raises ControlError: 400 no such document, 409 its id is another's, or its order is not in this shop.
        """
        body = _parse(kind, text)
        earlier = self.get(kind, int(body[ID_FIELD[kind]]))
        name = "sku" if kind is Kind.PRODUCT else "increment_id"
        if earlier is not None and earlier.body.get(name) != body.get(name):
            raise ControlError(
                409,
                f"{kind} {earlier.entity_id} is taken by {name} {earlier.body.get(name)!r}; the document with {name} "
                f"{body.get(name)!r} needs a shop of its own or another {ID_FIELD[kind]}",
            )
        if kind not in (Kind.ORDER, Kind.PRODUCT) and self.get(Kind.ORDER, int(body["order_id"])) is None:
            raise ControlError(
                409, f"{kind} belongs to order {body['order_id']}, which is not in this shop: put it first"
            )
        document = Document(kind, body, recorded=text.decode("utf-8-sig").strip())
        return self.insert(document, quiet=quiet), earlier

    def text(self, document: Document) -> str:
        """What REST shows of it."""
        if document.recorded is not None:
            return document.recorded
        return php_json.encode(self.rest_body(document))

    def rest_body(self, document: Document) -> Body:
        if document.kind is Kind.ORDER and document.recorded is None and not document.as_shown:
            return as_rest_shows(document.body, self.config.row_totals)
        return document.body


def document_of(kind: Kind, row: tuple[Any, ...]) -> Document:
    """The document out of the columns STORED."""
    body, recorded, hidden, as_shown, misses = row[:5]
    return Document(
        kind,
        wire.decode(recorded.encode()) if body is None else from_text(body),
        recorded,
        {} if hidden is None else from_text(hidden),
        bool(as_shown),
        misses,
    )


def _row(document: Document) -> list[Any]:
    """The values of _COLUMNS behind kind and id."""
    keys, odd = key_values(document.kind, {name: document.column(name) for name in KEYS})
    if not isinstance(document.body[ID_FIELD[document.kind]], int):
        odd = True
    hidden = to_text(document.hidden) if document.hidden else None
    body = to_text(document.body) if document.recorded is None else None
    return [*keys, odd, document.misses_left, document.as_shown, hidden, body, document.recorded]


def _fits(name: str, value: Any) -> bool:
    """A SKU is text; an id a whole number, in exports also as text."""
    if name == "sku":
        return isinstance(value, str)
    digits = isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdigit())
    return digits and abs(int(value)) <= ID_MAX


def _parse(kind: Kind, text: bytes) -> Body:
    try:
        body = wire.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except wire.NotJson as error:
        raise ControlError(400, f"the {kind} is no JSON document: {error}") from error
    if not isinstance(body, dict):
        raise ControlError(400, f"one {kind} as a JSON object is expected, not a {type(body).__name__}")
    needed = [ID_FIELD[kind]] + (["order_id"] if kind not in (Kind.ORDER, Kind.PRODUCT) else [])
    needed += ["sku"] if kind is Kind.PRODUCT else []
    try:
        to_text(body)
    except TypeError as error:
        raise ControlError(400, f"the {kind} has a number of more than 64 bits") from error
    for name in needed:
        if not _fits(name, body.get(name)):
            raise ControlError(400, f"the {kind} needs {name}, and it is {body.get(name)!r}")
    return body
