"""Rules of the sales forms: from what was sent to what stands in the books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.form_ends import complete_end
from sandbox.quickbooks.lines import as_remark, is_item_line, is_shipping, is_taxable, priced
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.references import title
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.tax import explicit_tax, rates_of, tax_detail
from sandbox.quickbooks.totals import Totals, add_up

DISCOUNTS_GIVEN = "3"
TAKES_BACK = ("CreditMemo", "RefundReceipt")


def complete(company: Company, entity: str, document: dict[str, Any], record: Record) -> dict[str, Any]:
    """The document with what the server computes; takes line ids from the record.

    Raises Refused: 6000, 6070, 6200, 6210, 6270, 6430, 6520, 2020.
    """
    result = dict(document)
    result.setdefault("TxnDate", company.clock.today().isoformat())
    refuse_closed_books(company, result["TxnDate"])
    _complete_currency(company, result)
    _check_mail(result)
    sold = [_sold_line(company, line, result["TxnDate"]) for line in result["Line"]]
    if not any(is_item_line(line) for line in sold):
        raise errors.business("A transaction needs at least one line with an item: its amount isn't set.", "Line")
    if sum(is_taxable(line) for line in sold) > limits.QB_TAXABLE_LINES:
        raise errors.business(f"A taxable transaction has at most {limits.QB_TAXABLE_LINES} lines.", "Line")
    totals = _complete_amounts(company, result, sold)
    result["Line"] = _answer_lines(company, sold, totals, record)
    result.setdefault("PrintStatus", "NotSet")
    result.setdefault("EmailStatus", "NotSet")
    result.setdefault("ApplyTaxAfterDiscount", False)
    if "LinkedTxn" in record.document:
        result["LinkedTxn"] = record.document["LinkedTxn"]  # made by payments and deposits; nobody sets it here
    complete_end(company, entity, result, record.document)
    return _without_untracked(company, result)


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


def _complete_currency(company: Company, document: dict[str, Any]) -> None:
    settings = company.settings
    # python-quickbooks sends TaxExcluded with every invoice, to US companies, too: only TaxInclusive is an error there.
    if document.pop("GlobalTaxCalculation", None) == "TaxInclusive":
        raise errors.business("GlobalTaxCalculation does not apply to a US company.", "GlobalTaxCalculation")
    code = document.get("CurrencyRef", {}).get("value")
    if not settings.multicurrency:
        if code not in (None, settings.home_currency):
            raise errors.business("Multi Currency should be enabled to perform this operation.", "CurrencyRef")
        document["CurrencyRef"] = currency_ref(settings.home_currency)
        document.pop("ExchangeRate", None)
        return
    if code is None:
        raise errors.Refused(errors.missing("CurrencyRef"))
    if "CustomerRef" in document:
        customer = company.need("Customer", document["CustomerRef"]["value"]).document
        if customer["CurrencyRef"]["value"] != code:
            raise errors.business("The transaction's currency is not the customer's.", "CurrencyRef")
    if code == settings.home_currency:
        document["ExchangeRate"] = Decimal(1)
    else:
        document.setdefault("ExchangeRate", settings.exchange_rates.get(code, Decimal(1)))
        if document["ExchangeRate"] <= 0:
            raise errors.business("The exchange rate must be greater than 0.", "ExchangeRate")


def _check_mail(document: dict[str, Any]) -> None:
    if document.get("EmailStatus") == "NeedToSend" and "BillEmail" not in document:
        raise errors.Refused(errors.missing("BillEmail"))


def _sold_line(company: Company, line: dict[str, Any], day: str) -> dict[str, Any]:
    if line["DetailType"] != "SalesItemLineDetail":
        return line
    if not is_item_line(line):
        return as_remark(line)
    result = priced(line, company.settings)
    if is_shipping(result):
        return result
    detail = result["SalesItemLineDetail"]
    item = company.need("Item", detail["ItemRef"]["value"]).document
    if item["Type"] == "Category":
        raise errors.business("A category can't be sold.", "ItemRef")
    if item["Type"] == "Inventory":
        if "Qty" not in detail:
            raise errors.coded("6520", "Quantity missing", "An item whose stock is tracked needs a quantity.", "Qty")
        if day < item["InvStartDate"]:
            said = f"The transaction is dated before the item's start date {item['InvStartDate']}."
            raise errors.coded("6270", "Invalid inventory date", said, "TxnDate")
    if "IncomeAccountRef" in item:
        detail["ItemAccountRef"] = item["IncomeAccountRef"]
    return result


def _complete_amounts(company: Company, document: dict[str, Any], sold: list[dict[str, Any]]) -> Totals:
    sent = document.get("TxnTaxDetail")
    code, rates = rates_of(company, sent)
    after_discount = bool(document.get("ApplyTaxAfterDiscount"))
    totals = add_up(sold, rates, after_discount=after_discount, explicit_tax=explicit_tax(company, sent))
    document["TxnTaxDetail"] = tax_detail(code, rates, totals)
    document["TotalAmt"] = totals.total
    if company.settings.multicurrency:
        document["HomeTotalAmt"] = to_cents(totals.total * document["ExchangeRate"])
    return totals


def _answer_lines(company: Company, sold: list[dict[str, Any]], totals: Totals, record: Record) -> list[dict[str, Any]]:
    """Lines as the API answers them: numbered, then the subtotal, then discount and shipping."""
    known = {line["Id"] for line in record.document.get("Line", []) if "Id" in line}
    first, last = [], []
    number = 0
    for line in sold:
        if line["DetailType"] == "SubTotalLineDetail":
            continue
        numbered = dict(line)
        if numbered.get("Id") not in known:
            numbered["Id"] = str(record.next_line)
            record.next_line += 1
        known.discard(numbered["Id"])  # a second line with the same id is a new line
        if line["DetailType"] == "DiscountLineDetail":
            last.append(_discount_line(company, numbered, totals))
        elif is_shipping(line):
            last.append(numbered)
        else:
            number += 1
            first.append({**numbered, "LineNum": number})
    subtotal = {"Amount": totals.subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return [*first, subtotal, *last]


def _discount_line(company: Company, line: dict[str, Any], totals: Totals) -> dict[str, Any]:
    account = company.need("Account", DISCOUNTS_GIVEN)
    percent = "DiscountPercent" in line["DiscountLineDetail"]
    detail = {"DiscountAccountRef": {"value": account.id, "name": title(account)}} | line["DiscountLineDetail"]
    return {**line, "Amount": totals.discount, "DiscountLineDetail": detail | {"PercentBased": percent}}


def _without_untracked(company: Company, document: dict[str, Any]) -> dict[str, Any]:
    """Without classes and locations that the company doesn't track: they are not kept."""
    settings = company.settings
    if settings.class_tracking != "transaction":
        document.pop("ClassRef", None)
    if not settings.track_departments:
        document.pop("DepartmentRef", None)
    if settings.class_tracking != "line":
        for line in document["Line"]:
            line.get("SalesItemLineDetail", {}).pop("ClassRef", None)
    return document


def quantities(company: Company, entity: str, document: dict[str, Any]) -> dict[str, Decimal]:
    """Units of tracked items that the document takes from stock, by item id; less than none for what comes back."""
    taken: dict[str, Decimal] = {}
    sign = -1 if entity in TAKES_BACK else 1
    for line in document["Line"]:
        if is_item_line(line) and not is_shipping(line):
            detail = line["SalesItemLineDetail"]
            item = company.get("Item", detail["ItemRef"]["value"])
            if item is not None and item.document["Type"] == "Inventory":
                taken[item.id] = taken.get(item.id, ZERO) + sign * detail.get("Qty", ZERO)
    return taken


def owed(entity: str, document: dict[str, Any]) -> Decimal:
    """What the customer owes by the document, in its currency; less than nothing for an open credit."""
    balance: Decimal = document["Balance"]
    return -balance if entity == "CreditMemo" else balance


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
        result["SalesItemLineDetail"] = {**detail, **{name: ZERO for name in ("Qty", "UnitPrice") if name in detail}}
    if "DiscountLineDetail" in line:
        detail = line["DiscountLineDetail"]
        result["DiscountLineDetail"] = {name: value for name, value in detail.items() if name != "DiscountPercent"}
    return result
