"""Currency of a transaction: whose it must be, and the rate at which it stands in the books."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.exchange_rates import rate_on
from sandbox.quickbooks.money import ZERO, within_digits
from sandbox.quickbooks.store import Company


def complete_currency(company: Company, form: dict[str, Any]) -> None:
    """Set CurrencyRef and ExchangeRate in place. Raises Refused: 2020, 6000.

    With several currencies CurrencyRef is required and must be the customer's; a form without a customer names its own.
    """
    settings = company.settings
    code = form.get("CurrencyRef", {}).get("value")
    if not settings.multicurrency:
        if code not in (None, settings.home_currency):
            raise errors.business("Multi Currency should be enabled to perform this operation.", "CurrencyRef")
        form["CurrencyRef"] = currency_ref(settings.home_currency)
        form.pop("ExchangeRate", None)
        return
    if code is None:
        raise errors.Refused(errors.missing("CurrencyRef"))
    if "CustomerRef" in form:
        customer = company.need("Customer", form["CustomerRef"]["value"]).document
        if customer["CurrencyRef"]["value"] != code:
            raise errors.business("The transaction's currency is not the customer's.", "CurrencyRef")
    if code == settings.home_currency:
        form["ExchangeRate"] = Decimal(1)
        return
    form.setdefault("ExchangeRate", rate_on(company, code, form["TxnDate"]))
    if form["ExchangeRate"] <= 0:
        raise errors.business("The exchange rate must be greater than 0.", "ExchangeRate")


def refuse_beyond_digits(document: dict[str, Any], amounts: Iterable[Decimal]) -> None:
    """Raises Refused 2090 when the amounts together, at the document's rate, have more digits than one amount may."""
    together = sum((amount.copy_abs() for amount in amounts), ZERO)
    within_digits(together, "Amount")
    within_digits(together * document.get("ExchangeRate", 1), "ExchangeRate")
