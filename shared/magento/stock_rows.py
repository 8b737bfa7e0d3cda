"""What a shop's stock holds of SKUs, what it is to hold, and what came of it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from shared import limits
from shared.magento.faults import BadAnswer
from shared.magento.search import percent_encode

_ANY, _PLANE = "\ufffd", 0xFFFF
_PHP_SPACES = " \t\n\r\0\x0b"  # what PHP's trim() takes away, and so what the shop's check of SKUs goes by
PLACES = Decimal("0.0001")  # inventory_source_item.quantity and cataloginventory_stock_item.qty are decimal(12,4)


def same_sku(sku: object) -> str:
    """What SKUs have in common that Magento takes for one: its database ignores case."""
    return str(sku).casefold()


def alike(sku: object) -> str:
    """What SKUs have in common that Magento's database may take for one: beside case, accents, spaces at the end and
    characters beyond the Basic Multilingual Plane, such as emoji, are no difference (recalled: utf8mb4_general_ci)."""
    text = str(sku).rstrip(" ").lower()
    return text if text.isascii() else "".join(_base(letter) for letter in text)


def _base(letter: str) -> str:
    if letter == "ß":
        return "s"
    return _ANY if ord(letter) > _PLANE else unicodedata.normalize("NFD", letter)[0]


def quantity_in(document: Mapping[str, Any], name: str) -> Decimal:
    """A quantity of an answer. Raises BadAnswer."""
    try:
        quantity = Decimal(str(document[name])).quantize(PLACES)  # which infinity and more digits than any column fail
    except (KeyError, InvalidOperation) as error:
        raise BadAnswer(f"the answer's {name} is no quantity") from error
    if quantity.is_nan():
        raise BadAnswer(f"the answer's {name} is no quantity")
    return quantity


@dataclass(frozen=True, slots=True)
class StockRow:
    """What the source (or the legacy stock item) holds of a SKU."""

    sku: str
    quantity: Decimal
    in_stock: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What it is to hold. `in_stock` None leaves the flag as it is (a new row is in stock when it holds something).

    `over`: only these quantities may be overwritten; any other means that something happened in the shop which isn't
    known yet. None: whatever is there. `assign`: a SKU that the source doesn't hold yet is added to it.
    """

    sku: str
    quantity: Decimal
    in_stock: bool | None = None
    over: frozenset[Decimal] | None = None
    assign: bool = False

    def row(self, before: StockRow | None) -> StockRow:
        """As it is to be."""
        if self.in_stock is not None:
            in_stock = self.in_stock
        else:
            in_stock = before.in_stock if before is not None else self.quantity > 0
        return StockRow(self.sku, self.quantity.quantize(PLACES), in_stock)


class Written(StrEnum):
    """What became of one target."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    MOVED = "moved"  # the shop holds a quantity that may not be overwritten: nothing was written
    OVERTAKEN = "overtaken"  # written, but read back the shop holds something else: it moved meanwhile
    NOT_ASSIGNED = "not-assigned"  # the source doesn't hold this SKU
    NO_PRODUCT = "no-product"  # legacy stock: the shop has no such product, or its web server takes no such address
    REFUSED = "refused"  # the shop refuses this row, whatever stands beside it
    UNWRITABLE = "unwritable"  # the shop is known to refuse such a SKU or quantity: it wasn't asked
    CLASH = "clash"  # the shop may take this SKU and another one of the targets for one: it wasn't asked


@dataclass(frozen=True, slots=True)
class Result:
    """`before` and `after` are what was read; None where the shop holds no row, or wasn't read."""

    sku: str
    outcome: Written
    before: StockRow | None = None
    after: StockRow | None = None
    text: str = ""


def obstacle(target: Target) -> str:
    """Why no shop takes this target; "" when it may. One such row would have a whole batch refused.

    Source: reference/magento.md 7.1, 7.3 (SkuValidator; sku varchar(64), quantity decimal(12,4))."""
    if not target.sku.strip(_PHP_SPACES):
        return "the SKU is empty"
    if target.sku != target.sku.strip(_PHP_SPACES):
        return "the SKU begins or ends with a space"
    if len(target.sku) > limits.SKU_LENGTH:
        return f"the SKU is longer than {limits.SKU_LENGTH} characters"
    if not target.quantity.is_finite() or abs(target.quantity) > limits.STOCK_QUANTITY_MAX - PLACES:
        return f"the quantity is not below {limits.STOCK_QUANTITY_MAX}"
    return ""


def needs_writing(target: Target, before: StockRow | None, missing: Written) -> Written | None:
    """None when it is to be written, else what it is instead; `missing` where there is no row and none may be made.
    Legacy stock has a row for each product, so that none can be added."""
    if before is None:
        return None if target.assign and missing is Written.NOT_ASSIGNED else missing
    wanted = target.row(before)
    if (wanted.quantity, wanted.in_stock) == (before.quantity, before.in_stock):
        return Written.UNCHANGED
    if target.over is not None and wanted.quantity != before.quantity and before.quantity not in target.over:
        return Written.MOVED
    return None


def askable(skus: Iterable[str]) -> Iterator[list[str]]:
    """In groups that one search can ask for: not too many, the address not too long. A SKU with a comma, which
    separates the values of a search, comes alone."""
    group: list[str] = []
    length = 0
    for sku in skus:
        if "," in sku:
            yield [sku]
            continue
        longer = len(percent_encode(sku)) + 3
        if group and (len(group) == limits.MAGENTO_PAGE_MAX or length + longer > limits.STOCK_SEARCH_CHARACTERS):
            yield group
            group, length = [], 0
        group.append(sku)
        length += longer
    if group:
        yield group


def by_asked(skus: Iterable[str], rows: Iterable[StockRow]) -> dict[str, StockRow]:
    """Rows by the `same_sku` of the SKU that they were asked for by: of each SKU its own row, else one that the shop
    took for it and that is no other's own."""
    asked: dict[str, str] = {}
    for sku in skus:
        asked.setdefault(same_sku(sku), sku)
    found: dict[str, StockRow] = {}
    others: dict[str, StockRow] = {}
    for row in rows:
        if same_sku(row.sku) in asked:
            found[same_sku(row.sku)] = row
        else:
            others[alike(row.sku)] = row
    if others:
        for key, sku in asked.items():
            if key not in found and alike(sku) in others:
                found[key] = others[alike(sku)]
    return found


def clashes(targets: Sequence[Target], before: Mapping[str, StockRow]) -> dict[int, str]:
    """Positions of targets that can't be told from another one by their row, with the other's SKU. A row of its very
    own is proof that the shop tells a SKU from the others."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, target in enumerate(targets):
        groups.setdefault(("ours", same_sku(target.sku)), []).append(number)
        groups.setdefault(("theirs", alike(target.sku)), []).append(number)
    found: dict[int, str] = {}
    for (whose, _), group in groups.items():
        for number in group if len(group) > 1 else ():
            key = same_sku(targets[number].sku)
            standing = before.get(key)
            if whose == "ours" or standing is None or same_sku(standing.sku) != key:
                found.setdefault(number, next(targets[other].sku for other in group if other != number))
    return found


def halves(items: Sequence[StockRow]) -> tuple[Sequence[StockRow], Sequence[StockRow]]:
    """Of a batch that was refused as a whole."""
    middle = len(items) // 2
    return items[:middle], items[middle:]
