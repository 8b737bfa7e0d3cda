"""Magento's words for what is refused. Sources: Sales/Model/Order/Validation, Sales/Model/Order/*Validator.php,
Sales/Model/Order/Payment and Sales/Model/Order.php of magento/magento2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from sandbox.magento import php_json
from sandbox.magento.aftersale.refusals import Refused
from sandbox.magento.aftersale.rounding import CENT
from sandbox.magento.errors import InvalidInput

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$", "AUD": "A$"}

VOID = "The void action is not available."
CAPTURE = "The capture action is not available."
HOLD = "A hold action is not available."
UNHOLD = "You cannot remove the hold."
NO_MEMO_CANCEL = "You can not cancel Credit Memo"
MEMO_EXISTS = "We cannot register an existing credit memo."


def document_invalid(kind: str, messages: list[str]) -> InvalidInput:
    """One answer for all that is wrong with a document; its messages are complete sentences already."""
    return InvalidInput(f"{kind} Document Validation Error(s):\n" + "\n".join(messages))


@contextmanager
def in_magentos_words(currency: str) -> Iterator[None]:
    """The engine's refusals, as the collectors and factories of Magento tell them."""
    try:
        yield
    except Refused as refused:
        raise _told(refused, currency) from refused


def money(amount: Decimal, currency: str) -> str:
    sign = _SIGNS.get(currency, currency)
    return f"{sign}{amount.quantize(CENT):,f}"


def most_money(amount: Decimal) -> str:
    """As a validator says it: the bare number."""
    return f"The most money available to refund is {php_json.number(amount)}."


def _told(refused: Refused, currency: str) -> InvalidInput:
    formatted = [] if refused.maximum is None else [money(refused.maximum, currency)]
    texts: dict[str, tuple[str, list[Any]]] = {
        "shipping_refund_over_maximum": ("Maximum shipping amount allowed to refund is: %1", formatted),
        "shipping_refund_without_shipping": ("You can not refund shipping if there is no shipping amount.", []),
        "refund_over_paid": ("The most money available to refund is %1.", formatted),
        "refund_quantity_invalid": ('We found an invalid quantity to refund item "%1".', [refused.item]),
        "invoice_quantity_invalid": ('We found an invalid quantity to invoice item "%1".', [refused.item]),
        "creditmemo_already_registered": (MEMO_EXISTS, []),
    }
    message, parameters = texts[refused.code]
    return InvalidInput(message, parameters or None)
