"""What a shopper puts in and who the shopper is: the input of the shop engine."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.magento.cart_money import CustomFee, FixedTax, ForeignFee, Tenders, Wrapping
from sandbox.magento.errors import ControlError
from sandbox.magento.regions import region_of
from sandbox.magento.tax_settings import CUSTOMERS, GOODS, Place, TaxSettings
from shared import wire

ProductType = Literal[
    "simple", "configurable", "bundle_fixed", "bundle_dynamic", "virtual", "downloadable", "grouped", "giftcard"
]
CouponAction = Literal["by_percent", "by_fixed", "cart_fixed", "buy_x_get_y", "to_percent", "to_fixed"]
WITH_CHILDREN = ("configurable", "bundle_fixed", "bundle_dynamic")
WITHOUT_SHIPPING = ("virtual", "downloadable", "giftcard")  # gift cards here are the virtual ones, sent by e-mail


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Model):
    """region is the code of a US state or Canadian province, free text elsewhere; region_id Magento's number of it, for
    countries whose regions aren't listed here."""

    firstname: str
    lastname: str
    street: tuple[str, ...]
    city: str
    region: str
    postcode: str
    country: str = "US"
    telephone: str = "555-0100"
    company: str | None = None
    vat_id: str | None = None
    region_id: int | None = None

    def place(self) -> Place:
        region = region_of(self.country, self.region)
        region_id = region[0] if region and self.region_id is None else self.region_id
        return Place(country=self.country, region_id=region_id, postcode=self.postcode)


class Buyer(_Model):
    """Without `registered` a guest: no customer id, and no names but those of the billing address."""

    email: str
    registered: bool = False
    firstname: str | None = None
    lastname: str | None = None
    company_id: int | None = None  # Adobe Commerce B2B
    company_name: str | None = None
    taxvat: str | None = None
    tax_class: str = CUSTOMERS


class Child(_Model):
    """A chosen variant or a bundle's selection. Price and tax class count in a dynamic bundle only; qty is per
    parent."""

    sku: str
    name: str
    price: Decimal = Field(Decimal(0), ge=0)
    qty: Decimal = Field(Decimal(1), gt=0)
    tax_class: str | None = GOODS
    fixed_taxes: tuple[FixedTax, ...] = ()


class CustomOption(_Model):
    """An option of the product that the shopper filled in or chose; its price is in the item's price."""

    id: int
    value: str


class Item(_Model):
    """price as the catalogue has it (gross when the settings say so); custom_price when the line was re-priced.

    fixed_taxes: of a product without children; those of others are their children's. wrapping_price: per piece, when
    the line is gift-wrapped. shipment_type: of a bundle, whether its selections are shipped each by itself.
    """

    sku: str
    name: str
    type: ProductType = "simple"
    price: Decimal = Field(Decimal(0), ge=0)
    custom_price: Decimal | None = Field(None, ge=0)
    qty: Decimal = Field(Decimal(1), gt=0)
    tax_class: str | None = GOODS
    children: tuple[Child, ...] = ()
    custom_options: tuple[CustomOption, ...] = ()
    fixed_taxes: tuple[FixedTax, ...] = ()
    wrapping_price: Decimal | None = Field(None, ge=0)
    shipment_type: Literal["together", "separately"] = "together"

    @model_validator(mode="after")
    def _children_fit(self) -> Item:
        if bool(self.children) != (self.type in WITH_CHILDREN):
            raise ValueError(f"a {self.type} item has {'children' if self.type in WITH_CHILDREN else 'no children'}")
        if self.children and self.fixed_taxes:
            raise ValueError(f"the fixed taxes of a {self.type} item are those of its children")
        if self.shipment_type == "separately" and not self.type.startswith("bundle"):
            raise ValueError("only a bundle's parts can be shipped separately")
        return self


class Coupon(_Model):
    """A cart price rule: percent of the line, amount per unit, amount for the whole cart, or pieces free.

    step: "discount quantity step (buy X)"; buy_x_get_y gives `amount` pieces free for `step` bought. quantity: the most
    pieces of a line it concerns. to_percent and to_fixed exist in Magento's code, but not in its administration.
    """

    action: CouponAction
    amount: Decimal = Field(ge=0)
    step: Decimal = Field(Decimal(0), ge=0)
    quantity: Decimal | None = Field(None, gt=0)
    code: str | None = None
    apply_to_shipping: bool = False
    stop_rules_processing: bool = True


class Cart(_Model):
    """One checkout. `shape` names what it exercises; `tax` are the settings in force when it is priced."""

    items: tuple[Item, ...] = Field(min_length=1)
    buyer: Buyer
    store: str | None = None  # code of the store view; None = the default one
    billing: Address
    shipping: Address | None = None  # None = to the billing address
    shipping_method: str = "flatrate_flatrate"
    shipping_description: str = "Flat Rate - Fixed"
    shipping_amount: Decimal = Field(Decimal(0), ge=0)  # before tax handling; ignored when nothing is shipped
    coupons: tuple[Coupon, ...] = ()
    tax: TaxSettings = TaxSettings()
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")  # None = the shop's base currency
    rate: Decimal = Field(Decimal(1), gt=0)  # base_to_order_rate; amounts of a cart are in base currency
    wrapping: Wrapping | None = None
    custom_fees: tuple[CustomFee, ...] = ()
    foreign_fees: tuple[ForeignFee, ...] = ()
    tenders: Tenders = Tenders()
    payment_method: str = "checkmo"
    payment_title: str = "Check / Money order"
    paid_at_once: bool = False  # the gateway captured: invoiced at placement
    created_at: datetime | None = None  # with a zone; None = now
    shape: str = "free form"

    @property
    def is_virtual(self) -> bool:
        return all(item.type in WITHOUT_SHIPPING for item in self.items)

    @model_validator(mode="after")
    def _zone_known(self) -> Cart:
        if self.created_at is not None and self.created_at.tzinfo is None:
            raise ValueError("created_at needs a time zone")
        return self

    @model_validator(mode="after")
    def _rate_fits(self) -> Cart:
        if self.rate != 1 and self.currency is None:
            raise ValueError("a rate needs the currency it is for")
        if self.rate != self.rate.quantize(Decimal("0.0001")):
            raise ValueError("a rate has four places in Magento's database")
        return self


def read_carts(data: bytes) -> list[Cart]:
    """One cart or a list of them. Raises ControlError (400) naming each key that is wrong."""
    try:
        document: Any = wire.decode(data)
    except wire.NotJson as error:
        raise ControlError(400, f"the cart is no JSON document: {error}") from error
    return [cart_of(entry) for entry in (document if isinstance(document, list) else [document])]


def cart_of(document: object) -> Cart:
    """Raises ControlError (400) naming each key that is wrong."""
    try:
        return Cart.model_validate(document)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'cart'}: {one['msg']}" for one in error.errors())
        raise ControlError(400, faults) from error
