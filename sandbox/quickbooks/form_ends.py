"""What each sales form has of its own: where its money stands, what is still open, its due date."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.account_rules import check_funds
from sandbox.quickbooks.money import ZERO, to_cents, within_digits
from sandbox.quickbooks.receivables import receivable
from sandbox.quickbooks.references import title
from sandbox.quickbooks.store import Company

UNDEPOSITED_FUNDS = "4"
ON_RECEIVABLES = ("Invoice", "CreditMemo")


def complete_end(company: Company, entity: str, form: dict[str, Any], old: dict[str, Any]) -> None:
    """Set in place what the type of form asks for. old: the form as it stood, empty when new.

    Raises Refused: 2020, 6000, 6430.
    """
    if entity == "SalesReceipt":
        funds = company.need("Account", UNDEPOSITED_FUNDS)
        form.setdefault("DepositToAccountRef", {"value": funds.id, "name": title(funds)})
    if entity == "Invoice":
        _complete_invoice(company, form, old)
    elif entity == "CreditMemo":
        form["RemainingCredit"] = form["TotalAmt"] - (old.get("TotalAmt", ZERO) - old.get("RemainingCredit", ZERO))
        form["Balance"] = form["RemainingCredit"]
    else:
        form["Balance"] = ZERO
    if entity == "RefundReceipt" and form.get("PrintStatus") == "PrintComplete" and "PaymentRefNum" not in form:
        raise errors.Refused(errors.missing("PaymentRefNum"))  # the number of the cheque that was printed
    check_funds(company, form)
    if entity in ON_RECEIVABLES:
        account = receivable(company, form["CurrencyRef"]["value"])
        form["ARAccountRef"] = {"value": account.id, "name": title(account)}
        if company.settings.multicurrency:
            form["HomeBalance"] = to_cents(within_digits(form["Balance"] * form["ExchangeRate"], "HomeBalance"))


def _complete_invoice(company: Company, invoice: dict[str, Any], old: dict[str, Any]) -> None:
    if not company.settings.allow_deposit and ("Deposit" in invoice or "DepositToAccountRef" in invoice):
        raise errors.business("Deposits on invoices are turned off in this company.", "Deposit")
    if _deposit(invoice) < 0:
        raise errors.Refused(errors.negative_amount("Deposit"))
    if _deposit(invoice) > invoice["TotalAmt"]:
        raise errors.business("The deposit is greater than the amount of the invoice.", "Deposit")
    term = company.get("Term", invoice["SalesTermRef"]["value"]) if "SalesTermRef" in invoice else None
    days = term.document.get("DueDays", 0) if term else 0
    if "DueDate" not in invoice:
        invoice["DueDate"] = _due(invoice["TxnDate"], days)
    invoice["Balance"] = invoice["TotalAmt"] - _deposit(invoice) - _paid(old)


def _due(day: str, days: int) -> str:
    """Raises Refused 2060 when so many days later there is no date any more."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError as error:
        raise errors.Refused(errors.bad_date("DueDate", day)) from error


def _deposit(invoice: dict[str, Any]) -> Decimal:
    return to_cents(invoice.get("Deposit", ZERO))


def _paid(invoice: dict[str, Any]) -> Decimal:
    """What payments took off the invoice; a change of the invoice leaves them where they are."""
    if not invoice:
        return ZERO
    paid: Decimal = invoice["TotalAmt"] - _deposit(invoice) - invoice["Balance"]
    return paid
