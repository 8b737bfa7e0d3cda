"""Objects of python-quickbooks, as its users make them."""

from __future__ import annotations

from typing import Any

from quickbooks.objects.base import LinkedTxn, Ref
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.item import Item
from quickbooks.objects.payment import PaymentLine


def customer(name: str) -> Customer:
    made = Customer()
    made.DisplayName = name
    return made


def service(name: str, income: str = "1") -> Item:
    made = Item()
    made.Name, made.Type = name, "Service"
    made.IncomeAccountRef = reference(income)
    return made


def reference(value: Any) -> Ref:
    made = Ref()
    made.value = str(value)
    return made


def sales_line(item: Item, amount: Any) -> SalesItemLine:
    line = SalesItemLine()
    line.Amount = amount
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = reference(item.Id)
    line.SalesItemLineDetail.TaxCodeRef = reference("NON")
    return line


def link(transaction: Any, amount: float) -> PaymentLine:
    """A payment's line: so much of it is for this transaction."""
    line = PaymentLine()
    line.Amount = amount
    line.LinkedTxn = [linked(transaction)]
    return line


def linked(transaction: Any) -> LinkedTxn:
    made = LinkedTxn()
    made.TxnId, made.TxnType, made.TxnLineId = transaction.Id, transaction.qbo_object_name, "0"
    return made
