"""Recorded orders of real shops: read from a folder, and told apart where they clash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.demo import limits
from shared.wire import NotJson, decode, encode

NOT_AN_ORDER = "not_an_order"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One order as it was recorded; `text` is what the shop will serve."""

    file: str
    text: bytes
    entity_id: int
    number: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or a part of one, that can't be served as an order."""

    file: str
    why: str


def read_folder(folder: Path) -> tuple[list[Recorded], list[LeftOut]]:
    """Every order-*.json of the folder, by name."""
    orders: list[Recorded] = []
    left_out: list[LeftOut] = []
    files = sorted(folder.glob("order-*.json"))
    left_out += [LeftOut(path.name, "too many files") for path in files[limits.SAMPLE_FILES_MAX :]]
    for path in files[: limits.SAMPLE_FILES_MAX]:
        try:
            orders += _read(path)
        except OSError as error:
            left_out.append(LeftOut(path.name, f"can't be read: {error.strerror}"))
        except ValueError as error:
            left_out.append(LeftOut(path.name, str(error)))
    return orders, left_out


def _read(path: Path) -> list[Recorded]:
    """The orders of a file: one, or those of a list's answer. Raises ValueError, OSError."""
    if path.stat().st_size > limits.SAMPLE_FILE_MAX_BYTES:
        raise ValueError(f"over {limits.SAMPLE_FILE_MAX_BYTES} bytes")
    text = path.read_bytes()
    try:
        document = decode(text)
    except NotJson as error:
        raise ValueError(f"no JSON document: {error}") from error
    if isinstance(document, dict) and "entity_id" in document:
        return [_order(path.name, text, document)]
    entries = document.get("items") if isinstance(document, dict) else document
    if not isinstance(entries, list) or not entries:
        raise ValueError("neither an order nor a list of orders")
    return [_order(f"{path.name}[{row}]", encode(entry), entry) for row, entry in enumerate(entries)]


def _order(file: str, text: bytes, document: Any) -> Recorded:
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # said of a file, as all its other faults are
    entity_id, number = document.get("entity_id"), document.get("increment_id")
    if isinstance(entity_id, str) and entity_id.isascii() and entity_id.isdigit():
        entity_id = int(entity_id)  # exports write ids as text
    if not isinstance(entity_id, int) or isinstance(entity_id, bool) or entity_id <= 0:
        raise ValueError(f"no order: its entity_id is {entity_id!r}")
    if not isinstance(number, str | int) or isinstance(number, bool) or number == "":
        raise ValueError(f"no order: its increment_id is {number!r}")
    if "order_id" in document or not ({"state", "status", "grand_total", "subtotal"} & document.keys()):
        raise ValueError("no order: another document of the shop")
    return Recorded(file, text, entity_id, str(number))


def into_shops(
    orders: list[Recorded], reserved: Callable[[int], bool], shops_max: int = limits.SHOPS_MAX
) -> tuple[list[list[Recorded]], list[LeftOut]]:
    """The orders of each shop, so that no entity id and no number comes twice in one: a second shop takes what clashes
    in the first, and so on. The first shop makes orders of its own: `reserved` tells which ids they take; their numbers
    are those ids."""
    shops: list[list[Recorded]] = [[]]
    taken: list[set[str | int]] = [set()]
    left_out = []
    for order in orders:
        wanted: set[str | int] = {order.entity_id, order.number}
        first_free = reserved(order.entity_id) or (order.number.isdecimal() and reserved(int(order.number)))
        place = next((i for i, known in enumerate(taken) if not known & wanted and not (i == 0 and first_free)), None)
        if place is None and len(shops) == shops_max:
            left_out.append(LeftOut(order.file, f"order {order.number} clashes in each of {shops_max} shops"))
            continue
        if place is None:
            shops.append([])
            taken.append(set())
            place = len(shops) - 1
        shops[place].append(order)
        taken[place] |= wanted
    return shops, left_out
