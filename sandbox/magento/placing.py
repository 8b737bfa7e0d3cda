"""From a priced cart to an order row: the document Magento's database holds, with row totals before discount."""

from __future__ import annotations

import hashlib
from datetime import UTC
from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Address, Cart
from sandbox.magento.cart_money import ForeignFee
from sandbox.magento.catalog import from_carts
from sandbox.magento.config import StoreView
from sandbox.magento.conversion import in_order_currency
from sandbox.magento.customers import accounts, groups
from sandbox.magento.errors import InvalidInput
from sandbox.magento.life import invoicing
from sandbox.magento.life.commerce import FOREIGN
from sandbox.magento.life.copying import SHIPS_APART
from sandbox.magento.life.requests import InvoiceRequest
from sandbox.magento.order_items import build_items, embed
from sandbox.magento.order_tax_rows import with_itemized
from sandbox.magento.order_taxes import applied_taxes, item_applied_taxes, tax_rows
from sandbox.magento.order_totals import Prices, money_attributes, shipping_totals, totals
from sandbox.magento.pricing import Priced, price
from sandbox.magento.regions import region_of
from sandbox.magento.shop import Body, Document, Kind, Shop
from sandbox.magento.stores import store_name, stores_of

FREE = "free"


def place(shop: Shop, cart: Cart) -> Document:
    """Price the cart, reserve its goods, write the order and its products; invoiced at once when the gateway captured.

    Raises InvalidInput when the goods can't be had.
    """
    return place_prepared(shop, prepare(shop, cart), captured=cart.paid_at_once)


def place_prepared(shop: Shop, order: Document, *, captured: bool = False) -> Document:
    """Reserve the goods of an order that isn't in the shop yet and write it. Raises InvalidInput."""
    order.body = _with_backorders(order.body, shop.stock.backordered(order.body))
    if (watcher := shop.watcher) is not None:
        watcher.placing(order)
    shop.stock.placed(order.body)  # before the row is there: the reservation carries no order id
    shop.insert(order)
    if captured and order.body["grand_total"]:
        invoicing.invoice(shop, order, InvoiceRequest(), announce_order=False)
    if watcher is not None:
        watcher.placed(order)
    return order


def _with_backorders(body: Body, parts: dict[int, Decimal]) -> Body:
    if not parts:
        return body
    items = [
        item | {"qty_backordered": parts[item["item_id"]]} if item["item_id"] in parts else item
        for item in body["items"]
    ]
    return embed(body | {"items": items})


def refuse(shop: Shop, cart: Cart) -> None:
    """The order that the payment gateway declines: its goods are reserved and released, no order comes to be."""
    order = prepare(shop, cart)
    shop.stock.placed(order.body)
    shop.stock.place_failed(order.body)


def prepare(shop: Shop, cart: Cart) -> Document:
    """The order as it will be stored, and its products."""
    in_order = in_order_currency(cart)
    priced = price(in_order)
    prices = Prices(base=priced if in_order is cart else price(cart), order=priced)
    order_id = shop.next_id(Kind.ORDER)
    created = shop.now() if cart.created_at is None else cart.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    products = from_carts.ensure(shop, cart)
    items, item_ids = build_items(shop, cart, prices, order_id, created, products)
    billing = _address(shop, cart.billing, cart.buyer.email, order_id, "billing")
    tax = tax_rows(prices, item_ids)
    body: Body = totals(prices) | _header(shop, cart, order_id, created) | _customer(shop, cart)
    body |= {
        "billing_address_id": billing["entity_id"],
        "total_item_count": len(cart.items),
        "total_qty_ordered": sum((item.qty for item in cart.items), Decimal(0)),
        "updated_at": shop.now(),
        "items": items,
        "billing_address": billing,
        "payment": _payment(prices, cart, order_id),
        "status_histories": [],
        "extension_attributes": {
            "shipping_assignments": [{"shipping": _shipping(shop, cart, prices, order_id)}],
            "payment_additional_info": [{"key": "method_title", "value": _title(priced, cart)}],
            "applied_taxes": applied_taxes(tax),
            "item_applied_taxes": item_applied_taxes(tax),
            "converting_from_quote": True,
            **money_attributes(cart, in_order, prices),
        },
    }
    if shop.config.itemized_taxes:
        body = with_itemized(shop, body, tax)
    if cart.buyer.company_id is not None:
        body["extension_attributes"]["company_order_attributes"] = {
            "order_id": order_id,
            "company_id": cart.buyer.company_id,
            "company_name": cart.buyer.company_name or cart.billing.company or "",
        }
    hidden: Body = {} if cart.is_virtual else {"shipping_method": cart.shipping_method}
    if cart.foreign_fees:
        hidden |= {FOREIGN: _sum(in_order.foreign_fees), f"base_{FOREIGN}": _sum(cart.foreign_fees)}
    apart = [item_ids[str(number)] for number, item in enumerate(cart.items) if item.shipment_type == "separately"]
    if apart:
        hidden[SHIPS_APART] = apart
    return Document(Kind.ORDER, embed(body), hidden=hidden)


