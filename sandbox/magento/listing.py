"""A list call over one of the shop's tables, and ids in paths: what the smaller services share."""

from __future__ import annotations

from sandbox.magento import php_json, search, table_search
from sandbox.magento.errors import wrong_type
from sandbox.magento.router import Call
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.tables import ID_FIELD

_DIGITS = 19  # longer numbers are no int of PHP


def listed(shop: Shop, kind: Kind, call: Call, columns: frozenset[str]) -> str:
    """The answer to a search; filters know the id as `entity_id`, too, where the columns name it."""
    criteria = search.read(call.query, shop.config)

    def view(document: Document) -> Document:
        hidden = {**document.hidden, "entity_id": document.body[ID_FIELD[kind]]}
        return Document(kind, document.body, document.recorded, hidden)

    found, total = table_search.find(shop, kind, criteria, columns, view=view)
    rows = [document.body for document in found]
    return php_json.encode({"items": rows, "search_criteria": criteria.shown(), "total_count": total})


def number_in(call: Call, name: str) -> int:
    """A path parameter of type int. Raises InvalidInput."""
    text = call.parameters[name]
    if not (text.removeprefix("-").isdigit() and text.isascii() and len(text) < _DIGITS):
        raise wrong_type(text, "int")
    return int(text)
