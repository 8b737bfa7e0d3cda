"""Payments, deposits, journals and adjustments: links, open balances, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Record
from tests.contract.quickbooks_sandbox.company import Firm, adjusted, booked, fee, refusal, settles, sold

ANN, JEAN = {"CustomerRef": {"value": "1"}}, {"CustomerRef": {"value": "2"}}
CHECKING = {"DepositToAccountRef": {"value": "5"}}


def _invoice(firm: Firm, amount: Any = 100, customer: dict[str, Any] = ANN) -> Record:
    return firm.create("Invoice", **customer, Line=[sold(amount)])


def test_a_payment_without_lines_is_unapplied_and_waits_in_undeposited_funds() -> None:
    firm = Firm()
    payment = firm.create("Payment", **ANN, TotalAmt=25).document
    assert (payment["UnappliedAmt"], payment["DepositToAccountRef"]["value"], payment["Line"]) == (25, "4", [])


def test_an_invoice_shows_its_payments_and_is_open_again_when_one_is_deleted() -> None:
    firm = Firm()
    invoice = _invoice(firm)
    payment = firm.create("Payment", **ANN, TotalAmt=60, Line=[settles(invoice, 60)])
    assert firm.read(invoice, "LinkedTxn") == [{"TxnId": payment.id, "TxnType": "Payment"}]
    assert (firm.read(invoice, "Balance"), firm.read(invoice, "SyncToken")) == (40, "1")
    firm.delete(payment)
    assert (firm.read(invoice, "Balance"), firm.read(invoice, "LinkedTxn")) == (100, None)
    assert firm.balances() == {
        "Accounts Receivable (A/R)": "100.00",
        "Sales of Product Income": "-100.00",
        "Inventory Asset": "30.00",
        "Opening Balance Equity": "-30.00",
    }


def test_a_link_leaves_the_token_where_the_setting_says_so() -> None:
    firm = Firm(link_moves_token=False)
    invoice = _invoice(firm)
    firm.create("Payment", **ANN, TotalAmt=60, Line=[settles(invoice, 60)])
    assert (firm.read(invoice, "Balance"), firm.read(invoice, "SyncToken")) == (40, "0")


@pytest.mark.parametrize("amount", [100.01, 101])
def test_more_than_is_open_can_t_be_linked(amount: float) -> None:
    firm = Firm()
    invoice = _invoice(firm)
    assert refusal(firm.create, "Payment", **ANN, TotalAmt=200, Line=[settles(invoice, amount)]) == "620"
    first = firm.create("Payment", **ANN, TotalAmt=90, Line=[settles(invoice, 90)])
    assert refusal(firm.create, "Payment", **ANN, TotalAmt=11, Line=[settles(invoice, 11)]) == "620"
    assert firm.update(first, TotalAmt=100, Line=[settles(invoice, 100)]).document["UnappliedAmt"] == 0
    assert firm.read(invoice, "Balance") == 0


def test_what_is_another_customer_s_or_in_another_currency_can_t_be_linked() -> None:
    firm = Firm(multicurrency=True)
    invoice = _invoice(firm)
    euros = firm.create("Customer", DisplayName="Anne", CurrencyRef={"value": "EUR"})
    bill = firm.create(
        "Invoice", CustomerRef={"value": euros.id}, CurrencyRef={"value": "EUR"}, Line=[sold(5)], ExchangeRate=1.1
    )
    assert refusal(firm.create, "Payment", **JEAN, TotalAmt=5, ExchangeRate=1, Line=[settles(bill, 5)]) == "620"
    assert refusal(firm.create, "Payment", **JEAN, TotalAmt=5, ExchangeRate=1, Line=[settles(invoice, 5)]) == "620"
    assert refusal(firm.create, "Payment", **ANN, TotalAmt=5, Line=[settles(bill, 5)]) == "620"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TotalAmt": -1}, "2290"),
        ({"TotalAmt": 5, "Line": [{"Amount": 5}]}, "2020"),
        ({"TotalAmt": 5, "Line": [{"LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "2020"),
        ({"TotalAmt": 5, "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "77", "TxnType": "Invoice"}]}]}, "610"),
        ({"TotalAmt": 5, "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "1", "TxnType": "SalesReceipt"}]}]}, "2170"),
        ({"TotalAmt": 5, "Line": [{"Amount": 6, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "6000"),
        ({"TotalAmt": 5, "DepositToAccountRef": {"value": "1"}}, "6430"),
        ({}, "2020"),
    ],
)
def test_payments_that_make_no_sense_are_refused(body: dict[str, Any], code: str) -> None:
    firm = Firm()
    _invoice(firm)
    assert refusal(firm.create, "Payment", **ANN, **body) == code
    assert list(firm.company.rows("Payment")) == []


def test_a_voided_payment_lets_go_of_its_invoices() -> None:
    firm = Firm()
    invoice = _invoice(firm)
    payment = firm.create("Payment", **ANN, TotalAmt=100, Line=[settles(invoice, 100)], PrivateNote="card")
    voided = firm.void(payment).document
    assert (voided["TotalAmt"], voided["UnappliedAmt"], voided["Line"]) == (0, 0, [])
    assert (voided["PrivateNote"], firm.read(invoice, "Balance"), firm.entry(payment)) == ("Voided - card", 100, {})


def test_a_voided_invoice_leaves_its_payments_unapplied() -> None:
    firm = Firm()
    invoice = _invoice(firm)
    payment = firm.create("Payment", **ANN, TotalAmt=130, Line=[settles(invoice, 100)])
    firm.void(invoice)
    assert (firm.read(payment, "UnappliedAmt"), firm.read(payment, "Line")) == (130, [])
    assert (firm.read(invoice, "Balance"), firm.read(invoice, "LinkedTxn")) == (0, None)
    assert firm.balances()["Accounts Receivable (A/R)"] == "-130.00"


def test_deleting_a_paid_invoice_is_refused_or_unapplies_its_payments_by_setting() -> None:
    firm = Firm()
    invoice = _invoice(firm)
    payment = firm.create("Payment", **ANN, TotalAmt=100, Line=[settles(invoice, 100)])
    assert refusal(firm.delete, invoice) == "800"
    firm.company.settings = CompanySettings(delete_linked="unapply")
    firm.delete(invoice)
    assert (firm.read(payment, "UnappliedAmt"), firm.balances()["Accounts Receivable (A/R)"]) == (100, "-100.00")


def test_an_invoice_can_shrink_below_what_is_paid_by_setting_only() -> None:
    firm = Firm()
    invoice = _invoice(firm)
    payment = firm.create("Payment", **ANN, TotalAmt=80, Line=[settles(invoice, 80)])
    assert firm.update(invoice, Line=[sold(90)]).document["Balance"] == 10
    assert refusal(firm.update, invoice, Line=[sold(79)]) == "6000"
    assert refusal(firm.update, invoice, **JEAN) == "6000"
    firm.company.settings = CompanySettings(invoice_below_payments="unapply")
    assert firm.update(invoice, Line=[sold(79)]).document["Balance"] == 0
    assert (firm.read(payment, "UnappliedAmt"), firm.read(payment, "Line")[0]["Amount"]) == (1, 79)


def test_what_is_in_a_deposit_can_t_be_changed_voided_or_deleted() -> None:
    firm = Firm()
    receipt = firm.create("SalesReceipt", **ANN, Line=[sold(100)])
    payment = firm.create("Payment", **ANN, TotalAmt=50)
    deposit = firm.create("Deposit", **CHECKING, Line=[settles(receipt, 100, "0"), settles(payment, 50, "0")])
    assert firm.read(receipt, "LinkedTxn") == [{"TxnId": deposit.id, "TxnType": "Deposit"}]
    for record in (receipt, payment):
        assert refusal(firm.update, record, PrivateNote="x") == "6540"
        assert refusal(firm.void, record) == "6540"
        assert refusal(firm.delete, record) == "6540"
    firm.delete(deposit)
    assert firm.update(receipt, PrivateNote="x").document["PrivateNote"] == "x"
    firm.delete(payment)


def test_a_transaction_is_deposited_once_and_whole_and_only_from_undeposited_funds() -> None:
    firm = Firm()
    receipt = firm.create("SalesReceipt", **ANN, Line=[sold(100)])
    banked = firm.create("SalesReceipt", **ANN, **CHECKING, Line=[sold(100)])
    line = settles(receipt, 100, "0")
    assert refusal(firm.create, "Deposit", **CHECKING, Line=[line, line]) == "620"
    assert refusal(firm.create, "Deposit", **CHECKING, Line=[settles(receipt, 99, "0")]) == "620"
    assert refusal(firm.create, "Deposit", **CHECKING, Line=[settles(receipt, 100, "1")]) == "620"
    assert refusal(firm.create, "Deposit", **CHECKING, Line=[settles(banked, 100, "0")]) == "620"
    deposit = firm.create("Deposit", **CHECKING, Line=[line])
    assert refusal(firm.create, "Deposit", **CHECKING, Line=[line]) == "620"
    changed = firm.update(deposit, Line=[{**line, "Id": "1"}, fee(-3)])
    assert (changed.document["TotalAmt"], changed.document["Line"][0]["Id"]) == (97, "1")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "1", "TxnType": "SalesReceipt"}]}]}, "2020"),
        ({"Line": [{"Amount": 5, "DetailType": "DepositLineDetail"}]}, "2020"),
        ({"Line": [{"Amount": 5, "DepositLineDetail": {}}]}, "2020"),
        ({"Line": [{"DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": {"value": "12"}}}]}, "2020"),
        ({"Line": [settles(Record("Invoice", {"Id": "1"}), 5, "0")]}, "2170"),
        ({"Line": [settles(Record("Payment", {"Id": "9"}), 5, "0")]}, "610"),
        ({"Line": [fee(-5)]}, "6000"),
        ({"Line": [fee(5)], "DepositToAccountRef": {"value": "1"}}, "6000"),
        ({"Line": [fee(5, account="99")]}, "2500"),
        ({"Line": [fee(5)], "CashBack": {"AccountRef": {"value": "13"}, "Amount": -1}}, "2290"),
    ],
)
def test_deposits_that_make_no_sense_are_refused(body: dict[str, Any], code: str) -> None:
    firm = Firm()
    firm.create("SalesReceipt", **ANN, Line=[sold(5)])
    assert refusal(firm.create, "Deposit", **(CHECKING | body)) == code


def test_a_journal_entry_on_a_customer_s_account_can_be_paid() -> None:
    firm = Firm()
    entry = firm.create("JournalEntry", Line=[booked("Debit", "8", 40, "1"), booked("Credit", "2", 40)])
    assert firm.company.need("Customer", "1").document["Balance"] == 40
    assert refusal(firm.create, "Payment", **JEAN, TotalAmt=40, Line=[settles(entry, 40)]) == "620"
    payment = firm.create("Payment", **ANN, TotalAmt=40, Line=[settles(entry, 40)])
    assert refusal(firm.delete, entry) == "800"
    less = [booked("Debit", "8", 39, "1"), booked("Credit", "2", 39)]
    assert refusal(firm.update, entry, Line=less) == "6000"
    firm.delete(payment)
    firm.update(entry, Line=less)
    assert firm.company.need("Customer", "1").document["Balance"] == 39


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([booked("Debit", "12", 7), booked("Credit", "13", 6.99)], "6000"),
        ([booked("Debit", "12", 0)], "6000"),
        ([booked("Debit", "8", 7), booked("Credit", "13", 7)], "6000"),
        ([booked("Debit", "12", 7), booked("Credit", "16", 7, "1")], "6000"),
        ([booked("Debit", "8", 7, "44"), booked("Credit", "13", 7)], "2500"),
        ([booked("Debit", "12", -7), booked("Credit", "13", -7)], "2290"),
        ([booked("Dr", "12", 7), booked("Credit", "13", 7)], "2170"),
        ([{"Amount": 7, "DetailType": "JournalEntryLineDetail"}], "2020"),
        ([{"Amount": 7}], "2020"),
    ],
)
def test_journal_entries_that_make_no_sense_are_refused(lines: list[dict[str, Any]], code: str) -> None:
    assert refusal(Firm().create, "JournalEntry", Line=lines) == code


def test_the_date_of_an_adjustment_stays_and_is_not_before_the_item_s_start() -> None:
    firm = Firm()
    body = {"AdjustAccountRef": {"value": "15"}, "Line": [adjusted(firm.chair.id, -2)]}
    assert refusal(firm.create, "InventoryAdjustment", **body, TxnDate="2026-01-14") == "6270"
    assert refusal(firm.create, "InventoryAdjustment", **body) == "2020"
    loss = firm.create("InventoryAdjustment", **body, TxnDate="2026-02-01")
    assert refusal(firm.update, loss, TxnDate="2026-02-02") == "6000"
    assert firm.read(firm.chair, "QtyOnHand") == 8
    firm.update(loss, Line=[adjusted(firm.chair.id, -3)])
    assert firm.entry(loss) == {"Inventory Asset": "-9.00", "Inventory Shrinkage": "9.00"}
    firm.delete(loss)
    assert (firm.read(firm.chair, "QtyOnHand"), firm.balances()["Inventory Asset"]) == (10, "30.00")


@pytest.mark.parametrize("code", ["5020", "5030"])
def test_a_company_without_the_plan_has_no_adjustments(code: str) -> None:
    firm = Firm(inventory_adjustments=code)
    body = {"AdjustAccountRef": {"value": "15"}, "Line": [adjusted(firm.chair.id, 1)], "TxnDate": "2026-02-01"}
    assert refusal(firm.create, "InventoryAdjustment", **body) == code


@pytest.mark.parametrize(
    "kind", ["SalesReceipt", "Invoice", "Payment", "Deposit", "JournalEntry", "InventoryAdjustment"]
)
def test_closed_books_refuse_every_type_on_every_way(kind: str) -> None:
    firm = Firm()
    bodies: dict[str, dict[str, Any]] = {
        "SalesReceipt": ANN | {"Line": [sold(5)]},
        "Invoice": ANN | {"Line": [sold(5)]},
        "Payment": ANN | {"TotalAmt": 5},
        "Deposit": CHECKING | {"Line": [fee(5)]},
        "JournalEntry": {"Line": [booked("Debit", "12", 7), booked("Credit", "13", 7)]},
        "InventoryAdjustment": {"AdjustAccountRef": {"value": "15"}, "Line": [adjusted(firm.chair.id, 1)]},
    }
    old = firm.create(kind, **bodies[kind], TxnDate="2026-03-01")
    new = firm.create(kind, **bodies[kind], TxnDate="2026-05-01")
    for password, code in ((False, "6200"), (True, "6210")):
        firm.company.settings = CompanySettings(book_close_date=date(2026, 3, 31), book_close_password=password)
        before = firm.balances()
        assert refusal(firm.create, kind, **bodies[kind], TxnDate="2026-03-31") == code
        assert refusal(firm.update, old, PrivateNote="x") == code
        assert refusal(firm.update, new, TxnDate="2026-03-01") == code
        assert refusal(firm.delete, old) == code
        if kind in ("SalesReceipt", "Invoice", "Payment"):
            assert refusal(firm.void, old) == code
        assert firm.balances() == before
    assert firm.update(new, PrivateNote="x").document["PrivateNote"] == "x"


def test_a_quantity_can_t_be_set_into_closed_books_or_before_the_item_began() -> None:
    firm = Firm(book_close_date=date(2026, 1, 1))
    assert refusal(firm.update, firm.chair, QtyOnHand=4) == "6000"
    assert refusal(firm.update, firm.chair, QtyOnHand=4, InvStartDate="2026-01-10") == "6270"
    firm.company.settings = CompanySettings(book_close_date=date(2026, 3, 31))
    assert refusal(firm.update, firm.chair, QtyOnHand=4, InvStartDate="2026-03-31") == "6200"
    assert firm.update(firm.chair, QtyOnHand=4, InvStartDate="2026-04-01").document["QtyOnHand"] == 4


def test_a_sale_moves_the_item_s_time_but_never_its_token() -> None:
    firm = Firm()
    firm.company.clock.advance(3600)
    before = firm.read(firm.chair, "MetaData")
    firm.create("SalesReceipt", **ANN, Line=[sold(5, item=firm.chair.id, quantity=1)])
    after = firm.read(firm.chair, "MetaData")
    assert after["LastUpdatedTime"] > before["LastUpdatedTime"]
    assert (after["CreateTime"], firm.read(firm.chair, "SyncToken")) == (before["CreateTime"], "0")
    firm.company.settings = CompanySettings(stock_moves_item_time=False)
    firm.company.clock.advance(3600)
    firm.create("SalesReceipt", **ANN, Line=[sold(5, item=firm.chair.id, quantity=1)])
    assert firm.read(firm.chair, "MetaData") == after
    assert firm.read(firm.chair, "QtyOnHand") == 8


def test_balances_of_those_above_include_those_below_and_go_along_when_one_moves() -> None:
    firm = Firm()
    job = firm.create("Customer", DisplayName="Ann's garden", Job=True, ParentRef={"value": "1"})
    _invoice(firm, 30, {"CustomerRef": {"value": job.id}})
    _invoice(firm, 5)
    ann, jean = (firm.company.need("Customer", number) for number in ("1", "2"))
    assert (firm.read(ann, "Balance"), firm.read(ann, "BalanceWithJobs")) == (5, 35)
    firm.update(job, ParentRef={"value": "2"})
    assert (firm.read(ann, "BalanceWithJobs"), firm.read(jean, "BalanceWithJobs")) == (5, 30)


def test_accounts_show_their_balance_and_income_shows_none() -> None:
    firm = Firm()
    firm.create("SalesReceipt", **ANN, Line=[sold(100, tax="TAX")])
    shown = {row.document["Name"]: row.document["CurrentBalance"] for row in firm.company.rows("Account")}
    assert (str(shown["Undeposited Funds"]), str(shown["Sales Tax Payable"])) == ("108.25", "-8.25")
    assert shown["Sales of Product Income"] == 0
