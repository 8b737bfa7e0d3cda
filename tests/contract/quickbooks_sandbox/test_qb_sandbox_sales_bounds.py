"""What a hostile caller tries with amounts, dates, accounts and currencies, over HTTP: refused in words, books even."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.quickbooks import SandboxConfig
from tests.contract.quickbooks_sandbox.books_client import REALM, Books, connect, discount, line, sale
from tests.contract.quickbooks_sandbox.company import adjusted, booked, chair, fee
from tests.support.quickbooks_sandbox import running

HUGE = Decimal(10) ** 15 - 1
EURO = {"CustomerRef": {"value": "1"}, "CurrencyRef": {"value": "EUR"}}
POUND = {"CustomerRef": {"value": "2"}, "CurrencyRef": {"value": "GBP"}}
CHECKING = {"DepositToAccountRef": {"value": "5"}}


@pytest.fixture
async def many() -> AsyncIterator[Books]:
    """A company of several currencies: customer 1 pays in euros, at 1.08 from January on."""
    async with running(SandboxConfig(companies={REALM: "multicurrency"})) as sandbox:
        yield await connect(sandbox)


async def _balances(books: Books) -> dict[str, Decimal]:
    answer = await books.sandbox.control("GET", "trial-balance")
    assert answer["total"] == "0.00"
    rows = {row["name"]: Decimal(row["debit"]) - Decimal(row["credit"]) for row in answer["accounts"]}
    return {name: amount for name, amount in rows.items() if amount}


async def test_payments_deposits_and_journals_take_the_rate_of_the_table_as_forms_do(many: Books) -> None:
    invoice = (await many.post("invoice", EURO | {"Line": [line(100, item="9001")]})).of("Invoice")
    settled = {"Amount": 100, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    payment = (await many.post("payment", EURO | {"TotalAmt": 100, "Line": [settled]})).of("Payment")
    link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    body = CHECKING | {"CurrencyRef": {"value": "EUR"}, "Line": [{"LinkedTxn": [link]}]}
    deposit = (await many.post("deposit", body)).of("Deposit")
    lines = [booked("Debit", "12", 10), booked("Credit", "5", 10)]
    entry = (await many.post("journalentry", {"CurrencyRef": {"value": "EUR"}, "Line": lines})).of("JournalEntry")
    rates = [document["ExchangeRate"] for document in (invoice, payment, deposit, entry)]
    assert rates == [Decimal("1.08")] * 4
    expected = {
        "Sales of Product Income": Decimal(-108),
        "Checking": Decimal("97.20"),
        "Merchant Fees": Decimal("10.8"),
    }
    assert await _balances(many) == expected


@pytest.mark.parametrize("rate", [HUGE, Decimal(10) ** 11])
@pytest.mark.parametrize(
    ("entity", "body"),
    [
        ("invoice", EURO | {"Line": [line(HUGE - 1, item="9001")]}),
        ("invoice", EURO | {"Line": [line(HUGE - 1, item="9001"), discount(HUGE - 1)]}),
        ("payment", EURO | {"TotalAmt": HUGE}),
        ("deposit", CHECKING | {"CurrencyRef": {"value": "EUR"}, "Line": [fee(HUGE), fee(-HUGE)]}),
        (
            "journalentry",
            {"CurrencyRef": {"value": "EUR"}, "Line": [booked("Debit", "12", HUGE), booked("Credit", "13", HUGE)]},
        ),
    ],
)
async def test_what_no_amount_can_say_in_home_currency_is_refused(
    many: Books, entity: str, body: dict[str, Any], rate: Decimal
) -> None:
    assert (await many.post(entity, body | {"ExchangeRate": rate})).codes == ["2090"]
    assert await _balances(many) == {}


async def test_stock_worth_more_than_an_amount_can_say_is_refused_on_every_way(books: Books) -> None:
    dear = chair("Diamond", quantity=0, cost=Decimal(99_999_999_999))
    item = (await books.post("item", dear)).of("Item")
    sold = sale(line(0, item=item["Id"], qty=HUGE))
    counted = {**item, "QtyOnHand": HUGE}
    adjustment = {"AdjustAccountRef": {"value": "6"}, "TxnDate": "2026-03-01", "Line": [adjusted(item["Id"], HUGE)]}
    for entity, body in (
        ("salesreceipt", sold),
        ("creditmemo", sold),
        ("inventoryadjustment", adjustment),
        ("item", counted),
        ("item", {**dear, "Name": "Diamond ring", "QtyOnHand": HUGE}),
    ):
        assert (await books.post(entity, body)).codes == ["2090"], entity
    assert await _balances(books) == {}


async def test_a_due_date_behind_the_last_day_there_is_is_refused(books: Books) -> None:
    body = sale(line(1), TxnDate="9999-12-31", SalesTermRef={"value": "3"})
    assert (await books.post("invoice", body)).codes == ["2060"]
    assert (await books.post("invoice", body | {"DueDate": "9999-12-31"})).status == 200


@pytest.mark.parametrize(("deposit", "code"), [(Decimal("100.01"), "6000"), (Decimal("-0.01"), "2290")])
async def test_no_more_than_the_invoice_is_paid_with_it(books: Books, deposit: Decimal, code: str) -> None:
    assert (await books.post("invoice", sale(line(100), Deposit=deposit))).codes == [code]
    whole = (await books.post("invoice", sale(line(100), Deposit=100))).of("Invoice")
    assert whole["Balance"] == 0
    less = {"Id": whole["Id"], "SyncToken": "0", "sparse": True, "Line": [line(99)]}
    assert (await books.post("invoice", less)).codes == ["6000"]


@pytest.mark.parametrize("numbers", [{"qty": -2}, {"qty": -2, "price": -5}, {"price": -10}])
async def test_a_quantity_or_a_price_below_zero_is_refused_whatever_they_come_to(
    books: Books, numbers: dict[str, Any]
) -> None:
    body = sale(line(10, item="3", **({"qty": 1} | numbers)))
    assert (await books.post("salesreceipt", body)).codes == ["2290"]
    assert (await books.get("item/3")).of("Item")["QtyOnHand"] == 10


async def test_tax_below_zero_on_one_rate_is_refused_though_the_sum_is_above(books: Books) -> None:
    await books.sandbox.control("POST", "companies", {"realm": "77", "template": "uk"})
    uk = await connect(books.sandbox, "77")
    await uk.post("customer", {"DisplayName": "Ann"})
    await uk.post("item", {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    taxes = [
        {"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": rate}}}
        for rate, amount in (("2", -5), ("3", 7))
    ]
    body = sale(line(10, tax="2"), line(10, tax="3"), GlobalTaxCalculation="TaxExcluded")
    assert (await uk.post("invoice", body | {"TxnTaxDetail": {"TaxLine": taxes}})).codes == ["2290"]


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("salesreceipt", sale(line(10), discount(1, DiscountAccountRef={"value": "8"})), "6430"),
        ("salesreceipt", sale(line(10), discount(1, DiscountAccountRef={"value": "5"})), "6430"),
        ("deposit", CHECKING | {"Line": [fee(30, account="8")]}, "6000"),
        ("deposit", CHECKING | {"Line": [fee(30)], "CashBack": {"AccountRef": {"value": "8"}, "Amount": 3}}, "6000"),
        (
            "inventoryadjustment",
            {"AdjustAccountRef": {"value": "8"}, "TxnDate": "2026-03-01", "Line": [adjusted("3", 1)]},
            "6000",
        ),
    ],
)
async def test_nothing_is_booked_on_a_receivable_without_its_customer(
    books: Books, entity: str, body: dict[str, Any], code: str
) -> None:
    assert (await books.post(entity, body)).codes == [code]


async def test_a_deposit_line_on_a_receivable_takes_from_what_its_customer_owes(books: Books) -> None:
    taken = fee(30, account="8")
    taken["DepositLineDetail"]["Entity"] = {"value": "1", "type": "CUSTOMER"}
    made = (await books.post("deposit", CHECKING | {"Line": [taken]})).of("Deposit")
    assert (await books.get("customer/1")).of("Customer")["Balance"] == -30
    assert (await _balances(books))["Accounts Receivable (A/R)"] == -30
    await books.post("deposit", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert (await books.get("customer/1")).of("Customer")["Balance"] == 0


async def test_no_document_names_an_account_of_a_third_currency(many: Books) -> None:
    bank = (
        await many.post("account", {"Name": "Bank (EUR)", "AccountType": "Bank", "CurrencyRef": {"value": "EUR"}})
    ).of("Account")
    there = {"DepositToAccountRef": {"value": bank["Id"]}}
    sold = {"Line": [line(10, item="9001")]}
    assert (await many.post("salesreceipt", POUND | there | sold)).codes == ["6000"]
    assert (await many.post("payment", POUND | there | {"TotalAmt": 1})).codes == ["6000"]
    assert (await many.post("payment", EURO | {"TotalAmt": 1, "ARAccountRef": {"value": "8"}})).codes == ["6000"]
    pounds = {"CurrencyRef": {"value": "GBP"}}
    assert (await many.post("deposit", pounds | there | {"Line": [fee(5)]})).codes == ["6000"]
    assert (await many.post("deposit", pounds | CHECKING | {"Line": [fee(5, account=bank["Id"])]})).codes == ["6000"]
    lines = [booked("Debit", bank["Id"], 5), booked("Credit", "12", 5)]
    assert (await many.post("journalentry", pounds | {"Line": lines})).codes == ["6000"]
    assert (await many.post("salesreceipt", EURO | there | sold)).status == 200
    assert await _balances(many) == {"Sales of Product Income": Decimal("-10.8"), "Bank (EUR)": Decimal("10.8")}


async def test_an_exempt_customer_pays_no_automated_tax_but_what_is_sent(books: Books) -> None:
    exempt = (await books.post("customer", {"DisplayName": "School", "Taxable": False})).of("Customer")
    body = sale(line(100, tax="TAX"), CustomerRef={"value": exempt["Id"]})
    free = (await books.post("invoice", body)).of("Invoice")
    assert (free["TotalAmt"], free["TxnTaxDetail"]) == (100, {"TotalTax": 0})
    named = (await books.post("invoice", body | {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}})).of("Invoice")
    assert named["TotalAmt"] == 100
    sent = (await books.post("invoice", body | {"TxnTaxDetail": {"TotalTax": 5}})).of("Invoice")
    assert (sent["TotalAmt"], sum(tax["Amount"] for tax in sent["TxnTaxDetail"]["TaxLine"])) == (105, 5)
    taxed = (await books.post("invoice", sale(line(100, tax="TAX")))).of("Invoice")
    assert taxed["TotalAmt"] == Decimal("108.25")


async def test_a_sparse_update_of_what_decides_the_tax_computes_it_anew(books: Books) -> None:
    made = (await books.post("invoice", sale(line(100, tax="TAX"), discount(50)))).of("Invoice")
    who = {"Id": made["Id"], "sparse": True}
    assert made["TxnTaxDetail"]["TotalTax"] == Decimal("8.25")
    after = (await books.post("invoice", who | {"SyncToken": "0", "ApplyTaxAfterDiscount": True})).of("Invoice")
    assert after["TxnTaxDetail"]["TotalTax"] == Decimal("4.13")  # 7.25 % of 50: 3.63, 1 %: 0.50
    noted = (await books.post("invoice", who | {"SyncToken": "1", "GlobalTaxCalculation": "TaxExcluded"})).of("Invoice")
    assert (noted["TxnTaxDetail"], noted["SyncToken"]) == (after["TxnTaxDetail"], "1")


async def test_what_was_paid_with_an_invoice_goes_into_a_deposit_by_setting_only(books: Books) -> None:
    invoice = (await books.post("invoice", sale(line(100), Deposit=40))).of("Invoice")
    link = {"TxnId": invoice["Id"], "TxnType": "Invoice", "TxnLineId": "0"}
    body = CHECKING | {"Line": [{"LinkedTxn": [link]}]}
    assert (await books.post("deposit", body)).codes == ["2170"]
    await books.sandbox.settings(deposit_takes_invoices="take")
    assert (await books.post("deposit", CHECKING | {"Line": [{"Amount": 41, "LinkedTxn": [link]}]})).codes == ["620"]
    made = (await books.post("deposit", body)).of("Deposit")
    assert made["TotalAmt"] == 40
    balances = await _balances(books)
    assert balances["Checking"] == 40 and "Undeposited Funds" not in balances
    assert (await books.post("deposit", body)).codes == ["620"]
    held = (await books.get(f"invoice/{invoice['Id']}")).of("Invoice")
    assert (held["LinkedTxn"], held["Balance"]) == ([{"TxnId": made["Id"], "TxnType": "Deposit"}], 60)
    assert (await books.post("invoice", held | {"Deposit": 30})).codes == ["6540"]
    await books.post("deposit", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert (await _balances(books))["Undeposited Funds"] == 40
    elsewhere = (await books.post("invoice", sale(line(9), Deposit=9, **CHECKING))).of("Invoice")
    other = {**link, "TxnId": elsewhere["Id"]}
    assert (await books.post("deposit", CHECKING | {"Line": [{"LinkedTxn": [other]}]})).codes == ["620"]


async def test_a_start_at_zero_is_refused_or_read_as_the_first_row_by_setting(books: Books) -> None:
    statement = "SELECT * FROM Item ORDERBY Id STARTPOSITION 0 MAXRESULTS 1"
    assert (await books.query(statement)).codes == ["4001"]
    await books.sandbox.settings(query_start_zero="first")
    answer = (await books.query(statement)).json["QueryResponse"]
    assert (answer["startPosition"], [row["Id"] for row in answer["Item"]]) == (1, ["1"])
    assert (await books.query("SELECT * FROM Item MAXRESULTS 0")).codes == ["4001"]
