"""Who bought: from the account, and for guests from the addresses. Pure."""

from __future__ import annotations

from shared.commerce.party import Address, Party
from shared.magento.models import Order, OrderAddress


def read_party(order: Order) -> Party:
    """The buyer. Guests have no account and often no name on the order itself: the billing address has it then."""
    billing = order.billing_address or OrderAddress()
    shipping = _shipping(order)
    return Party(
        shop_id=order.customer_id if order.customer_id not in (None, "0") else "",
        email=(order.customer_email or billing.email or "").strip().lower(),
        given_name=(order.customer_firstname or billing.firstname or "").strip(),
        family_name=(order.customer_lastname or billing.lastname or "").strip(),
        company=(billing.company or "").strip(),
        phone=(billing.telephone or "").strip(),
        billing=_address(billing),
        shipping=_address(shipping) if shipping else None,
    )


def _shipping(order: Order) -> OrderAddress | None:
    """The shipping address is not at the top level of an order; virtual orders have none."""
    for assignment in order.extension_attributes.shipping_assignments:
        if assignment.shipping and assignment.shipping.address:
            return assignment.shipping.address
    return None


def _address(address: OrderAddress) -> Address:
    return Address(
        street=tuple(line.strip() for line in address.street if line and line.strip()),
        city=(address.city or "").strip(),
        region=(address.region_code or address.region or "").strip(),
        postcode=(address.postcode or "").strip(),
        country=(address.country_id or "").strip(),
    )
