"""Which rows of an order are lines, and what each came to before discount and without tax. Pure.

`row_total` can't be trusted: REST shows it net of discount up to 2.4.7, without the quantity on 2.4.8, and raw up to
2.2 and in webhook bodies (magento/magento2#39984). So several readings are tried, and the one is taken whose sum is
the order's subtotal. None fits: the order is held, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.commerce.money import ZERO, quantise, spread, unit
from shared.magento.figures import ItemFigures, item_figures
from shared.magento.models import OrderItem


@dataclass(frozen=True, slots=True)
class Row:
    """A row that carries money, with what it came to before discount and without tax: in whole units, and as the shop
    has it (1.5 pieces at 6.47 are 9.705)."""

    item: OrderItem
    figures: ItemFigures
    amount: Decimal
    exact: Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows under the reading that fits. `exact` is their sum before rounding, `off` how far that was from the
    subtotal, `fixed_taxes` the fixed product taxes of all rows, which are in no row's amount."""

    name: str
    rows: tuple[Row, ...]
    exact: Decimal
    off: Decimal
    fixed_taxes: Decimal


class NoReadingFits(ValueError):
    """No reading of the rows adds up to the subtotal. `nearest` is the smallest difference seen."""

    def __init__(self, subtotal: Decimal, nearest: Decimal | None) -> None:
        super().__init__(f"subtotal {subtotal}, nearest reading differs by {nearest}")
        self.subtotal = subtotal
        self.nearest = nearest


def _derived(item: OrderItem, f: ItemFigures) -> Decimal | None:
    if f.row_total_incl_tax is None:
        return None
    return f.row_total_incl_tax - f.tax - f.hidden_tax - f.fpt_shown + f.discount


def _net_of_discount(item: OrderItem, f: ItemFigures) -> Decimal | None:
    return None if f.row_total is None else f.row_total + f.discount


def _raw(item: OrderItem, f: ItemFigures) -> Decimal | None:
    return f.row_total


def _raw_with_tax(item: OrderItem, f: ItemFigures) -> Decimal | None:
    """Outside REST row_total_incl_tax is before discount and with the tax before discount: only without a discount."""
    return None if f.row_total_incl_tax is None else f.row_total_incl_tax - f.tax - f.fpt


def _price_times_quantity(item: OrderItem, f: ItemFigures) -> Decimal | None:
    return None if f.price is None or item.qty_ordered is None else f.price * item.qty_ordered


# In the order of trust: the first three are what some release shows; the last ones help with orders of importers.
_READINGS: tuple[tuple[str, Callable[[OrderItem, ItemFigures], Decimal | None]], ...] = (
    ("derived", _derived),
    ("net of discount", _net_of_discount),
    ("raw", _raw),
    ("raw with tax", _raw_with_tax),
    ("price x quantity", _price_times_quantity),
)


def read_rows(items: Sequence[OrderItem], subtotal: Decimal, base: bool, currency: str) -> Reading:
    """The rows that carry the money, each with its amount; their sum is the subtotal exactly.

    A subtotal may include fixed product taxes (tax/weee/include_in_subtotal); they are lines of their own here, so
    the rows then sum to the subtotal without them. Raises NoReadingFits.
    """
    pairs = [(item, item_figures(item, base)) for item in items]
    nearest: Decimal | None = None
    for loose in (False, True):
        for bookable in _structures(pairs):
            fpt = sum((figures.fpt for _, figures in bookable), ZERO)
            for target in (subtotal, subtotal - fpt) if fpt else (subtotal,):
                for name, reading in _READINGS:
                    known = _read(reading, bookable)
                    if known is None:
                        continue
                    off = sum(known, ZERO) - target
                    if nearest is None or abs(off) < abs(nearest):
                        nearest = off
                    room = unit(currency) / 2 * (len(known) if loose else 1)
                    if abs(off) < room or off == 0:
                        return _settled(name, bookable, known, target, fpt, currency)
    raise NoReadingFits(subtotal, nearest)


Pairs = Sequence[tuple[OrderItem, ItemFigures]]


def _read(reading: Callable[[OrderItem, ItemFigures], Decimal | None], pairs: Pairs) -> list[Decimal] | None:
    """Each row's amount under the reading; None when the reading lacks a figure. A row without any amount comes to 0:
    Magento leaves out what is null, so a gift may have no total to read."""
    amounts = []
    for item, figures in pairs:
        amount = reading(item, figures)
        if amount is None:
            if figures.price or figures.row_total or figures.row_total_incl_tax or figures.discount:
                return None
            amount = ZERO
        amounts.append(amount)
    return amounts


def _settled(name: str, pairs: Pairs, amounts: list[Decimal], target: Decimal, fpt: Decimal, currency: str) -> Reading:
    exact = sum(amounts, ZERO)
    whole = spread(amounts, quantise(target, currency), currency)
    rows = tuple(Row(*pair, amount, its) for pair, amount, its in zip(pairs, whole, amounts, strict=True))
    return Reading(name, rows, exact, exact - target, fpt)


def absorb(reading: Reading, left: Decimal, currency: str) -> Reading:
    """The reading with up to one unit of `left` taken by each row that was rounded the other way, the furthest first:
    what rounding left belongs where there were parts of a cent."""
    step = unit(currency) if left > 0 else -unit(currency)
    rows = list(reading.rows)
    slack = [(row.exact - row.amount) / step for row in rows]
    willing = sorted((i for i in range(len(rows)) if slack[i] > 0), key=lambda i: (-slack[i], i))
    for i in willing[: int(left / step)]:
        rows[i] = replace(rows[i], amount=rows[i].amount + step)
    return replace(reading, rows=tuple(rows))


def _structures(pairs: Pairs) -> list[Pairs]:
    """The ways to tell parents from children, the likeliest first: bundles by what their children carry, then all
    parents, then all children. A configurable's child is never a line: its price may repeat the parent's (#22562)."""
    children: dict[int, list[tuple[OrderItem, ItemFigures]]] = {}
    ids = {item.item_id for item, _ in pairs}
    for item, figures in pairs:
        if item.parent_item_id is not None and item.parent_item_id in ids:
            children.setdefault(item.parent_item_id, []).append((item, figures))
    if not children:
        return [pairs]
    tops = [(item, figures) for item, figures in pairs if item.parent_item_id is None or item.parent_item_id not in ids]

    def flatten(carried_by_children: Callable[[OrderItem, Pairs], bool]) -> Pairs:
        flat: list[tuple[OrderItem, ItemFigures]] = []
        for top in tops:
            below = children.get(top[0].item_id or -1, [])
            flat.extend(below if below and carried_by_children(top[0], below) else [top])
        return flat

    ways = [
        flatten(lambda parent, below: parent.product_type == "bundle" and any(carries(f) for _, f in below)),
        flatten(lambda parent, below: False),
        flatten(lambda parent, below: parent.product_type != "configurable"),
    ]
    return [way for i, way in enumerate(ways) if way not in ways[:i]]


def carries(figures: ItemFigures) -> bool:
    """Whether a bundle's child has money of its own: only under dynamic pricing. A full discount leaves 0 incl. tax."""
    return bool(figures.row_total_incl_tax or figures.discount or figures.tax or figures.price)
