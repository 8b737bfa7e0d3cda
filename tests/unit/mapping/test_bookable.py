"""What keeps a sale out of the books: each reason, in words, with the setting that would help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.commerce.payment import Payment, Tender, TenderKind
from shared.commerce.sale import Sale, Source, TaxShare
from shared.mapping.books import Books
from shared.mapping.parked import Parked, Reason
from shared.mapping.sale import check_bookable
from shared.settings.model import Settings
from tests.unit.mapping.sales import books, document, line, sale, settings

PLAIN = sale(line())
TAXED = sale(line(tax=Decimal("0.83")))
DISCOUNTED = sale(line(discount=Decimal("1.00")))


def check(what: Sale, how: Settings, where: Books) -> None:
    check_bookable(what, how, where)
    document(what, how, where)


@pytest.mark.parametrize(
    ("what", "how", "where", "reason", "said", "setting"),
    [
        (replace(PLAIN, source=Source("main", 1, "1", 1, "holded")), {}, {}, Reason.STATE_NOT_CHOSEN,
         "orders in state 'holded' aren't chosen; chosen are processing, complete", "sales.states"),
        (replace(PLAIN, source=Source("main", 1, "1", 1, "")), {}, {}, Reason.STATE_NOT_CHOSEN,
         "'(none)'", "sales.states"),
        (PLAIN, {"sales": {"start_date": "2026-11-25"}}, {}, Reason.BEFORE_START_DATE,
         "placed on 2026-11-24, before 2026-11-25", "sales.start_date"),
        (sale(), {}, {}, Reason.LINES_DIFFER, "no line", ""),
        (PLAIN, {}, {"country": "CA"}, Reason.COUNTRY_NOT_SUPPORTED, "companies in CA", ""),
        (replace(PLAIN, currency="EUR"), {}, {}, Reason.CURRENCY_NOT_SUPPORTED, "is in EUR, the books are in USD", ""),
        (replace(PLAIN, tenders=(Tender(TenderKind.GIFT_CARD, Decimal("5.00")),)), {}, {}, Reason.TENDER_NOT_MAPPED,
         "5.00 USD was paid by gift card", ""),
        (PLAIN, {}, {"custom_numbers": False}, Reason.NUMBERS_OFF, "custom transaction numbers", "sales.numbers"),
        (DISCOUNTED, {}, {"allows_discount": False}, Reason.DISCOUNTS_OFF, "set discount to net", "sales.discount"),
        (TAXED, {}, {"uses_sales_tax": False}, Reason.TAX_OFF, "0.83 USD of tax", ""),
        (TAXED, {"tax": {"unmapped": "park"}}, {}, Reason.TAX_NOT_MAPPED, "the tax rate 'US-TX'", "tax.codes"),
        (TAXED, {}, {"automated_tax": False}, Reason.TAX_NOT_MAPPED, "the tax rate 'US-TX'", "tax.codes"),
        (replace(TAXED, taxes=(TaxShare("", Decimal(0), Decimal("0.83")),)), {"tax": {"unmapped": "park"}}, {},
         Reason.TAX_NOT_MAPPED, "'(no code)'", "tax.codes"),
        (TAXED, {"tax": {"codes": {"US-TX": "Ohio"}}}, {}, Reason.REFERENCE_MISSING, "code named 'Ohio'",
         "tax.codes"),
        (replace(TAXED, taxes=tuple(TaxShare(code, Decimal(4), Decimal("0.40")) for code in ("T", "A"))),
         {"tax": {"codes": {"T": "Texas", "A": "Austin"}}}, {"automated_tax": False}, Reason.TAX_NOT_MAPPED,
         "several tax codes (Austin, Texas)", "tax.codes"),
        (PLAIN, {"payments": {"deposit_to": "Vault"}}, {}, Reason.REFERENCE_MISSING, "account named 'Vault'",
         "payments.deposit_to"),
        (PLAIN, {"payments": {"methods": {"checkmo": {"deposit_to": "Vault"}}}}, {}, Reason.REFERENCE_MISSING,
         "'Vault'", "payments.methods.checkmo.deposit_to"),
        (PLAIN, {"payments": {"methods": {"checkmo": {"method": "Barter"}}}}, {}, Reason.REFERENCE_MISSING,
         "payment method named 'Barter'", "payments.methods.checkmo.method"),
        (PLAIN, {"sales": {"class_name": "Shop"}}, {"class_per_document": True}, Reason.REFERENCE_MISSING,
         "class named 'Shop'", "sales.class_name"),
        (PLAIN, {"sales": {"location": "Moon"}}, {"tracks_locations": True}, Reason.REFERENCE_MISSING,
         "location named 'Moon'", "sales.location"),
        (DISCOUNTED, {"sales": {"discount_account": "Nix"}}, {}, Reason.REFERENCE_MISSING, "'Nix'",
         "sales.discount_account"),
    ],
)  # fmt: skip
def test_what_cannot_be_booked_says_why(
    what: Sale, how: dict[str, Any], where: dict[str, Any], reason: Reason, said: str, setting: str
) -> None:
    check(PLAIN, settings(), books())
    with pytest.raises(Parked) as caught:
        check(what, settings(**how), books(**where))
    assert (caught.value.reason, caught.value.setting) == (reason, setting)
    assert said in caught.value.text


def test_settings_that_help_do_help() -> None:
    check(DISCOUNTED, settings(sales={"discount": "net"}), books(allows_discount=False))
    check(PLAIN, settings(sales={"numbers": "quickbooks"}), books(custom_numbers=False))
    check(TAXED, settings(tax={"codes": {"US-TX": "Texas"}, "unmapped": "park"}), books(automated_tax=False))
    check(replace(PLAIN, currency="EUR"), settings(), books(multicurrency=True))


def test_the_start_date_is_counted_in_the_shops_zone() -> None:
    first = settings(sales={"start_date": "2026-11-24"})
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo("America/Los_Angeles"))  # 08:00 UTC
    check_bookable(replace(PLAIN, placed_at=midnight), first, books())
    with pytest.raises(Parked):
        check_bookable(replace(PLAIN, placed_at=midnight.replace(day=23, hour=23, minute=59)), first, books())


def test_a_mapped_rate_names_its_tax_code_and_an_unmapped_one_leaves_it_to_quickbooks() -> None:
    mapped = document(TAXED, settings(tax={"codes": {"US-TX": "texas"}})).body["TxnTaxDetail"]
    assert mapped == {"TotalTax": Decimal("0.83"), "TxnTaxCodeRef": {"value": "21"}}
    assert document(TAXED).body["TxnTaxDetail"] == {"TotalTax": Decimal("0.83")}


def test_a_rate_that_brought_nothing_needs_no_code() -> None:
    taxes = (*TAXED.taxes, TaxShare("ZERO", Decimal(0), Decimal(0)))
    check(replace(TAXED, taxes=taxes), settings(tax={"codes": {"US-TX": "Texas"}, "unmapped": "park"}), books())


def test_money_goes_where_its_method_says_else_where_all_goes() -> None:
    how = settings(
        payments={"deposit_to": "Checking", "methods": {"paypal": {"deposit_to": "PayPal", "method": "Check"}}}
    )
    by_method = document(replace(PLAIN, payment=Payment("paypal", "9XY" * 20)), how).body
    assert by_method["DepositToAccountRef"] == {"value": "36"}
    assert by_method["PaymentMethodRef"] == {"value": "3"}
    assert len(by_method["PaymentRefNum"]) == 21
    other = document(PLAIN, how).body
    assert other["DepositToAccountRef"] == {"value": "35"}
    assert "PaymentMethodRef" not in other


def test_class_and_location_go_where_the_company_tracks_them() -> None:
    how = settings(sales={"class_name": "Web", "location": "Online"})
    per_line = document(PLAIN, how, books(class_per_line=True)).body
    assert per_line["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "5"}
    assert "ClassRef" not in per_line
    whole = document(PLAIN, how, books(class_per_document=True, tracks_locations=True)).body
    assert (whole["ClassRef"], whole["DepartmentRef"]) == ({"value": "5"}, {"value": "2"})
    neither = document(PLAIN, how).body
    assert not {"ClassRef", "DepartmentRef"} & set(neither)


def test_a_foreign_sale_names_its_currency() -> None:
    assert document(replace(PLAIN, currency="EUR"), where=books(multicurrency=True)).body["CurrencyRef"] == {
        "value": "EUR"
    }
    assert "CurrencyRef" not in document(PLAIN).body
