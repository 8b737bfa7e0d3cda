"""python-quickbooks, unchanged: payments, credits, refunds, deposits and journal entries against the sandbox."""

from __future__ import annotations

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import GeneralException, QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.deposit import Deposit, DepositLine
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.journalentry import JournalEntry, JournalEntryLine, JournalEntryLineDetail
from quickbooks.objects.payment import Payment
from quickbooks.objects.refundreceipt import RefundReceipt

from tests.contract.clients.builders import customer, link, linked, reference, sales_line, service


@pytest.fixture
def buyer(qb: QuickBooks) -> Customer:
    return customer("Ann Buyer").save(qb=qb)


@pytest.fixture
def mug(qb: QuickBooks) -> Item:
    return service("Mug").save(qb=qb)


def _account(qb: QuickBooks, name: str) -> Account:
    [found] = Account.filter(Name=name, qb=qb)
    return found


def _invoice(qb: QuickBooks, buyer: Customer, mug: Item, amount: float) -> Invoice:
    made = Invoice()
    made.CustomerRef = buyer.to_ref()
    made.Line = [sales_line(mug, amount)]
    return made.save(qb=qb)


def _payment(qb: QuickBooks, invoice: Invoice, amount: float) -> Payment:
    made = Payment()
    made.CustomerRef = invoice.CustomerRef
    made.TotalAmt = amount
    made.Line = [link(invoice, amount)]
    return made.save(qb=qb)


def test_a_payment_settles_its_invoice_and_gives_it_back_when_void(qb: QuickBooks, buyer: Customer, mug: Item) -> None:
    invoice = _invoice(qb, buyer, mug, 20)
    payment = _payment(qb, invoice, 15)
    assert (payment.TotalAmt, payment.UnappliedAmt) == (15, 0)
    paid = Invoice.get(invoice.Id, qb=qb)
    assert paid.Balance == 5 and paid.LinkedTxn[0].TxnId == payment.Id
    assert Customer.get(buyer.Id, qb=qb).Balance == 5
    payment.void(qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).Balance == 20
    assert Payment.get(payment.Id, qb=qb).TotalAmt == 0


def test_more_than_the_balance_cannot_be_linked(qb: QuickBooks, buyer: Customer, mug: Item) -> None:
    invoice = _invoice(qb, buyer, mug, 20)
    with pytest.raises(GeneralException) as refused:
        _payment(qb, invoice, 21)
    assert refused.value.error_code == 620


def test_a_credit_memo_pays_an_invoice_by_a_payment_of_nothing(qb: QuickBooks, buyer: Customer, mug: Item) -> None:
    invoice = _invoice(qb, buyer, mug, 20)
    memo = CreditMemo()
    memo.CustomerRef = buyer.to_ref()
    memo.Line = [sales_line(mug, 8)]
    memo = memo.save(qb=qb)
    assert memo.RemainingCredit == 8
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = buyer.to_ref(), 0
    payment.Line = [link(invoice, 8), link(memo, 8)]
    payment.save(qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).Balance == 12
    assert CreditMemo.get(memo.Id, qb=qb).RemainingCredit == 0


def test_a_refund_leaves_a_bank_account(qb: QuickBooks, buyer: Customer, mug: Item) -> None:
    bank = _account(qb, "Checking")
    refund = RefundReceipt()
    refund.CustomerRef = buyer.to_ref()
    refund.DepositToAccountRef = reference(bank.Id)
    refund.Line = [sales_line(mug, 7)]
    refund = refund.save(qb=qb)
    assert refund.TotalAmt == 7
    assert _account(qb, "Checking").CurrentBalance == bank.CurrentBalance - 7
    refund.delete(qb=qb)
    assert _account(qb, "Checking").CurrentBalance == bank.CurrentBalance


def test_a_deposit_moves_payments_from_undeposited_funds_less_a_fee(qb: QuickBooks, buyer: Customer, mug: Item) -> None:
    payment = _payment(qb, _invoice(qb, buyer, mug, 20), 20)
    before = _account(qb, "Checking").CurrentBalance
    held, fee = DepositLine(), DepositLine()
    held.Amount, held.LinkedTxn, held.DetailType = 20, [linked(payment)], None
    fee.Amount = -1
    fee.DepositLineDetail = {"AccountRef": {"value": _account(qb, "Merchant Fees").Id}}
    deposit = Deposit()
    deposit.DepositToAccountRef = reference(_account(qb, "Checking").Id)
    deposit.Line = [held, fee]
    deposit = deposit.save(qb=qb)
    assert deposit.TotalAmt == 19
    assert _account(qb, "Checking").CurrentBalance == before + 19
    with pytest.raises(QuickbooksException) as refused:
        Payment.get(payment.Id, qb=qb).void(qb=qb)
    assert refused.value.error_code == 6540


def test_a_journal_entry_balances(qb: QuickBooks) -> None:
    entry = JournalEntry()
    for posting, account in (("Debit", "Merchant Fees"), ("Credit", "Checking")):
        line = JournalEntryLine()
        line.Amount = 3
        line.JournalEntryLineDetail = JournalEntryLineDetail()
        line.JournalEntryLineDetail.PostingType = posting
        line.JournalEntryLineDetail.AccountRef = reference(_account(qb, account).Id)
        entry.Line.append(line)
    made = entry.save(qb=qb)
    assert [line.JournalEntryLineDetail.PostingType for line in JournalEntry.get(made.Id, qb=qb).Line] == [
        "Debit",
        "Credit",
    ]
    made.delete(qb=qb)
    assert JournalEntry.count(qb=qb) == 0
