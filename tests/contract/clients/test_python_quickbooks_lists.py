"""python-quickbooks, unchanged: items of all types, taxes, rates of exchange and change data capture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from quickbooks import QuickBooks
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.customer import Customer
from quickbooks.objects.exchangerate import ExchangeRate
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.taxagency import TaxAgency
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.taxservice import TaxRateDetails, TaxService

from tests.contract.clients.builders import customer, reference, sales_line, service
from tests.contract.clients.conftest import SandboxProcess


def _account_id(qb: QuickBooks, name: str) -> str:
    [found] = Account.filter(Name=name, qb=qb)
    return str(found.Id)


def test_items_of_every_type_are_made(qb: QuickBooks) -> None:
    category = Item()
    category.Name, category.Type = "Kitchen", "Category"
    category = category.save(qb=qb)
    plain = service("Mug")
    plain.Type, plain.SubItem, plain.ParentRef = "NonInventory", True, reference(category.Id)
    assert plain.save(qb=qb).FullyQualifiedName == "Kitchen:Mug"
    stock = service("Chair")
    stock.Type, stock.TrackQtyOnHand, stock.QtyOnHand, stock.InvStartDate = "Inventory", True, 10, "2026-01-01"
    stock.ExpenseAccountRef = reference(_account_id(qb, "Cost of Goods Sold"))
    stock.AssetAccountRef = reference(_account_id(qb, "Inventory Asset"))
    assert stock.save(qb=qb).QtyOnHand == 10
    bundle = service("Set")
    bundle.Type = "Group"
    with pytest.raises(QuickbooksException) as refused:
        bundle.save(qb=qb)
    assert refused.value.error_code == 6000
    assert sorted(one.Type for one in Item.all(qb=qb)) == ["Category", "Inventory", "NonInventory"]


def test_tax_codes_are_made_by_the_tax_service(qb: QuickBooks) -> None:
    agency = TaxAgency()
    agency.DisplayName = "Town of Springfield"
    agency = agency.save(qb=qb)
    made = TaxService()
    made.TaxCode = "Town"
    rate = TaxRateDetails()
    rate.TaxRateName, rate.RateValue, rate.TaxAgencyId = "Town rate", 2, agency.Id
    made.TaxRateDetails = [rate]
    answer = made.save(qb=qb)
    assert answer.TaxCode == "Town"
    assert TaxCode.get(answer.TaxCodeId, qb=qb).Name == "Town"
    [stored] = TaxRate.filter(Name="Town rate", qb=qb)
    assert stored.RateValue == 2


def test_rates_of_exchange_are_set_and_read(sandbox: SandboxProcess, qb: QuickBooks) -> None:
    sandbox.settings(multicurrency=True)
    rate = ExchangeRate()
    rate.SourceCurrencyCode, rate.AsOfDate, rate.Rate = "EUR", "2026-11-01", 1.25
    assert rate.save(qb=qb).Rate == 1.25
    [found] = ExchangeRate.where("SourceCurrencyCode = 'EUR' AND AsOfDate = '2026-11-01'", qb=qb)
    assert found.Rate == 1.25


def test_change_data_capture_tells_what_changed_and_what_was_deleted(qb: QuickBooks) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    assert not hasattr(change_data_capture([Invoice], since.isoformat(), qb=qb), "Invoice")
    buyer, item = customer("Cdc").save(qb=qb), service("Mug").save(qb=qb)
    invoices = []
    for amount in (5, 6):
        invoice = Invoice()
        invoice.CustomerRef = buyer.to_ref()
        invoice.Line = [sales_line(item, amount)]
        invoices.append(invoice.save(qb=qb))
    invoices[0].delete(qb=qb)
    changed = change_data_capture([Invoice, Customer], since.isoformat(), qb=qb)
    assert [one.DisplayName for one in changed.Customer] == ["Cdc"]
    assert [(one.Id, getattr(one, "status", "")) for one in changed.Invoice] == [
        (invoices[1].Id, ""),
        (invoices[0].Id, "Deleted"),
    ]
