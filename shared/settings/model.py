"""The settings of one connection. Every key has its meaning here; docs/settings.md is generated from it."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field, model_validator

from shared import limits
from shared.settings.products import Products
from shared.settings.section import Name, Section
from shared.settings.stock import Stock


def _zone(name: str) -> str:
    if name != "shop":
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f'{name!r} is neither "shop" nor a time zone such as "America/New_York"') from error
    return name


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        plain = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ValueError(f"{text!r} is not a web address: {error}") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or not plain:
        raise ValueError(f"{text!r} is not a web address that starts with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a web address without a user, password or query is needed; what is secret has its own file")
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class ShopAuth(StrEnum):
    """How to sign in to the shop."""

    OAUTH1 = "oauth1"
    BEARER = "bearer"


class Environment(StrEnum):
    """Which of Intuit's two environments a company lives in."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class DocumentType(StrEnum):
    """What a sale becomes in the books."""

    SALES_RECEIPT = "sales_receipt"
    INVOICE = "invoice"


class Numbers(StrEnum):
    """Who numbers the documents."""

    SHOP = "shop"
    QUICKBOOKS = "quickbooks"


class DiscountStyle(StrEnum):
    """How a discount shows on the document."""

    LINE = "line"
    NET = "net"


class CustomerPolicy(StrEnum):
    """Which customer a sale is booked to."""

    ORIGINAL = "original"
    COMPANY = "company"
    GENERIC = "generic"


class ItemMatch(StrEnum):
    """Which field of an item in the books holds the shop's SKU."""

    SKU = "sku"
    NAME = "name"


class MissingItem(StrEnum):
    """What to do with a product that the books don't have."""

    CREATE = "create"
    PARK = "park"
    GENERIC = "generic"


class UnmappedTax(StrEnum):
    """What to do with a tax rate that has no entry in tax.codes."""

    POST = "post"
    PARK = "park"


class Magento(Section):
    """The shop."""

    url: WebAddress
    """Address of the shop, as the REST interface is reached: without /rest."""
    auth: ShopAuth = ShopAuth.OAUTH1
    """`oauth1` signs every request with the integration's four values; `bearer` sends its access token alone, which
    Magento refuses since 2.4.4 unless the shop allows it."""


class QuickBooks(Section):
    """The company."""

    realm: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
    """Company id (realm id), digits only."""
    environment: Environment = Environment.PRODUCTION
    """`sandbox` for a test company of Intuit's developer portal."""
    url: WebAddress | None = None
    """Address of the interface when it is neither of Intuit's two, such as a local sandbox."""
    metered_calls_month: Annotated[int, Field(ge=limits.CDC_CALLS_MONTH_MIN, le=10_000_000)] = limits.CDC_CALLS_MONTH
    """Calls a month that following the company may cost of those that Intuit meters: 500,000 are free for all companies
    of an app together. A quiet company takes about 9,000, one that is busy day and night all it may."""
    lists_refresh_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How often accounts, classes, tax codes, items, customers and the other lists are read anew as a whole: a metered
    call for a thousand entries. What changes meanwhile is told by change data capture, tax codes and rates and the
    company's preferences excepted."""


class Sales(Section):
    """What becomes a document, and how it looks."""

    document: DocumentType = DocumentType.SALES_RECEIPT
    """A sales receipt says sold and paid; an invoice says owed."""
    states: Annotated[tuple[str, ...], Field(min_length=1)] = ("processing", "complete")
    """Order states that reach the books. Orders in other states are parked and followed. `closed` orders were refunded
    in full: choose it when refunds are booked by other means, since Bookbridge doesn't book them yet."""
    start_date: date | None = None
    """Orders placed before this date (the shop's own time zone) never reach the books."""
    numbers: Numbers = Numbers.SHOP
    """`shop` uses the order number, which needs custom transaction numbers switched on in QuickBooks; `quickbooks`
    leaves the numbering to QuickBooks."""
    number_prefix: Annotated[str, Field(max_length=10, pattern=r"^[A-Za-z0-9._/#-]*$")] = ""
    """Put before the order number: letters, digits and . _ / # - only. QuickBooks takes 21 characters in all."""
    discount: DiscountStyle = DiscountStyle.LINE
    """`line` shows one discount line; `net` takes it off the lines it belongs to."""
    discount_account: Name | None = None
    """Account of the discount line; without it QuickBooks uses its own default."""
    class_name: Name | None = None
    """Class for every document, where the company tracks classes."""
    location: Name | None = None
    """Location (department) for every document, where the company tracks locations."""


