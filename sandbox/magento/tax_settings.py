"""Tax settings of a shop: Magento's configuration, rates and rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Algorithm = Literal["UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION"]
BasedOn = Literal["shipping", "billing", "origin"]

GOODS = "Taxable Goods"
SHIPPING = "Shipping"
CUSTOMERS = "Retail Customer"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Model):
    """Where tax is looked up. region_id is Magento's number; postcode as written."""

    country: str = "US"
    region_id: int | None = None
    postcode: str = ""


class TaxRate(_Model):
    """region_id None = every region; postcode "*", "797*", "10000-19999" or exact."""

    code: str
    percent: Decimal = Field(ge=0)
    country: str = "US"
    region_id: int | None = None
    postcode: str = "*"


class TaxRule(_Model):
    """Which rates concern which classes. Equal priorities add; the next compounds unless calculate_subtotal."""

    code: str
    rates: tuple[str, ...]
    customer_classes: tuple[str, ...] = (CUSTOMERS,)
    product_classes: tuple[str, ...] = (GOODS,)
    priority: int = 0
    calculate_subtotal: bool = False


class TaxSettings(_Model):
    """Defaults are what Magento ships (its tax module's config.xml); rates and rules are empty there too.

    `tax_on_original_price`: a re-priced line is taxed on its catalogue price (apply_tax_on 1). `default_place`: where a
    buyer without an address is taxed (tax/defaults); its postcode "*" fits every rate. `fixed_taxes_taxed` is
    tax/weee/apply_vat, `fixed_taxes_in_subtotal` tax/weee/include_in_subtotal; how they are displayed changes nothing.
    """

    algorithm: Algorithm = "TOTAL_BASE_CALCULATION"
    price_includes_tax: bool = False
    shipping_includes_tax: bool = False
    apply_after_discount: bool = True
    discount_tax: bool = False
    cross_border: bool = False
    tax_on_original_price: bool = False
    based_on: BasedOn = "shipping"
    default_place: Place = Place(postcode="*")
    shipping_tax_class: str | None = None
    wrapping_tax_class: str | None = None
    fixed_taxes_taxed: bool = False
    fixed_taxes_in_subtotal: bool = False
    rates: tuple[TaxRate, ...] = ()
    rules: tuple[TaxRule, ...] = ()
    origin: Place = Place(region_id=12, postcode="90034")
    store_customer_class: str = CUSTOMERS

    def place_for(self, shipping: Place | None, billing: Place | None) -> Place:
        """Where a buyer is taxed: by `based_on`; a missing address is replaced by the other, both by the default.

        As Magento's Calculation::getRateRequest does for a guest.
        """
        if self.based_on == "origin":
            return self.origin
        wanted = (billing, shipping) if self.based_on == "billing" else (shipping, billing)
        return next((place for place in wanted if place is not None), self.default_place)
