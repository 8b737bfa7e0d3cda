"""Stock settings: the shop's defaults, a product's own, and which are in force.

A product's own value counts where its use_config flag is off (magento/inventory InventoryConfiguration,
StockItemConfiguration).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sandbox.magento.stock.quantity import ZERO, number


class Backorders(StrEnum):
    """Whether more is sold than there is; "notify" tells the shopper."""

    NO = "no"
    YES = "yes"
    NOTIFY = "notify"


@dataclass(frozen=True)
class Defaults:
    """The shop's settings (cataloginventory/item_options and cataloginventory/options), as shipped.

    can_subtract: orders lower the salable quantity. can_back_in_stock: goods that come back make a row in stock again.
    auto_return: credit memos put everything back unless told otherwise.
    """

    manage_stock: bool = True
    backorders: Backorders = Backorders.NO
    min_qty: Decimal = ZERO
    min_sale_qty: Decimal = Decimal(1)
    max_sale_qty: Decimal = Decimal(10_000)
    enable_qty_increments: bool = False
    qty_increments: Decimal = Decimal(1)
    can_subtract: bool = True
    can_back_in_stock: bool = True
    auto_return: bool = False

    @staticmethod
    def of(values: Mapping[str, Any]) -> Defaults:
        """Out of the names and values of the fields. Raises KeyError for a name that is none, ValueError for a wrong
        value."""
        return Defaults(**{name: convert(name, value) for name, value in values.items()})


@dataclass(frozen=True)
class StockItem:
    """A product's legacy stock item: its own settings, whether each counts, and the flag "in stock"."""

    manage_stock: bool = True
    use_config_manage_stock: bool = True
    backorders: Backorders = Backorders.NO
    use_config_backorders: bool = True
    min_qty: Decimal = ZERO
    use_config_min_qty: bool = True
    min_sale_qty: Decimal = Decimal(1)
    use_config_min_sale_qty: bool = True
    max_sale_qty: Decimal = Decimal(10_000)
    use_config_max_sale_qty: bool = True
    enable_qty_increments: bool = False
    use_config_enable_qty_inc: bool = True
    qty_increments: Decimal = Decimal(1)
    use_config_qty_increments: bool = True
    is_qty_decimal: bool = False
    in_stock: bool = True


def stock_item_of(values: Mapping[str, Any], before: StockItem | None = None) -> StockItem:
    """The stock item changed by names and values of its fields. Raises KeyError for a name that is none, ValueError for
    a wrong value."""
    return replace(before or StockItem(), **{name: convert(name, value) for name, value in values.items()})


_NUMBERS = frozenset({"min_qty", "min_sale_qty", "max_sale_qty", "qty_increments"})
_FLAGS = frozenset(
    {"manage_stock", "enable_qty_increments", "is_qty_decimal", "in_stock", "can_subtract", "can_back_in_stock",
     "auto_return"}
)  # fmt: skip

_USE_CONFIG = frozenset(f"use_config_{name}" for name in ("manage_stock", "backorders", *_NUMBERS, "enable_qty_inc"))


def convert(name: str, value: Any) -> Any:
    """A setting's value in its type. Raises KeyError for no setting, ValueError for a wrong value."""
    if name in _NUMBERS:
        return number(value)
    if name == "backorders":
        return Backorders(value)
    if name not in _FLAGS and name not in _USE_CONFIG:
        raise KeyError(name)
    if value is True or value is False:
        return value
    raise ValueError(f"{name} is true or false, not {value!r}")


@dataclass(frozen=True)
class Settings:
    """What is in force for one product. `qty_increments` is 0 when there are none."""

    manage_stock: bool
    backorders: Backorders
    min_qty: Decimal
    min_sale_qty: Decimal
    max_sale_qty: Decimal
    qty_increments: Decimal
    is_qty_decimal: bool

    @property
    def threshold(self) -> Decimal:
        """The out-of-stock threshold: below zero it is how far backorders may go, and counts only with them."""
        return self.min_qty if self.backorders is not Backorders.NO else max(self.min_qty, ZERO)

    @property
    def unlimited(self) -> bool:
        """Backorders without a cap: on, and the threshold not negative (BackOrderCondition)."""
        return self.backorders is not Backorders.NO and self.min_qty >= 0


def in_force(defaults: Defaults, item: StockItem) -> Settings:
    increments = ZERO
    if defaults.enable_qty_increments if item.use_config_enable_qty_inc else item.enable_qty_increments:
        increments = defaults.qty_increments if item.use_config_qty_increments else item.qty_increments
        # Stock\Item::getQtyIncrements casts to a whole number unless the product is sold in fractions.
        increments = increments if item.is_qty_decimal else Decimal(int(increments))
    return Settings(
        manage_stock=defaults.manage_stock if item.use_config_manage_stock else item.manage_stock,
        backorders=defaults.backorders if item.use_config_backorders else item.backorders,
        min_qty=defaults.min_qty if item.use_config_min_qty else item.min_qty,
        min_sale_qty=defaults.min_sale_qty if item.use_config_min_sale_qty else item.min_sale_qty,
        max_sale_qty=defaults.max_sale_qty if item.use_config_max_sale_qty else item.max_sale_qty,
        qty_increments=max(increments, ZERO),
        is_qty_decimal=item.is_qty_decimal,
    )
