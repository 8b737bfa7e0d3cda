"""The shop's tables in memory: documents by kind and id, and the sequences that number new ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sandbox.magento import php_json
from sandbox.magento.config import Config
from sandbox.magento.errors import ControlError
from sandbox.magento.row_totals import as_rest_shows
from shared import wire

Body = dict[str, Any]
Announce = Callable[[str, "Document"], None]


class Kind(StrEnum):
    """The entity kinds, named as their table is called in messages."""

    ORDER = "order"
    INVOICE = "invoice"
    CREDITMEMO = "creditmemo"
    SHIPMENT = "shipment"
    PRODUCT = "product"


ID_FIELD = {kind: "id" if kind is Kind.PRODUCT else "entity_id" for kind in Kind}


@dataclass
class Document:
    """One entity. `body` is what the database holds; `recorded` is the verbatim text of a recorded document, which REST
    serves unchanged; `hidden` are columns that REST does not show but filters know."""

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

    def __init__(self, config: Config, clock: Callable[[], datetime] | None = None) -> None:
        self.config = config
        self.clock = clock or (lambda: datetime.now(UTC))
        self.tables: dict[Kind, dict[int, Document]] = {kind: {} for kind in Kind}
        self.skus: dict[str, int] = {}
        self.customers: dict[str, int] = {}  # e-mail -> customer id
        self._sequences: dict[str, Iterator[int]] = {}
        self._announcers: list[Announce] = []

    def reset(self) -> None:
        """Empty again, as built; listeners stay."""
        for table in self.tables.values():
            table.clear()
        self.skus.clear()
        self.customers.clear()
        self._sequences.clear()

    def now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def next_id(self, sequence: str) -> int:
        """The next number of a sequence ("order", "order_item", ...), never one that a recorded document uses."""
        numbers = self._sequences.setdefault(sequence, itertools.count(self.config.first_entity_id))
        taken = self.tables[Kind(sequence)] if sequence in set(Kind) else {}
        return next(number for number in numbers if number not in taken)

    def on_event(self, announce: Announce) -> None:
        """Call `announce(event name, document)` for each event from now on."""
        self._announcers.append(announce)

    def announce(self, event: str, document: Document) -> None:
        for announce in self._announcers:
            announce(event, document)

    def get(self, kind: Kind, entity_id: int) -> Document | None:
        return self.tables[kind].get(entity_id)

    def product(self, sku: str) -> Document | None:
        """By SKU; MySQL's collation makes it indifferent to case."""
        product_id = self.skus.get(sku.casefold())
        return None if product_id is None else self.tables[Kind.PRODUCT][product_id]

    def documents(self, kind: Kind) -> Iterator[Document]:
        """All of the kind, by id."""
        yield from sorted(self.tables[kind].values(), key=lambda document: document.entity_id)

    def of_order(self, kind: Kind, order_id: int) -> list[Document]:
        return [document for document in self.tables[kind].values() if document.body.get("order_id") == order_id]

    def insert(self, document: Document) -> Document:
        self.tables[document.kind][document.entity_id] = document
        if document.kind is Kind.PRODUCT:
            self.skus[str(document.body["sku"]).casefold()] = document.entity_id
        return document

    def record(self, kind: Kind, text: bytes) -> tuple[Document, Document | None]:
        """Take a document recorded from any shop as it is. Answers it and the earlier version it replaced, if any.

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
        return self.insert(document), earlier

    def text(self, document: Document) -> str:
        """What REST shows of it."""
        if document.recorded is not None:
            return document.recorded
        return php_json.encode(self.rest_body(document))

    def rest_body(self, document: Document) -> Body:
        if document.kind is Kind.ORDER and document.recorded is None and not document.as_shown:
            return as_rest_shows(document.body, self.config.row_totals)
        return document.body


def _fits(name: str, value: Any) -> bool:
    """A SKU is text; an id a whole number, in exports also as text."""
    if name == "sku":
        return isinstance(value, str)
    return isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdigit())


def _parse(kind: Kind, text: bytes) -> Body:
    try:
        body = wire.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except wire.NotJson as error:
        raise ControlError(400, f"the {kind} is no JSON document: {error}") from error
    if not isinstance(body, dict):
        raise ControlError(400, f"one {kind} as a JSON object is expected, not a {type(body).__name__}")
    needed = [ID_FIELD[kind]] + (["order_id"] if kind not in (Kind.ORDER, Kind.PRODUCT) else [])
    needed += ["sku"] if kind is Kind.PRODUCT else []
    for name in needed:
        if not _fits(name, body.get(name)):
            raise ControlError(400, f"the {kind} needs {name}, and it is {body.get(name)!r}")
    return body
