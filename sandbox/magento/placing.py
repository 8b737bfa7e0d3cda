"""From a priced cart to an order row: the document Magento's database holds, with row totals before discount."""

from __future__ import annotations

import hashlib
from datetime import UTC
from decimal import Decimal
from typing import Any

from sandbox.magento import catalogue, lifecycle
from sandbox.magento.cart import Address, Cart
from sandbox.magento.order_items import build_items, embed
from sandbox.magento.order_taxes import applied_taxes, item_applied_taxes
from sandbox.magento.pricing import Priced, price
from sandbox.magento.regions import region_of
from sandbox.magento.shop import Body, Document, Kind, Shop

FREE = "free"


def place(shop: Shop, cart: Cart) -> Document:
    """Price the cart, write the order and its products; invoiced at once when the gateway captured."""
    priced = price(cart)
    order_id = shop.next_id(Kind.ORDER)
    created = shop.now() if cart.created_at is None else cart.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    products = catalogue.ensure(shop, cart)
    items, item_ids = build_items(shop, cart, priced, order_id, created, products)
    billing = _address(shop, cart.billing, cart.buyer.email, order_id, "billing")
    body: Body = _totals(priced, cart) | _header(shop, cart, order_id, created) | _customer(shop, cart)
    body |= {
        "billing_address_id": billing["entity_id"],
        "total_item_count": len(cart.items),
        "total_qty_ordered": sum((item.qty for item in cart.items), Decimal(0)),
        "updated_at": shop.now(),
        "items": items,
        "billing_address": billing,
        "payment": _payment(priced, cart, order_id),
        "status_histories": [],
        "extension_attributes": {
            "shipping_assignments": [{"shipping": _shipping(shop, cart, priced, order_id)}],
            "payment_additional_info": [{"key": "method_title", "value": _title(priced, cart)}],
            "applied_taxes": applied_taxes(priced),
            "item_applied_taxes": item_applied_taxes(priced, item_ids),
            "converting_from_quote": True,
        },
    }
    if cart.buyer.company_id is not None:
        body["extension_attributes"]["company_order_attributes"] = {
            "order_id": order_id,
            "company_id": cart.buyer.company_id,
            "company_name": cart.buyer.company_name or cart.billing.company or "",
        }
    hidden = {} if cart.is_virtual else {"shipping_method": cart.shipping_method}
    order = shop.insert(Document(Kind.ORDER, embed(body), hidden=hidden))
    if cart.paid_at_once and priced.grand_total:
        lifecycle.invoice(shop, order, {}, announce_order=False)
    return order


def _header(shop: Shop, cart: Cart, order_id: int, created: str) -> Body:
    config = shop.config
    header: Body = {
        "entity_id": order_id,
        "increment_id": f"{order_id:09d}",
        "protect_code": hashlib.sha256(f"{order_id}{created}".encode()).hexdigest()[:32],
        "quote_id": order_id + 3,
        "created_at": created,
        "state": "new",
        "status": "pending",
        "store_id": config.store_id,
        "store_name": config.store_name,
        "is_virtual": int(cart.is_virtual),
        "customer_note_notify": 1,
        "base_to_global_rate": 1,
        "base_to_order_rate": 1,
        "store_to_base_rate": 0,
        "store_to_order_rate": 0,
    }
    for name in ("base", "global", "order", "store"):
        header[f"{name}_currency_code"] = config.currency
    if not cart.is_virtual:
        header["shipping_description"] = cart.shipping_description
    codes = [coupon.code for coupon in cart.coupons if coupon.code]
    if cart.coupons:
        header["applied_rule_ids"] = ",".join(str(number + 1) for number in range(len(cart.coupons)))
    if codes:
        header |= {"coupon_code": codes[0], "discount_description": codes[0]}
    return header


def _totals(priced: Priced, cart: Cart) -> Body:
    shipping = priced.shipping
    figures = {
        "subtotal": priced.subtotal,
        "subtotal_incl_tax": priced.subtotal_incl_tax,
        "discount_amount": priced.discount_amount,
        "tax_amount": priced.tax_amount,
        "discount_tax_compensation_amount": priced.compensation,
        "grand_total": priced.grand_total,
        "total_due": priced.grand_total,
        "shipping_amount": shipping.row_total,
        "shipping_incl_tax": shipping.row_total_incl_tax,
        "shipping_tax_amount": shipping.row_tax,
        "shipping_discount_amount": priced.shipping_discount,
        "shipping_discount_tax_compensation_amount": shipping.compensation,
    }
    return both(figures)


def both(figures: dict[str, Decimal]) -> Body:
    """The figures in order currency and the same in base currency, under the names of the columns."""
    base = {f"base_{name}": value for name, value in figures.items()}
    # The column's name is cut off in Magento's schema.
    if (cut := base.pop("base_shipping_discount_tax_compensation_amount", None)) is not None:
        base["base_shipping_discount_tax_compensation_amnt"] = cut
    return {**base, **figures}


def _customer(shop: Shop, cart: Cart) -> Body:
    buyer = cart.buyer
    body: Body = {
        "customer_email": buyer.email,
        "customer_firstname": buyer.firstname,
        "customer_lastname": buyer.lastname,
        "customer_taxvat": buyer.taxvat,
        "customer_group_id": 1 if buyer.registered else 0,
        "customer_is_guest": int(not buyer.registered),
        "customer_id": shop.customer_id(buyer.email) if buyer.registered else None,
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


def _shipping(shop: Shop, cart: Cart, priced: Priced, order_id: int) -> Body:
    """A virtual order has neither address nor method here."""
    names = ("shipping_amount", "shipping_discount_amount", "shipping_discount_tax_compensation_amount")
    totals = _totals(priced, cart)
    wanted = (*names, "shipping_incl_tax", "shipping_tax_amount")
    total = {name: value for name, value in totals.items() if name.removeprefix("base_") in wanted or "_amnt" in name}
    if cart.is_virtual:
        return {"total": total}
    address = _address(shop, cart.shipping or cart.billing, cart.buyer.email, order_id, "shipping")
    return {"address": address, "method": cart.shipping_method, "total": total}


def _title(priced: Priced, cart: Cart) -> str:
    return cart.payment_title if priced.grand_total else "No Payment Information Required"


def _payment(priced: Priced, cart: Cart, order_id: int) -> Body:
    return {
        "account_status": None,
        "additional_information": [_title(priced, cart)],
        "amount_ordered": priced.grand_total,
        "base_amount_ordered": priced.grand_total,
        "base_shipping_amount": priced.shipping.row_total,
        "cc_exp_year": "0",
        "cc_last4": None,
        "cc_ss_start_month": "0",
        "cc_ss_start_year": "0",
        "entity_id": order_id,
        "method": cart.payment_method if priced.grand_total else FREE,
        "parent_id": order_id,
        "shipping_amount": priced.shipping.row_total,
    }
