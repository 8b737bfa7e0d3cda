"""Rules of the sales forms: from what was sent to what stands in the books."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.exchange import complete_currency, refuse_beyond_digits
from sandbox.quickbooks.form_ends import complete_end
from sandbox.quickbooks.lines import all_item_lines, check_lines
from sandbox.quickbooks.money import ZERO, to_cents, within_digits
from sandbox.quickbooks.sold_lines import answer_lines, sold_lines
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.tax import CodeBook
from sandbox.quickbooks.taxation import Taxation, model_of

_VOIDED_NUMBERS = ("Qty", "UnitPrice", "DiscountAmt", "TaxInclusiveAmt")


def check(company: Company, form: dict[str, Any]) -> None:
    """Raises Refused for what is wrong whatever its references are: 2020, 2170, 2290, 6000, 6090, 6100, 6160, 6170."""
    check_lines(form["Line"], company.settings)
    model_of(company.settings).check(form, company.settings)


def complete(company: Company, entity: str, document: dict[str, Any], record: Record) -> dict[str, Any]:
    """The checked document with what the server computes; takes line ids from the record.

    Raises Refused: 6000, 6070, 6200, 6210, 6270, 6430, 6520, 2020.
    """
    result = dict(document)
    result.setdefault("TxnDate", company.clock.today().isoformat())
    refuse_closed_books(company, result["TxnDate"])
    complete_currency(company, result)
    _check_mail(result)
    sold = sold_lines(company, result)
    if not any(all_item_lines(sold)):
        raise errors.business("A transaction needs at least one line with an item: its amount isn't set.", "Line")
    taxation = _settled(company, result, sold)
    if company.settings.country == "US":
        result.pop("GlobalTaxCalculation", None)  # nothing there: ignored, not kept
    result["Line"] = answer_lines(company, taxation.lines, taxation.totals, record)
    result["TxnTaxDetail"] = taxation.detail
    result["TotalAmt"] = taxation.totals.total
    refuse_beyond_digits(result, (line["Amount"] for line in all_item_lines(taxation.lines)))
    if company.settings.multicurrency:
        home = within_digits(taxation.totals.total * result["ExchangeRate"], "HomeTotalAmt")
        result["HomeTotalAmt"] = to_cents(home)
    result.setdefault("PrintStatus", "NotSet")
    result.setdefault("EmailStatus", "NotSet")
    result.setdefault("ApplyTaxAfterDiscount", False)
    if "LinkedTxn" in record.document:
        result["LinkedTxn"] = record.document["LinkedTxn"]  # made by payments and deposits; nobody sets it here
    complete_end(company, entity, result, record.document)
    return _without_untracked(company, result)


def _settled(company: Company, form: dict[str, Any], sold: list[dict[str, Any]]) -> Taxation:
    model, codes = model_of(company.settings), CodeBook(company)
    if sum(model.is_taxed(line, codes) for line in all_item_lines(sold)) > limits.QB_TAXABLE_LINES:
        raise errors.business(f"A taxable transaction has at most {limits.QB_TAXABLE_LINES} lines.", "Line")
    customer = company.get("Customer", form.get("CustomerRef", {}).get("value", ""))
    exempt = customer is not None and customer.document.get("Taxable") is False
    return model.settle(form, sold, codes, company.settings, exempt=exempt)


def refuse_closed_books(company: Company, day: str) -> None:
    """Raises Refused 6200 (6210 when a password guards it) for a day on or before the closing date."""
    closed = company.settings.book_close_date
    if closed is None or date.fromisoformat(day) > closed:
        return
    if company.settings.book_close_password:
        raise errors.coded(
            "6210", "Account Period Closed", f"The books are closed with a password until {closed}.", "TxnDate"
        )
    raise errors.coded("6200", "Account Period Closed", f"The books are closed until {closed}.", "TxnDate")


def _check_mail(document: dict[str, Any]) -> None:
    if document.get("EmailStatus") == "NeedToSend" and "BillEmail" not in document:
        raise errors.Refused(errors.missing("BillEmail"))


def _without_untracked(company: Company, document: dict[str, Any]) -> dict[str, Any]:
    """Without classes and locations that the company doesn't track: they are not kept."""
    settings = company.settings
    if settings.class_tracking != "transaction":
        document.pop("ClassRef", None)
    if not settings.track_departments:
        document.pop("DepartmentRef", None)
    if settings.class_tracking != "line":
        for line in (*all_item_lines(document["Line"]), *document["Line"]):
            for detail in ("SalesItemLineDetail", "DiscountLineDetail"):
                line.get(detail, {}).pop("ClassRef", None)
    return document


def voided(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its amounts at nothing; its number and date stay."""
    lines = [_voided_line(line) for line in document["Line"]]
    note = f"Voided - {document['PrivateNote']}"[:4000] if document.get("PrivateNote") else "Voided"
    zeroed: dict[str, Any] = {
        name: ZERO for name in ("TotalAmt", "Balance", "HomeTotalAmt", "HomeBalance", "Deposit") if name in document
    }
    return {**document, **zeroed, "Line": lines, "TxnTaxDetail": {"TotalTax": ZERO}, "PrivateNote": note}


def _voided_line(line: dict[str, Any]) -> dict[str, Any]:
    result = {**line, "Amount": ZERO} if "Amount" in line else dict(line)
    if "SalesItemLineDetail" in line:
        detail = line["SalesItemLineDetail"]
        result["SalesItemLineDetail"] = {**detail, **{name: ZERO for name in _VOIDED_NUMBERS if name in detail}}
    if "GroupLineDetail" in line:
        parts = [_voided_line(part) for part in line["GroupLineDetail"]["Line"]]
        result["GroupLineDetail"] = {**line["GroupLineDetail"], "Quantity": ZERO, "Line": parts}
    if "DiscountLineDetail" in line:
        detail = line["DiscountLineDetail"]
        result["DiscountLineDetail"] = {name: value for name, value in detail.items() if name != "DiscountPercent"}
    return result
