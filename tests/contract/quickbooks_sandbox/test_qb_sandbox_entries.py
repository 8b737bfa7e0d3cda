"""What each type of document posts, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from sandbox.quickbooks.accounting.entry import Unbalanced
from sandbox.quickbooks.accounting.postings import postings
from sandbox.quickbooks.accounting.trial_balance import balances
from tests.contract.quickbooks_sandbox.company import Firm, adjusted, booked, chair, fee, settles, sold

ANN, JEAN = {"CustomerRef": {"value": "1"}}, {"CustomerRef": {"value": "2"}}
DISCOUNT = {"Amount": 5, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
SHIPPING = {
    "Amount": 8,
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {"ItemRef": {"value": "SHIPPING_ITEM_ID"}},
}


def test_a_sales_receipt_posts_income_by_line_discount_shipping_and_tax_against_undeposited_funds() -> None:
    firm = Firm()
    lines = [sold(100, tax="TAX"), sold(20, item="2"), DISCOUNT, SHIPPING]
    receipt = firm.create("SalesReceipt", **ANN, Line=lines, TxnTaxDetail={"TotalTax": 9.5})
    assert firm.entry(receipt) == {
        "Undeposited Funds": "132.50",
        "Sales of Product Income": "-100.00",
        "Services": "-20.00",
        "Discounts given": "5.00",
        "Shipping Income": "-8.00",
        "Sales Tax Payable": "-9.50",
    }


def test_tax_goes_to_the_account_of_its_agency_where_there_is_one() -> None:
    firm = Firm()
    agency = firm.company.need("TaxAgency", "1").document["DisplayName"]
    firm.create("Account", Name=f"{agency} Payable", AccountType="Other Current Liability")
    receipt = firm.create("SalesReceipt", **ANN, Line=[sold(100, tax="TAX")])
    assert firm.entry(receipt)[f"{agency} Payable"] == "-8.25"
    assert "Sales Tax Payable" not in firm.entry(receipt)


def test_an_invoice_is_owed_but_for_what_was_paid_with_it() -> None:
    firm = Firm()
    invoice = firm.create("Invoice", **ANN, Line=[sold(100)], Deposit=30)
    assert firm.entry(invoice) == {
        "Accounts Receivable (A/R)": "70.00",
        "Undeposited Funds": "30.00",
        "Sales of Product Income": "-100.00",
    }
    assert firm.company.need("Customer", "1").document["Balance"] == 70


def test_stock_that_is_sold_costs_what_its_oldest_layers_cost() -> None:
    firm = Firm()
    firm.update(firm.chair, PurchaseCost=4)
    firm.update(firm.chair, QtyOnHand=15, InvStartDate="2026-02-01")
    sale = firm.create("SalesReceipt", **ANN, Line=[sold(96, item=firm.chair.id, quantity=12)])
    assert firm.entry(sale)["Cost of Goods Sold"] == "38.00"  # 10 at 3, then 2 at 4
    assert firm.balances()["Inventory Asset"] == "12.00"
    assert firm.read(firm.chair, "QtyOnHand") == 3


def test_what_is_sold_before_it_is_there_costs_its_purchase_cost_and_what_comes_later_fills_it() -> None:
    firm = Firm()
    sale = firm.create("SalesReceipt", **ANN, Line=[sold(96, item=firm.chair.id, quantity=12)])
    assert (firm.entry(sale)["Inventory Asset"], firm.read(firm.chair, "QtyOnHand")) == ("-36.00", -2)
    firm.update(firm.chair, PurchaseCost=5)
    stock = firm.create(
        "InventoryAdjustment", AdjustAccountRef={"value": "15"}, TxnDate="2026-03-01", Line=[adjusted(firm.chair.id, 3)]
    )
    assert firm.entry(stock) == {"Inventory Asset": "11.00", "Inventory Shrinkage": "-11.00"}  # 2 at 3, 1 at 5
    assert firm.balances()["Inventory Asset"] == "5.00"


def test_opening_stock_and_a_quantity_set_by_update_have_their_own_entries() -> None:
    firm = Firm()
    item = firm.create("Item", **chair("Table", quantity=4, cost=25))
    assert firm.entry(item) == {"Inventory Asset": "100.00", "Opening Balance Equity": "-100.00"}
    firm.update(item, QtyOnHand=3, InvStartDate="2026-05-01")
    assert firm.entry(item) == {
        "Inventory Asset": "75.00",
        "Opening Balance Equity": "-100.00",
        "Inventory Shrinkage": "25.00",
    }
    assert firm.read(item, "InvStartDate") == "2026-01-15"


def test_a_payment_moves_what_was_owed_to_undeposited_funds_and_a_surplus_is_owed_to_the_customer() -> None:
    firm = Firm()
    invoice = firm.create("Invoice", **ANN, Line=[sold(100)])
    payment = firm.create("Payment", **ANN, TotalAmt=120, Line=[settles(invoice, 100)])
    assert firm.entry(payment) == {"Undeposited Funds": "120.00", "Accounts Receivable (A/R)": "-120.00"}
    assert (firm.read(payment, "UnappliedAmt"), firm.read(invoice, "Balance")) == (20, 0)
    assert firm.company.need("Customer", "1").document["Balance"] == -20


def test_a_deposit_takes_money_to_the_bank_less_fee_and_cash() -> None:
    firm = Firm()
    receipt = firm.create("SalesReceipt", **ANN, Line=[sold(100)])
    payment = firm.create("Payment", **ANN, TotalAmt=50)
    deposit = firm.create(
        "Deposit",
        DepositToAccountRef={"value": "5"},
        Line=[settles(receipt, 100, "0"), settles(payment, 50, "0"), fee(-4.35)],
        CashBack={"AccountRef": {"value": "13"}, "Amount": 20},
    )
    assert firm.entry(deposit) == {
        "Checking": "125.65",
        "Payment Clearing": "20.00",
        "Undeposited Funds": "-150.00",
        "Merchant Fees": "4.35",
    }
    assert "Undeposited Funds" not in firm.balances()


def test_a_journal_entry_posts_its_lines() -> None:
    firm = Firm()
    entry = firm.create("JournalEntry", Line=[booked("Debit", "12", 7), booked("Credit", "13", 7)])
    assert firm.entry(entry) == {"Merchant Fees": "7.00", "Payment Clearing": "-7.00"}


def test_a_payment_at_another_rate_gains_or_loses_and_leaves_the_receivable_empty() -> None:
    firm = Firm(multicurrency=True)
    invoice = firm.create("Invoice", **JEAN, Line=[sold(100)], ExchangeRate=1.1)
    payment = firm.create("Payment", **JEAN, TotalAmt=100, ExchangeRate=1.2, Line=[settles(invoice, 100)])
    assert firm.entry(invoice)["Accounts Receivable (A/R) - EUR"] == "110.00"
    assert firm.entry(payment) == {
        "Undeposited Funds": "120.00",
        "Accounts Receivable (A/R) - EUR": "-110.00",
        "Exchange Gain or Loss": "-10.00",
    }
    assert "Accounts Receivable (A/R) - EUR" not in firm.balances()


def test_parts_paid_in_foreign_currency_take_together_what_the_invoice_put_there() -> None:
    firm = Firm(multicurrency=True)
    invoice = firm.create("Invoice", **JEAN, Line=[sold(10)], ExchangeRate=1.1111)
    paid = [
        firm.create("Payment", **JEAN, TotalAmt=amount, ExchangeRate=1.1111, Line=[settles(invoice, amount)])
        for amount in (3.33, 3.33, 3.34)
    ]
    assert "Accounts Receivable (A/R) - EUR" not in firm.balances()
    firm.delete(paid[0])
    assert firm.balances()["Accounts Receivable (A/R) - EUR"] == "3.70"  # as HomeBalance shows it
    assert firm.read(invoice, "HomeBalance") == balances(firm.company)[_account(firm)]


def test_cents_paid_one_by_one_take_no_more_than_the_invoice_put_there() -> None:
    firm = Firm(multicurrency=True)
    invoice = firm.create("Invoice", **JEAN, Line=[sold(0.03)], ExchangeRate=0.5)  # 0.02 at home, not three times 0.01
    for _ in range(3):
        firm.create("Payment", **JEAN, TotalAmt=0.01, ExchangeRate=0.5, Line=[settles(invoice, 0.01)])
    assert "Accounts Receivable (A/R) - EUR" not in firm.balances()


def test_what_rounding_leaves_of_a_foreign_document_goes_to_exchange_gain_or_loss() -> None:
    firm = Firm(multicurrency=True)
    receipt = firm.create("SalesReceipt", **JEAN, Line=[sold(0.01), sold(0.01), sold(0.01)], ExchangeRate=0.5)
    assert firm.entry(receipt) == {
        "Undeposited Funds": "0.02",
        "Sales of Product Income": "-0.03",
        "Exchange Gain or Loss": "0.01",
    }


def test_a_payment_at_rate_one_counts_among_those_of_an_invoice_at_another_rate() -> None:
    firm = Firm(multicurrency=True)
    invoice = firm.create("Invoice", **JEAN, Line=[sold(0.03)], ExchangeRate=0.5)
    first = firm.create("Payment", **JEAN, TotalAmt=0.01, ExchangeRate=1, Line=[settles(invoice, 0.01)])
    firm.create("Payment", **JEAN, TotalAmt=0.02, ExchangeRate=1, Line=[settles(invoice, 0.02)])
    firm.delete(first)
    assert firm.balances()["Accounts Receivable (A/R) - EUR"] == "0.01"
    assert firm.read(invoice, "HomeBalance") == balances(firm.company)[_account(firm)]


@pytest.mark.parametrize(("kind", "wrong"), [("SalesReceipt", "0.10"), ("Invoice", "-0.10"), ("CreditMemo", "1")])
def test_a_mistake_in_a_foreign_form_is_no_exchange_gain(kind: str, wrong: str) -> None:
    firm = Firm(multicurrency=True)
    record = firm.create(kind, **JEAN, Line=[sold(10), sold(7.77, tax="TAX")], ExchangeRate=1.0835)
    assert firm.entry(record)
    document = {**record.document, "TotalAmt": record.document["TotalAmt"] + Decimal(wrong)}
    with pytest.raises(Unbalanced):
        postings(firm.company, replace(record, document=document))


@pytest.mark.parametrize("wrong", ["0.10", "-0.10"])
def test_a_mistake_in_a_foreign_payment_or_deposit_is_no_exchange_gain(wrong: str) -> None:
    firm = Firm(multicurrency=True)
    invoice = firm.create("Invoice", **JEAN, Line=[sold(100)], ExchangeRate=1.1)
    payment = firm.create("Payment", **JEAN, TotalAmt=60, ExchangeRate=1.3, Line=[settles(invoice, 50)])
    euros = {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": 1.2, "DepositToAccountRef": {"value": "5"}}
    deposit = firm.create("Deposit", **euros, Line=[settles(payment, 60, "0"), fee(-1)])
    for record in (payment, deposit):
        total = firm.read(record, "TotalAmt") + Decimal(wrong)
        with pytest.raises(Unbalanced):
            postings(firm.company, replace(record, document={**firm.now(record).document, "TotalAmt": total}))


def _account(firm: Firm) -> str:
    return firm.company.holders("Account", "Accounts Receivable (A/R) - EUR")[0]


def test_a_credit_memo_takes_back_income_stock_and_what_is_owed() -> None:
    firm = Firm()
    memo = firm.create("CreditMemo", **ANN, Line=[sold(24, item=firm.chair.id, quantity=2)])
    assert firm.entry(memo) == {
        "Accounts Receivable (A/R)": "-24.00",
        "Sales of Product Income": "24.00",
        "Inventory Asset": "6.00",
        "Cost of Goods Sold": "-6.00",
    }
    assert (firm.read(firm.chair, "QtyOnHand"), firm.company.need("Customer", "1").document["Balance"]) == (12, -24)


def test_a_refund_receipt_pays_out_of_its_account_and_puts_goods_back() -> None:
    firm = Firm()
    line = sold(24, item=firm.chair.id, quantity=2)
    refund = firm.create("RefundReceipt", **ANN, DepositToAccountRef={"value": "5"}, Line=[line])
    assert firm.entry(refund) == {
        "Checking": "-24.00",
        "Sales of Product Income": "24.00",
        "Inventory Asset": "6.00",
        "Cost of Goods Sold": "-6.00",
    }
    firm.delete(refund)
    assert (firm.read(firm.chair, "QtyOnHand"), "Checking" in firm.balances()) == (10, False)


def test_a_payment_of_nothing_applies_a_credit_memo_to_an_invoice() -> None:
    firm = Firm()
    invoice = firm.create("Invoice", **ANN, Line=[sold(100)])
    memo = firm.create("CreditMemo", **ANN, Line=[sold(30)])
    payment = firm.create("Payment", **ANN, TotalAmt=0, Line=[settles(invoice, 30), settles(memo, 30)])
    assert (firm.read(invoice, "Balance"), firm.read(memo, "RemainingCredit"), firm.entry(payment)) == (70, 0, {})
    firm.void(invoice)  # what covered it is free again
    assert (firm.read(memo, "RemainingCredit"), firm.read(payment, "UnappliedAmt")) == (30, 0)
    firm.balances()


def test_open_credits_apply_themselves_to_the_next_invoice_where_the_company_prefers_it() -> None:
    firm = Firm(auto_apply_credit=True)
    memos = [firm.create("CreditMemo", **ANN, Line=[sold(amount)]) for amount in (30, 90)]
    firm.create("CreditMemo", **JEAN, Line=[sold(50)])
    invoice = firm.create("Invoice", **ANN, Line=[sold(100)])
    assert (invoice.document["Balance"], [firm.read(memo, "RemainingCredit") for memo in memos]) == (0, [0, 20])
    assert firm.company.need("Customer", "1").document["Balance"] == -20
    firm.company.settings.auto_apply_credit = False
    assert firm.create("Invoice", **ANN, Line=[sold(100)]).document["Balance"] == 100
    firm.balances()