class Customers(Section):
    """Whom a sale is booked to."""

    policy: CustomerPolicy = CustomerPolicy.ORIGINAL
    """`original` one customer per buyer, known by e-mail; `company` by the company name where there is one;
    `generic` all sales to one customer."""
    generic_name: Name = "Online customers"
    """The customer for `generic`, and for buyers without any name and e-mail."""


class Items(Section):
    """Which items stand for what is sold."""

    match: ItemMatch = ItemMatch.SKU
    """`sku` finds the item whose SKU is the product's; `name` the item whose name is the product's SKU."""
    missing: MissingItem = MissingItem.CREATE
    """`create` makes a non-inventory item (a service for what isn't shipped); `park` holds the order until the item
    exists; `generic` books it to generic_item."""
    generic_item: Name = "Online sales"
    """The item for `generic`."""
    shipping_item: Name = "Shipping"
    """The item for shipping."""
    fee_item: Name = "Fees"
    """The item for surcharges, gift wrapping and fixed product taxes."""
    income_account: Name = "Sales of Product Income"
    """Income account of items that are created."""


class Fee(Section):
    """A charge that an extension of the shop adds to an order's total."""

    attribute: Name
    """Name of the order's extension attribute that holds the amount, such as `payment_surcharge_amount`."""
    name: Name
    """What to call it on the document."""


class Tax(Section):
    """Sales tax. The amount is always the one the shop charged."""

    codes: dict[str, Name] = Field(default_factory=dict)
    """Tax rate of the shop (its code) = tax code of the company (its name)."""
    unmapped: UnmappedTax = UnmappedTax.POST
    """A rate without an entry: `post` lets QuickBooks choose its own code for the shop's amount, where the company
    has automated sales tax; `park` holds the order."""


class PaymentMethod(Section):
    """Where the money of one payment method goes."""

    method: Name | None = None
    """Payment method of the company."""
    deposit_to: Name | None = None
    """Account that receives the money."""


class Payments(Section):
    """Where the money goes."""

    deposit_to: Name | None = None
    """Account for methods without an entry; without it QuickBooks uses Undeposited Funds."""
    methods: dict[str, PaymentMethod] = Field(default_factory=dict)
    """Payment method code of the shop, such as `checkmo` or `paypal_express`."""


class Schedule(Section):
    """When Bookbridge looks for changes of the shop that no webhook told of."""

    sweep_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    """Seconds from one look at what the shop has changed to the next: so late is found what a lost webhook told of."""
    nightly: time = time(3, 15)
    """Time of day, in the zone of the shop's first store, at which all products are compared and order numbers that
    are missing in a row are asked for."""
    backfill_rate: Annotated[int, Field(ge=1, le=limits.BACKFILL_RATE_MAX)] = 600
    """Orders (products, customers) a minute that a backfill reads at most, so that the shop's buyers don't notice;
    `bookbridge backfill --rate` chooses another for one of them."""


class Settings(Section):
    """All settings of one connection."""

    connection: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    """Short name: lower-case letters, digits, dashes. It is part of webhook addresses and never changes."""
    time_zone: Annotated[str, AfterValidator(_zone)] = "shop"
    """Zone of the document date; `shop` takes the store's own."""
    magento: Magento
    quickbooks: QuickBooks
    sales: Sales = Sales()
    customers: Customers = Customers()
    items: Items = Items()
    products: Products = Products()
    stock: Stock = Stock()
    fees: tuple[Fee, ...] = ()
    tax: Tax = Tax()
    payments: Payments = Payments()
    schedule: Schedule = Schedule()

    @model_validator(mode="after")
    def _fees_once(self) -> Settings:
        attributes = [fee.attribute for fee in self.fees]
        if len(set(attributes)) != len(attributes):
            raise ValueError("fees: an attribute is named twice")
        return self


def section_at(place: tuple[int | str, ...]) -> type[BaseModel]:
    """The section that a key such as ("payments", "methods", "paypal") leads to: the deepest one that there is."""
    section: type[BaseModel] = Settings
    for part in place:
        field = section.model_fields.get(str(part))
        inner = field and subsection(field.annotation)
        section = inner or section
    return section


def subsection(annotation: object) -> type[BaseModel] | None:
    """The section that a field holds, or holds many of; None for a plain setting."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (subsection(part) for part in get_args(annotation))
    return next((one for one in found if one is not None), None)
