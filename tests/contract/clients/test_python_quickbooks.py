"""python-quickbooks, unchanged but for its base address: what integrators do with it works against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from quickbooks import QuickBooks
from quickbooks.batch import BatchManager, batch_create, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects.account import Account
from quickbooks.objects.base import Address, EmailAddress
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.customer import Customer
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.salesreceipt import SalesReceipt
from quickbooks.objects.term import Term

from tests.contract.clients.builders import customer, reference, sales_line, service
from tests.contract.clients.conftest import SandboxProcess


def test_a_customer_is_made_read_changed_and_put_away(qb: QuickBooks) -> None:
    made = customer("Ann O'Neil")
    made.PrimaryEmailAddr = EmailAddress()
    made.PrimaryEmailAddr.Address = "ann@example.com"
    made.BillAddr = Address()
    made.BillAddr.Line1, made.BillAddr.City = "1 Main Street", "Springfield"
    made = made.save(qb=qb)
    read = Customer.get(made.Id, qb=qb)
    assert (read.DisplayName, read.PrimaryEmailAddr.Address, read.BillAddr.City) == (
        "Ann O'Neil",
        "ann@example.com",
        "Springfield",
    )
    read.Notes = "likes mugs"
    changed = read.save(qb=qb)
    assert (changed.SyncToken, Customer.get(made.Id, qb=qb).Notes) == ("1", "likes mugs")
    changed.Active = False
    changed.save(qb=qb)
    assert Customer.filter(DisplayName="Ann O'Neil", qb=qb) == []
    assert [one.Id for one in Customer.filter(Active=False, qb=qb)] == [made.Id]


def test_a_full_update_clears_what_it_leaves_out_and_a_sparse_one_keeps_it(qb: QuickBooks) -> None:
    made = customer("Ben")
    made.Notes = "old"
    made = made.save(qb=qb)
    sparse = Customer()
    sparse.__dict__ = {"Id": made.Id, "SyncToken": made.SyncToken, "sparse": True, "CompanyName": "Ben Ltd"}
    assert sparse.save(qb=qb).Notes == "old"
    full = Customer.get(made.Id, qb=qb)
    full.Notes = None
    full.sparse = False
    assert getattr(full.save(qb=qb), "Notes", "") in ("", None)


def test_lists_are_filtered_chosen_counted_and_ordered(qb: QuickBooks) -> None:
    ids = [customer(name).save(qb=qb).Id for name in ("Cara", "Abe", "Bob's")]
    assert [one.DisplayName for one in Customer.all(order_by="DisplayName", qb=qb)] == ["Abe", "Bob's", "Cara"]
    assert [one.DisplayName for one in Customer.where("DisplayName LIKE '%b%'", qb=qb)] == ["Abe", "Bob's"]
    assert [one.Id for one in Customer.filter(DisplayName="Bob's", qb=qb)] == [ids[2]]
    assert {one.Id for one in Customer.choose([ids[0], ids[1]], qb=qb)} == {ids[0], ids[1]}
    assert Customer.count("Active = true", qb=qb) == 3
    assert [one.Id for one in Customer.where("", order_by="DisplayName DESC", max_results=1, qb=qb)] == [ids[0]]
    assert [one.Name for one in Account.where("AccountType = 'Income' AND Name LIKE 'Shipping%'", qb=qb)] == [
        "Shipping Income"
    ]


def test_items_come_with_their_sku(qb: QuickBooks) -> None:
    made = service("Mug")
    made.Sku = "MUG-1"
    made.save(qb=qb)
    assert [(one.Name, one.Sku) for one in Item.all(qb=qb)] == [("Mug", "MUG-1")]


def test_more_than_a_thousand_rows_are_read_in_pages(sandbox: SandboxProcess, qb: QuickBooks) -> None:
    sandbox.control("POST", "seed", {"Customer": [{"DisplayName": f"C {number:04}"} for number in range(1, 1206)]})
    seen: list[str] = []
    while True:
        page = Customer.all(start_position=str(len(seen) + 1), max_results=1000, order_by="DisplayName", qb=qb)
        seen += [one.DisplayName for one in page]
        if len(page) < 1000:
            break
    assert seen == [f"C {number:04}" for number in range(1, 1206)]
    assert Customer.count(qb=qb) == 1205
    with pytest.raises(ValidationException) as refused:
        Customer.all(max_results=1001, qb=qb)
    assert refused.value.error_code == 4001


def test_an_invoice_is_made_voided_and_deleted(qb: QuickBooks) -> None:
    buyer, item = customer("Dora").save(qb=qb), service("Mug").save(qb=qb)
    invoice = Invoice()
    invoice.CustomerRef = buyer.to_ref()
    invoice.Line = [sales_line(item, 12.5), sales_line(item, 7.5)]
    invoice.DocNumber = "M-1"
    invoice = invoice.save(qb=qb, request_id="order-1")
    assert (invoice.TotalAmt, invoice.Balance, invoice.DocNumber) == (20, 20, "M-1")
    assert Invoice.get(invoice.Id, qb=qb).Line[0].SalesItemLineDetail.ItemRef.name == "Mug"
    invoice.void(qb=qb)
    voided = Invoice.get(invoice.Id, qb=qb)
    assert (voided.TotalAmt, voided.Balance) == (0, 0) and "Voided" in voided.PrivateNote
    voided.delete(qb=qb)
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(invoice.Id, qb=qb)


def test_the_same_request_id_gives_the_same_invoice(qb: QuickBooks) -> None:
    buyer, item = customer("Eve").save(qb=qb), service("Mug").save(qb=qb)
    ids = []
    for _ in range(2):
        receipt = SalesReceipt()
        receipt.CustomerRef = buyer.to_ref()
        receipt.Line = [sales_line(item, 5)]
        ids.append(receipt.save(qb=qb, request_id="once").Id)
    assert ids[0] == ids[1] and SalesReceipt.count(qb=qb) == 1
    receipt = SalesReceipt.get(ids[0], qb=qb)
    receipt.void(qb=qb)
    assert SalesReceipt.get(ids[0], qb=qb).TotalAmt == 0


def test_decimals_go_out_as_text_where_the_switch_lets_them_in(sandbox: SandboxProcess, qb: QuickBooks) -> None:
    qb.use_decimal = True
    buyer, item = customer("Gil").save(qb=qb), service("Mug").save(qb=qb)
    invoice = Invoice()
    invoice.CustomerRef = buyer.to_ref()
    invoice.Line = [sales_line(item, Decimal("12.35"))]
    with pytest.raises(ValidationException) as refused:
        invoice.save(qb=qb)
    assert refused.value.error_code == 2090
    sandbox.settings(numbers_as_text="allow")
    made = invoice.save(qb=qb)
    assert made.TotalAmt == Decimal("12.35")
    made.PrivateNote = "read and sent back whole"
    assert made.save(qb=qb).SyncToken == "1"
    invoice.Id = None
    invoice.Line = [sales_line(item, "about 12")]
    with pytest.raises(ValidationException):
        invoice.save(qb=qb)


def test_refusals_become_the_librarys_own_errors(sandbox: SandboxProcess, qb: QuickBooks) -> None:
    customer("Fay").save(qb=qb)
    with pytest.raises(QuickbooksException) as duplicate:
        customer("FAY").save(qb=qb)
    assert duplicate.value.error_code == 6240
    with pytest.raises(ObjectNotFoundException):
        Customer.get("999", qb=qb)
    with pytest.raises(ValidationException):
        Customer.where("Notes = 'x'", qb=qb)
    sandbox.control("POST", "expire-tokens")
    with pytest.raises(AuthorizationException):
        Customer.all(qb=qb)


def test_company_preferences_and_terms_are_read(sandbox: SandboxProcess, qb: QuickBooks) -> None:
    company = CompanyInfo.get(sandbox.realm, qb=qb)
    assert company.Country == "US" and CompanyInfo.all(qb=qb)[0].CompanyName == company.CompanyName
    assert Preferences.get(qb=qb).SalesFormsPrefs.CustomTxnNumbers is True
    assert "Net 30" in [term.Name for term in Term.all(qb=qb)]


def test_thirty_objects_a_batch_are_made_changed_and_deleted(qb: QuickBooks) -> None:
    made = batch_create([customer(f"B {number:02}") for number in range(35)] + [customer("b 00")], qb=qb)
    assert (len(made.successes), len(made.faults)) == (35, 1)
    assert made.faults[0].Error[0].code == "6240" and made.faults[0].original_object.DisplayName == "b 00"
    for one in made.successes:
        one.Notes = "changed"
    changed = batch_update(made.successes, qb=qb)
    assert [one.SyncToken for one in changed.successes] == ["1"] * 35
    item = service("Mug").save(qb=qb)
    receipts = []
    for number in range(3):
        receipt = SalesReceipt()
        receipt.CustomerRef = reference(made.successes[number].Id)
        receipt.Line = [sales_line(item, 5 + number)]
        receipts.append(receipt)
    answer = batch_create(receipts, qb=qb)
    kept = answer.successes
    assert not answer.faults, [(f.Error[0].code, f.Error[0].Detail) for f in answer.faults]
    assert [one.TotalAmt for one in kept] == [5, 6, 7]
    gone = qb.batch_operation(BatchManager("delete").list_to_batch_request(kept).to_json())
    assert [item["SalesReceipt"]["status"] for item in gone["BatchItemResponse"]] == ["Deleted"] * 3
    assert SalesReceipt.count(qb=qb) == 0


def test_changes_are_captured(qb: QuickBooks) -> None:
    kept, gone = customer("Gus").save(qb=qb), SalesReceipt()
    gone.CustomerRef = kept.to_ref()
    gone.Line = [sales_line(service("Mug").save(qb=qb), 5)]
    gone.save(qb=qb).delete(qb=qb)
    since = datetime.now(UTC) - timedelta(days=1)
    found = change_data_capture([Customer, SalesReceipt, Term], since, qb=qb)
    assert [one.DisplayName for one in found.Customer._object_list] == ["Gus"]
    assert [one.status for one in found.SalesReceipt._object_list] == ["Deleted"]
    assert len(found.Term._object_list) == 4
    with pytest.raises(QuickbooksException):
        change_data_capture([Customer], since - timedelta(days=40), qb=qb)
