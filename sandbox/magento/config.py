"""The switches of the sandbox shop. The cautious value is the default: what newer releases refuse is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sandbox.magento import limits
from sandbox.magento.aftersale.order import ToShip
from sandbox.magento.aftersale.states import Completion
from sandbox.magento.tax_settings import TaxSettings

RowTotals = Literal["2.4.7", "2.4.8", "raw"]
PriceScope = Literal["global", "website"]
ProductLists = Literal["short", "full"]
OutOfRangePage = Literal["empty", "last"]
Edition = Literal["open source", "mage-os", "commerce", "mage-os commerce"]
UnknownProperties = Literal["refused", "masked"]
OAuthSort = Literal["rfc", "decoded"]


@dataclass(frozen=True)
class Credentials:
    """Keys of the one integration and the one administrator. Public on purpose: they open nothing but the sandbox."""

    consumer_key: str = "sandboxconsumerkey00000000000000"
    consumer_secret: str = "sandboxconsumersecret00000000000"  # noqa: S105
    access_token: str = "sandboxaccesstoken00000000000000"  # noqa: S105
    access_token_secret: str = "sandboxaccesstokensecret00000000"  # noqa: S105
    admin_username: str = "admin"
    admin_password: str = "sandbox-admin-1"  # noqa: S105


@dataclass(frozen=True)
class StoreView:
    """One store view. Views of one website_code are one website's, those of one group_name there one store's.

    base_currency: of its website; display_currency: what it shows prices in, None = the base.
    """

    id: int
    code: str
    name: str
    website_code: str = "base"
    website_name: str = "Main Website"
    group_name: str = "Main Website Store"
    timezone: str = "America/Los_Angeles"
    locale: str = "en_US"
    base_currency: str = "USD"
    display_currency: str | None = None


@dataclass(frozen=True)
class Config:
    """One shop.

    bearer: whether the integration's access token alone opens REST (off by default since Magento 2.4.4).
    row_totals: how REST shows order items' row totals: net of discount ("2.4.7"), unit price less discount ("2.4.8",
        magento/magento2#39984), or as stored ("raw", 2.2 and older).
    itemized_taxes: whether orders also show the tax rows that 2.4.8 added (taxes, itemized_taxes).
    price_scope: catalog/price/scope: one price everywhere, or one for each website.
    base_prices_bump: whether the base price service moves updated_at, as releases after 2.4.7 do; else its changes are
        seen by comparing only.
    product_lists: whether lists of products leave out media and the parts of composite products ("short").
    unlisted_attributes: extension attributes of orders that lists leave out, as some modules do.
    out_of_range_page: what a page behind the last shows: nothing (2.4.0 and later) or the last page (2.3 and older).
    oauth_sort: order of parameters in the signature's base string: by encoded name (RFC 5849) or decoded (2.4.8).
    input_limits: webapi/validation/input_limit_enabled.
    consumers: how many work off asynchronous calls: 0 leaves them open, several don't keep their order.
    consumer_delay_seconds: how long each such call waits, on the shop's clock.
    admin_token_seconds: webapi/jwtauth/admin_expiration: an hour as shipped since 2.4.4, four hours before.
    unknown_properties: a property that an interface hasn't is "refused" (400), or up to 2.4.3 a "masked" failure (500).
    denied_resources: ACL resources the integration was not granted.
    website_code: the website of the default view; stocks are sold through it.
    more_stores: further store views, and with them stores and websites.
    edition: which modules the shop lists.
    msi: whether the inventory modules are there; without them /V1/inventory is no route and orders lower the stock
        item.
    stock_provided: pieces that a SKU without a source item gets at the default source when it is first sold, so that
        carts of made-up products go through; None: such a SKU is on no stock and can't be ordered.
    stock_index_lag_seconds: cataloginventory/indexer/strategy async: salable quantities show a write so much later.
    sales_shipping_incl_tax: tax/sales_display/shipping is "including tax": shipping is asked back with its tax.
    sales_tax_after_discount: tax/calculation/apply_after_discount as it is when documents are made.
    qty_to_ship: whether shipped and refunded pieces count as the "larger" of both (up to 2.4.8-p1) or their "sum".
    completion: when nothing is left to invoice, an order is complete once all is "shipped" (before 2.3.3) or, too, when
        the rest was refunded ("shipped_or_refunded").
    reorder_relations: a reorder gets the number and the relations of an edit (2.4.7 up to at least 2.4.8-p1).
    tax: the shop's tax settings; its rates and rules fill the tax tables of an empty shop. Carts that bring no settings
        of their own are priced with these and with what the tables hold.
    first_entity_id: ids of generated entities start here, far above those of recorded documents.
    """

    bearer: bool = False
    row_totals: RowTotals = "2.4.7"
    itemized_taxes: bool = False
    price_scope: PriceScope = "global"
    base_prices_bump: bool = False
    product_lists: ProductLists = "short"
    unlisted_attributes: frozenset[str] = frozenset()
    out_of_range_page: OutOfRangePage = "empty"
    oauth_sort: OAuthSort = "rfc"
    input_limits: bool = False
    consumers: int = 1
    consumer_delay_seconds: float = 0
    admin_token_seconds: int = limits.ADMIN_TOKEN_SECONDS
    unknown_properties: UnknownProperties = "refused"
    denied_resources: frozenset[str] = frozenset()
    store_code: str = "default"
    store_id: int = 1
    store_name: str = "Main Website\nMain Website Store\nDefault Store View"
    more_stores: tuple[StoreView, ...] = ()
    edition: Edition = "mage-os"
    timezone: str = "America/Los_Angeles"
    currency: str = "USD"
    base_url: str = "http://127.0.0.1:8091/"
    website_code: str = "base"
    msi: bool = True
    stock_provided: int | None = 10_000
    stock_index_lag_seconds: float = 0
    sales_shipping_incl_tax: bool = False
    sales_tax_after_discount: bool = True
    qty_to_ship: ToShip = "larger"
    completion: Completion = "shipped_or_refunded"
    reorder_relations: bool = True
    tax: TaxSettings = field(default_factory=TaxSettings)
    first_entity_id: int = 700_001
    credentials: Credentials = field(default_factory=Credentials)
