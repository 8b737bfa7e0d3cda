"""Source items: which sources serve a request, what is taken from one and given back to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sandbox.magento.collation import fold
from sandbox.magento.errors import InvalidInput
from sandbox.magento.stock.configuration import Backorders, Settings
from sandbox.magento.stock.quantity import ZERO


@dataclass(frozen=True)
class Source:
    """A place goods leave from. `more`: its address and contact as REST has them, without a meaning here."""

    code: str
    name: str
    enabled: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """A source of a stock; the smaller the priority, the earlier it serves."""

    source: str
    priority: int


@dataclass(frozen=True)
class Stock:
    """A group of sources sold through websites (`channels`: type and code of each sales channel)."""

    stock_id: int
    name: str
    channels: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class SourceItem:
    """So many pieces of a SKU at a source; `in_stock` is the row's own status."""

    sku: str
    source: str
    quantity: Decimal
    in_stock: bool = True


@dataclass(frozen=True)
class Taken:
    """One source's share of a request: what it gives of what it has."""

    source: str
    sku: str
    deduct: Decimal
    available: Decimal


class NotEnough(InvalidInput):
    """More is to leave a source than it holds (reference 7.3)."""

    def __init__(self) -> None:
        super().__init__("Not all of your products are available in the requested quantity.")


def by_priority(links: Iterable[Link], sources: Mapping[str, Source]) -> list[str]:
    """The codes of a stock's enabled sources in the order in which they serve."""
    ordered = sorted(links, key=lambda link: link.priority)
    return [link.source for link in ordered if link.source in sources and sources[link.source].enabled]


def in_source_order(rows: Iterable[SourceItem], skus: Iterable[str], order: Sequence[str]) -> list[SourceItem]:
    """The rows in stock of those SKUs, by the place of their source in the order; empty ones too."""
    wanted = {fold(sku) for sku in skus}
    found = [row for row in rows if row.in_stock and row.source in order and fold(row.sku) in wanted]
    return sorted(found, key=lambda row: order.index(row.source))


def select(
    request: Iterable[tuple[str, Decimal]], order: Sequence[str], rows: Iterable[SourceItem]
) -> tuple[list[Taken], bool]:
    """Serve a request from sources in order (the algorithm "priority"). Answers each source's share, 0 when nothing is
    left to take, and whether everything could be served."""
    open_quantities: dict[str, Decimal] = {}
    for sku, quantity in request:
        open_quantities[fold(sku)] = open_quantities.get(fold(sku), ZERO) + quantity
    taken = []
    for row in in_source_order(rows, open_quantities, order):
        key = fold(row.sku)
        share = max(min(row.quantity, open_quantities[key]), ZERO)
        open_quantities[key] -= share
        taken.append(Taken(row.source, row.sku, share, row.quantity))
    return taken, not any(open_quantities.values())


def deducted(
    row: SourceItem, quantity: Decimal, settings: Settings, *, stock_item_in_stock: bool, can_back_in_stock: bool
) -> SourceItem:
    """The row after goods left it; a negative quantity puts goods back. Raises NotEnough when it holds less.

    The status follows the stock item's, not the row's own: out of stock stays so unless goods above the threshold may
    come back in stock; in stock turns out of stock exactly at the threshold without backorders
    (SourceDeductionService).
    """
    left = row.quantity - quantity
    if left < 0:
        raise NotEnough
    if not stock_item_in_stock:
        in_stock = can_back_in_stock and left > settings.min_qty
    else:
        in_stock = not (left == settings.min_qty and settings.backorders is Backorders.NO)
    return replace(row, quantity=left, in_stock=in_stock)
