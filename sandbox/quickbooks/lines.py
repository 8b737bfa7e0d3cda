"""One line of a sales form: its kind, its arithmetic, its tax code. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.money import ZERO, to_cents, to_price
from sandbox.quickbooks.settings import CompanySettings

SHIPPING_ITEM = "SHIPPING_ITEM_ID"
US_LINE_CODES = ("TAX", "NON")
_KINDS = ("SalesItemLineDetail", "DiscountLineDetail", "SubTotalLineDetail", "GroupLineDetail", "DescriptionOnly")


def check_lines(lines: list[dict[str, Any]], settings: CompanySettings) -> None:
    """Raises Refused for what is wrong whatever the items are: 2170, 2020, 2290, 6100, 6000, 6090."""
    for line in lines:
        _check_kind(line)
        if line["DetailType"] == "SalesItemLineDetail":
            _check_sales_line(line, settings)
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    if len(discounts) > 1:
        raise errors.business("A transaction can have one discount line only.", "DiscountLineDetail")
    if discounts:
        _check_discount(discounts[0], settings)
    _check_shipping(lines, settings)


def priced(line: dict[str, Any], settings: CompanySettings) -> dict[str, Any]:
    """The sales line with Amount, Qty and UnitPrice in agreement. Raises Refused 6070.

    UnitPrice and Qty beat Amount: where they disagree the line is refused, or Amount recomputed, by setting.
    """
    detail = dict(line["SalesItemLineDetail"])
    amount, quantity, price = line["Amount"], detail.get("Qty"), detail.get("UnitPrice")
    if amount and quantity == 0 and price == 0:
        # python-quickbooks sends two zeros for "not given"; its integration test reads the Amount back from Intuit
        del detail["Qty"], detail["UnitPrice"]
        quantity = price = None
    if price is not None:
        price = to_price(price)
        detail["UnitPrice"] = price
        product = to_cents((Decimal(1) if quantity is None else quantity) * price)
        if product != amount and settings.arithmetic == "refuse":
            said = f"Amount {amount} is not equal to UnitPrice * Qty, {product}"
            raise errors.coded("6070", "Amount calculation incorrect in the request", said, "Line.Amount")
        amount = product
    amount = to_cents(amount)
    if price is None and quantity:
        detail["UnitPrice"] = to_price(amount / quantity)
    detail.setdefault("TaxCodeRef", {"value": "NON"})
    return {**line, "Amount": amount, "SalesItemLineDetail": detail}


def discount_of(lines: list[dict[str, Any]], subtotal: Decimal) -> Decimal:
    """The amount that the discount line takes off; zero without one.

    A DiscountPercent wins over the amount, even a percentage of zero.
    """
    for line in lines:
        if line["DetailType"] == "DiscountLineDetail":
            percent = line["DiscountLineDetail"].get("DiscountPercent")
            return to_cents(line["Amount"] if percent is None else subtotal * percent / 100)
    return ZERO


def is_item_line(line: dict[str, Any]) -> bool:
    """Whether the line sells an item; without an ItemRef a line is a mere remark and its amount doesn't count."""
    return line["DetailType"] == "SalesItemLineDetail" and "ItemRef" in line["SalesItemLineDetail"]


def is_shipping(line: dict[str, Any]) -> bool:
    """Whether the line fills the form's shipping field."""
    return is_item_line(line) and line["SalesItemLineDetail"]["ItemRef"]["value"] == SHIPPING_ITEM


def is_taxable(line: dict[str, Any]) -> bool:
    """Whether sales tax is due on the line."""
    return is_item_line(line) and bool(line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX")


def as_remark(line: dict[str, Any]) -> dict[str, Any]:
    """The line as a description without an amount."""
    kept: dict[str, Any] = {name: line[name] for name in ("Id", "Description") if name in line}
    return {**kept, "DetailType": "DescriptionOnly", "DescriptionLineDetail": line.get("DescriptionLineDetail", {})}


def _check_kind(line: dict[str, Any]) -> None:
    kind = line["DetailType"]
    if kind not in _KINDS:
        raise errors.Refused(errors.bad_enumeration("Line.DetailType", kind, _KINDS))
    if kind in ("SalesItemLineDetail", "DiscountLineDetail", "GroupLineDetail") and kind not in line:
        raise errors.Refused(errors.missing(f"Line.{kind}"))
    if kind == "GroupLineDetail":
        raise errors.unsupported("GroupLineDetail without a bundle of the company")


def _check_sales_line(line: dict[str, Any], settings: CompanySettings) -> None:
    if "Amount" not in line:
        raise errors.Refused(errors.missing("Line.Amount"))
    detail = line["SalesItemLineDetail"]
    negative = line["Amount"] < 0 or detail.get("Qty", ZERO) * detail.get("UnitPrice", ZERO) < 0
    if negative and settings.negative_lines == "refuse":
        raise errors.Refused(errors.negative_amount("Line.Amount"))
    code = detail.get("TaxCodeRef", {"value": "NON"})["value"]
    if code not in US_LINE_CODES:
        said = f"Tax code {code} on a line: in a US company it must be TAX or NON"
        raise errors.coded("6100", "Invalid tax code", said, "TaxCodeRef")


def _check_discount(line: dict[str, Any], settings: CompanySettings) -> None:
    if not settings.allow_discount:
        raise errors.business("Discounts are turned off in this company.", "DiscountLineDetail")
    detail = line["DiscountLineDetail"]
    if "Amount" not in line and "DiscountPercent" not in detail:
        raise errors.coded("6090", "Discount incomplete", "A discount needs an amount or a percentage.", "Line.Amount")
    if line.get("Amount", ZERO) < 0 or detail.get("DiscountPercent", ZERO) < 0:
        raise errors.Refused(errors.negative_amount("Line.Amount"))


def _check_shipping(lines: list[dict[str, Any]], settings: CompanySettings) -> None:
    shipping = [line for line in lines if is_item_line(line) and is_shipping(line)]
    if shipping and not settings.allow_shipping:
        raise errors.business("Shipping is turned off in this company.", "ItemRef")
    if len(shipping) > 1:
        raise errors.business("A transaction has one shipping field only.", "ItemRef")