def _sum(fees: tuple[ForeignFee, ...]) -> Decimal:
    return sum((fee.amount for fee in fees), Decimal(0))


def _header(shop: Shop, cart: Cart, order_id: int, created: str) -> Body:
    view = _view(shop, cart)
    header: Body = {
        "entity_id": order_id,
        "increment_id": f"{order_id:09d}",
        "protect_code": hashlib.sha256(f"{order_id}{created}".encode()).hexdigest()[:32],
        "quote_id": order_id + 3,
        "created_at": created,
        "state": "new",
        "status": "pending",
        "store_id": view.id,
        "store_name": store_name(view),
        "is_virtual": int(cart.is_virtual),
        "customer_note_notify": 1,
        "base_to_global_rate": 1,
        "base_to_order_rate": cart.rate,
        "store_to_base_rate": 0,
        "store_to_order_rate": 0,
    }
    for name in ("base", "global", "order", "store"):
        header[f"{name}_currency_code"] = view.base_currency
    if cart.currency is not None:
        header["order_currency_code"] = cart.currency
    if not cart.is_virtual:
        header["shipping_description"] = cart.shipping_description
    codes = [coupon.code for coupon in cart.coupons if coupon.code]
    if cart.coupons:
        header["applied_rule_ids"] = ",".join(str(number + 1) for number in range(len(cart.coupons)))
    if codes:
        header |= {"coupon_code": codes[0], "discount_description": codes[0]}
    return header


def _view(shop: Shop, cart: Cart) -> StoreView:
    """The store view it is placed in. Raises InvalidInput."""
    view = stores_of(shop.config).by_code(cart.store)
    if view is None:
        raise InvalidInput("The store that was requested wasn't found. Verify the store and try again.")
    return view


def _customer(shop: Shop, cart: Cart) -> Body:
    buyer = cart.buyer
    account = accounts.of_buyer(shop, buyer, cart.billing, _view(shop, cart)) if buyer.registered else None
    body: Body = {
        "customer_email": buyer.email,
        "customer_firstname": buyer.firstname,
        "customer_lastname": buyer.lastname,
        "customer_taxvat": buyer.taxvat,
        "customer_group_id": account["group_id"] if account else groups.NOT_LOGGED_IN,
        "customer_is_guest": int(not buyer.registered),
        "customer_id": account["id"] if account else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _address(shop: Shop, address: Address, email: str, order_id: int, kind: str) -> Body:
    body: dict[str, Any] = {
        "address_type": kind,
        "city": address.city,
        "company": address.company,
        "country_id": address.country,
        "email": email,
        "entity_id": shop.next_id("order_address"),
        "firstname": address.firstname,
        "lastname": address.lastname,
        "parent_id": order_id,
        "postcode": address.postcode,
        "street": list(address.street),
        "telephone": address.telephone,
        "vat_id": address.vat_id,
    }
    region = region_of(address.country, address.region)
    if region:
        body |= {"region_id": region[0], "region_code": address.region, "region": region[1]}
    else:
        body |= {"region_id": address.region_id, "region": address.region}
    return {name: value for name, value in body.items() if value is not None}


def _shipping(shop: Shop, cart: Cart, prices: Prices, order_id: int) -> Body:
    """A virtual order has neither address nor method here."""
    total = shipping_totals(prices)
    if cart.is_virtual:
        return {"total": total}
    address = _address(shop, cart.shipping or cart.billing, cart.buyer.email, order_id, "shipping")
    return {"address": address, "method": cart.shipping_method, "total": total}


def _title(priced: Priced, cart: Cart) -> str:
    return cart.payment_title if priced.grand_total else "No Payment Information Required"


def _payment(prices: Prices, cart: Cart, order_id: int) -> Body:
    priced, base = prices.order, prices.base
    return {
        "account_status": None,
        "additional_information": [_title(priced, cart)],
        "amount_ordered": priced.grand_total,
        "base_amount_ordered": base.grand_total,
        "base_shipping_amount": base.shipping.row_total,
        "cc_exp_year": "0",
        "cc_last4": None,
        "cc_ss_start_month": "0",
        "cc_ss_start_year": "0",
        "entity_id": order_id,
        "method": cart.payment_method if priced.grand_total else FREE,
        "parent_id": order_id,
        "shipping_amount": priced.shipping.row_total,
    }
