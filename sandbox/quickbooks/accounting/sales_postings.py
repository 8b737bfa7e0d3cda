"""What a sales form posts: income by line, discount, tax, and where the money is or is owed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.accounting.amounts import down_payment, home, home_total
from sandbox.quickbooks.accounting.chart import (
    DISCOUNTS_GIVEN,
    SALES_INCOME,
    SALES_TAX,
    SHIPPING_INCOME,
    UNDEPOSITED_FUNDS,
    receivable,
    tax_payable,
)
from sandbox.quickbooks.accounting.entry import Posting
from sandbox.quickbooks.lines import all_item_lines, is_shipping
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company

_GIVING_BACK = ("CreditMemo", "RefundReceipt")
_ON_ACCOUNT = ("Invoice", "CreditMemo")


def sale_postings(company: Company, document: dict[str, Any], entity: str) -> list[Posting]:
    """Both sides in home currency. A credit memo or a refund is a sale with the sides changed."""
    sign = -1 if entity in _GIVING_BACK else 1
    sides = [*_money(company, document, entity), *_credits(company, document)]
    return [Posting(side.account, sign * side.amount) for side in sides]


def _money(company: Company, document: dict[str, Any], entity: str) -> Iterator[Posting]:
    """The side that is as great as the document's total."""
    total = home_total(document)
    if entity not in _ON_ACCOUNT:
        yield Posting(_deposit_account(document), total)
        return
    owed = home(document, document["TotalAmt"] - down_payment(document))
    yield Posting(receivable(company, document), owed)
    yield Posting(_deposit_account(document), total - owed)


def _deposit_account(document: dict[str, Any]) -> str:
    return str(document.get("DepositToAccountRef", {"value": UNDEPOSITED_FUNDS})["value"])


def _credits(company: Company, document: dict[str, Any]) -> Iterator[Posting]:
    for line in all_item_lines(document["Line"]):
        yield Posting(_income_account(line), -home(document, line["Amount"]))
    for line in document["Line"]:
        if line["DetailType"] == "DiscountLineDetail":
            account = line["DiscountLineDetail"].get("DiscountAccountRef", {"value": DISCOUNTS_GIVEN})["value"]
            yield Posting(account, home(document, line["Amount"]))
    yield from _tax(company, document)


def _income_account(line: dict[str, Any]) -> str:
    usual = SHIPPING_INCOME if is_shipping(line) else SALES_INCOME
    return str(line["SalesItemLineDetail"].get("ItemAccountRef", {"value": usual})["value"])


def _tax(company: Company, document: dict[str, Any]) -> Iterator[Posting]:
    """By rate to its agency's account; tax that no rate explains to the common one."""
    detail = document.get("TxnTaxDetail", {})
    rest: Decimal = detail.get("TotalTax", ZERO)
    for line in detail.get("TaxLine", []):
        rest -= line["Amount"]
        account = tax_payable(company, line["TaxLineDetail"]["TaxRateRef"]["value"])
        yield Posting(account, -home(document, line["Amount"]))
    yield Posting(SALES_TAX, -home(document, rest))
