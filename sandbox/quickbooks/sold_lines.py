"""Lines of a sales form between the request and the answer: what an item adds, bundles, numbers, the order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.account_rules import PROFIT_AND_LOSS, check_type
from sandbox.quickbooks.accounting import stock
from sandbox.quickbooks.lines import (
    SHIPPING_ITEM,
    SUBTOTAL_WORD,
    as_remark,
    is_item_line,
    is_shipping,
    is_subtotal_remark,
    priced,
    with_items_changed,
)
from sandbox.quickbooks.money import ZERO, to_cents, within_digits
from sandbox.quickbooks.profile import default_account
from sandbox.quickbooks.references import title
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.taxation import model_of
from sandbox.quickbooks.taxation.inclusive import INCLUSIVE, gross_given
from sandbox.quickbooks.totals import Totals

PRODUCT_INCOME = "1"


def sold_lines(company: Company, form: dict[str, Any]) -> list[dict[str, Any]]:
    """The form's lines with prices and accounts. Raises Refused: 6000, 6070, 6270, 6520."""
    expanded = [_expanded(company, line) for line in form["Line"]]
    remarked = [as_remark(line) if _without_item(line) else line for line in expanded]
    return with_items_changed(remarked, lambda line: _sold(company, form, line))


def answer_lines(company: Company, lines: list[dict[str, Any]], totals: Totals, record: Record) -> list[dict[str, Any]]:
    """Lines as the API answers them: numbered, then the subtotal, then discount and shipping."""
    known = {line["Id"] for line in _flat(record.document.get("Line", [])) if "Id" in line}
    first, last = [], []
    number, so_far = 0, ZERO
    for line in lines:
        if line["DetailType"] == "SubTotalLineDetail":
            continue
        numbered = _numbered(line, known, record)
        if line["DetailType"] == "DiscountLineDetail":
            last.append(_discount_line(company, numbered, totals))
        elif is_shipping(line):
            last.append(numbered)
        else:
            number += 1
            first.append({**numbered, "LineNum": number})
            if is_subtotal_remark(line):
                text = f"{SUBTOTAL_WORD} {to_cents(so_far):f}"
                first[-1] |= {"Amount": to_cents(so_far), "Description": text}
                so_far = ZERO
            elif line["DetailType"] != "DescriptionOnly":
                so_far += line["Amount"]
    subtotal = {"Amount": totals.subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return [*first, subtotal, *last]


def _without_item(line: dict[str, Any]) -> bool:
    return line["DetailType"] == "SalesItemLineDetail" and not is_item_line(line)


def _flat(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for line in lines for one in (line, *line.get("GroupLineDetail", {}).get("Line", []))]


def _numbered(line: dict[str, Any], known: set[str], record: Record) -> dict[str, Any]:
    """With an id of its own, the parts of a bundle too."""
    numbered = dict(line)
    if numbered.get("Id") not in known:
        numbered["Id"] = str(record.next_line)
        record.next_line += 1
    known.discard(numbered["Id"])  # a second line with the same id is a new line
    if line["DetailType"] == "GroupLineDetail":
        parts = [_numbered(part, known, record) for part in line["GroupLineDetail"]["Line"]]
        numbered["GroupLineDetail"] = {**line["GroupLineDetail"], "Line": parts}
    return numbered


def _expanded(company: Company, line: dict[str, Any]) -> dict[str, Any]:
    """A bundle's line with the lines of its parts; those that were sent are kept. Raises Refused 6000."""
    if line["DetailType"] != "GroupLineDetail":
        return line
    detail = dict(line["GroupLineDetail"])
    bundle = company.need("Item", detail["GroupItemRef"]["value"]).document
    if bundle["Type"] != "Group":
        raise errors.business("GroupItemRef must be a bundle.", "GroupItemRef")
    quantity = detail.setdefault("Quantity", Decimal(1))
    if quantity < 0:
        raise errors.Refused(errors.negative_amount("Line.GroupLineDetail.Quantity"))
    if not detail.get("Line"):
        parts = bundle["ItemGroupDetail"]["ItemGroupLine"]
        detail["Line"] = [_part(company, part["ItemRef"], part["Qty"] * quantity) for part in parts]
    return {**line, "GroupLineDetail": detail}


def _part(company: Company, reference: dict[str, Any], quantity: Decimal) -> dict[str, Any]:
    item = company.need("Item", reference["value"]).document
    price = item.get("UnitPrice", ZERO)
    detail: dict[str, Any] = {"ItemRef": dict(reference), "Qty": quantity, "UnitPrice": price}
    if "SalesTaxCodeRef" in item:
        detail["TaxCodeRef"] = {"value": item["SalesTaxCodeRef"]["value"]}
    elif company.settings.country == "US":
        detail["TaxCodeRef"] = {"value": "TAX" if item.get("Taxable") else "NON"}
    amount = to_cents(within_digits(price * quantity, "Line.Amount"))
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def _sold(company: Company, form: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    result = _priced(company, form, line)
    detail = result["SalesItemLineDetail"]
    if detail["ItemRef"]["value"] == SHIPPING_ITEM:
        return {
            **result,
            "SalesItemLineDetail": {
                **detail,
                "ItemAccountRef": _account(company, default_account(company, "DefaultShippingAccount")),
            },
        }
    item = company.need("Item", detail["ItemRef"]["value"]).document
    if item["Type"] in ("Category", "Group"):
        raise errors.business(f"An item of the type {item['Type']} can't be sold on a line of its own.", "ItemRef")
    if item["Type"] == "Inventory":
        if "Qty" not in detail:
            raise errors.coded("6520", "Quantity missing", "An item whose stock is tracked needs a quantity.", "Qty")
        if form["TxnDate"] < item["InvStartDate"]:
            said = f"The transaction is dated before the item's start date {item['InvStartDate']}."
            raise errors.coded("6270", "Invalid inventory date", said, "TxnDate")
        stock.refuse_beyond_digits(item, detail["Qty"])
    account = item["IncomeAccountRef"] if "IncomeAccountRef" in item else _account(company, PRODUCT_INCOME)
    return {**result, "SalesItemLineDetail": {**detail, "ItemAccountRef": account}}


def _priced(company: Company, form: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    """Amounts in agreement. A discounted line with TaxInclusiveAmt is that of an answer, whose parts are net."""
    detail = line["SalesItemLineDetail"]
    came_back = form.get("GlobalTaxCalculation") == INCLUSIVE and gross_given(line) is not None
    if came_back and detail.get("DiscountAmt"):
        return {**line, "Amount": to_cents(line["Amount"])}
    return priced(line, company.settings, model_of(company.settings).line_code)


def _account(company: Company, account_id: str) -> dict[str, str]:
    account = company.need("Account", account_id)
    return {"value": account.id, "name": title(account)}


def _discount_line(company: Company, line: dict[str, Any], totals: Totals) -> dict[str, Any]:
    percent = "DiscountPercent" in line["DiscountLineDetail"]
    account = _account(company, default_account(company, "DefaultDiscountAccount"))
    detail = {"DiscountAccountRef": account} | line["DiscountLineDetail"]
    check_type(company, detail, "DiscountAccountRef", PROFIT_AND_LOSS)
    return {**line, "Amount": totals.discount, "DiscountLineDetail": detail | {"PercentBased": percent}}
