"""One line of a sales form: its kind, its arithmetic, its tax code. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.money import ZERO, to_cents, to_price, unit_price, within_digits
from sandbox.quickbooks.settings import CompanySettings

SHIPPING_ITEM = "SHIPPING_ITEM_ID"
_MORE_THAN_ALL = Decimal(1000)  # percent: what goes beyond is as wrong, and a product of 30 digits can't be rounded
SUBTOTAL_WORD = "Subtotal:"  # begins the description of a line that shows the sum so far (reference, section 9)
_KINDS = ("SalesItemLineDetail", "DiscountLineDetail", "SubTotalLineDetail", "GroupLineDetail", "DescriptionOnly")


def check_lines(lines: list[dict[str, Any]], settings: CompanySettings) -> None:
    """Raises Refused for what is wrong whatever the items are: 2170, 2020, 2290, 6000, 6090."""
    for line in lines:
        _check_kind(line)
        nested = line["GroupLineDetail"].get("Line", []) if line["DetailType"] == "GroupLineDetail" else []
        for part in nested:
            if part["DetailType"] != "SalesItemLineDetail" or "ItemRef" not in part.get("SalesItemLineDetail", {}):
                raise errors.business("The lines of a bundle must sell items.", "GroupLineDetail")
        for one in (line, *nested):
            if one["DetailType"] == "SalesItemLineDetail":
                _check_sales_line(one, settings)
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    if len(discounts) > 1:
        raise errors.business("A transaction can have one discount line only.", "DiscountLineDetail")
    if discounts:
        _check_discount(discounts[0], settings)
    _check_shipping(lines, settings)


def priced(line: dict[str, Any], settings: CompanySettings, code: str | None = "NON") -> dict[str, Any]:
    """The sales line with Amount, Qty and UnitPrice in agreement, its own discount taken off the amount.

    code: the tax code of a line that names none. Raises Refused: 6070, 6000.
    UnitPrice and Qty beat Amount: where they disagree the line is refused, or Amount recomputed, by setting.
    """
    detail = dict(line["SalesItemLineDetail"])
    amount = line["Amount"]
    if amount and detail.get("Qty") == 0 and detail.get("UnitPrice") == 0:
        # python-quickbooks sends two zeros for "not given"; its integration test reads the Amount back from Intuit
        del detail["Qty"], detail["UnitPrice"]
    if _is_discounted(detail):
        amount = _discounted(detail, amount, settings)
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if price is not None:
        detail["UnitPrice"] = to_price(price)
        product = _product(detail) - (detail["DiscountAmt"] if _is_discounted(detail) else ZERO)
        if product != amount and settings.arithmetic == "refuse":
            said = f"Amount {amount} is not equal to UnitPrice * Qty, {product}"
            raise errors.coded("6070", "Amount calculation incorrect in the request", said, "Line.Amount")
        amount = product
    amount = to_cents(amount)
    if price is None and quantity and to_cents(quantity * unit_price(amount, quantity)) == amount:
        detail["UnitPrice"] = unit_price(amount, quantity)  # left out where seven decimals don't give the amount back
    if code is not None:
        detail.setdefault("TaxCodeRef", {"value": code})
    return {**line, "Amount": amount, "SalesItemLineDetail": detail}


def _product(detail: dict[str, Any]) -> Decimal:
    return to_cents(within_digits(detail.get("Qty", Decimal(1)) * detail["UnitPrice"], "Line.Amount"))


def _is_discounted(detail: dict[str, Any]) -> bool:
    return bool(detail.get("DiscountRate") or detail.get("DiscountAmt"))


def _discounted(detail: dict[str, Any], amount: Decimal, settings: CompanySettings) -> Decimal:
    """Set in place the price before the line's own discount, and DiscountAmt; the amount to hold against them.

    Of DiscountRate and DiscountAmt the rate wins (reference, 9). Without a UnitPrice, Amount is that before discount.
    """
    if settings.line_discounts == "refuse":
        raise errors.business("Discounts on lines are not supported in this company.", "DiscountAmt")
    bare = "UnitPrice" not in detail
    if bare:
        detail["UnitPrice"] = unit_price(amount, detail.get("Qty") or Decimal(1))
    product = _product(detail | {"UnitPrice": to_price(detail["UnitPrice"])})
    rate = detail.get("DiscountRate")
    off = to_cents(product * min(rate, _MORE_THAN_ALL) / 100 if rate else detail["DiscountAmt"])
    if not ZERO <= off <= max(product, ZERO):
        raise errors.business("The discount of a line must be between 0 and its amount.", "DiscountAmt")
    detail["DiscountAmt"] = off
    if bare and not off:  # a rate that takes off less than half a cent: the amount stands, whatever its price rounds to
        del detail["UnitPrice"]
    return product - off if bare and off else amount


def discount_of(lines: list[dict[str, Any]], subtotal: Decimal) -> Decimal:
    """The amount that the discount line takes off; zero without one.

    A DiscountPercent wins over the amount, even a percentage of zero.
    """
    for line in lines:
        if line["DetailType"] == "DiscountLineDetail":
            percent = line["DiscountLineDetail"].get("DiscountPercent")
            return to_cents(line["Amount"] if percent is None else subtotal * min(percent, _MORE_THAN_ALL) / 100)
    return ZERO


def all_item_lines(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines that sell items, those inside bundles too."""
    for line in lines:
        if line["DetailType"] == "GroupLineDetail":
            yield from all_item_lines(line["GroupLineDetail"].get("Line", []))
        elif is_item_line(line):
            yield line


def with_items_changed(lines: list[dict[str, Any]], change: Callable[[dict[str, Any]], dict[str, Any]]) -> list[Any]:
    """The lines with each one that sells an item changed, those inside bundles too; a bundle's amount is their sum."""
    result = []
    for line in lines:
        if line["DetailType"] == "GroupLineDetail":
            parts = with_items_changed(line["GroupLineDetail"].get("Line", []), change)
            amount = sum((part["Amount"] for part in parts), ZERO)
            result.append({**line, "Amount": amount, "GroupLineDetail": {**line["GroupLineDetail"], "Line": parts}})
        else:
            result.append(change(line) if is_item_line(line) else line)
    return result


def is_subtotal_remark(line: dict[str, Any]) -> bool:
    """Whether the line shows the sum of the lines above it."""
    return line["DetailType"] == "DescriptionOnly" and str(line.get("Description", "")).startswith(SUBTOTAL_WORD)


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
    if kind == "GroupLineDetail" and "GroupItemRef" not in line[kind]:
        raise errors.Refused(errors.missing("Line.GroupLineDetail.GroupItemRef"))


def _check_sales_line(line: dict[str, Any], settings: CompanySettings) -> None:
    if "Amount" not in line:
        raise errors.Refused(errors.missing("Line.Amount"))
    detail = line["SalesItemLineDetail"]
    numbers = (line["Amount"], detail.get("Qty", ZERO), detail.get("UnitPrice", ZERO))
    if min(numbers) < 0 and settings.negative_lines == "refuse":
        raise errors.Refused(errors.negative_amount("Line.Amount"))


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
