"""Sales documents over their life: what the server computes, numbers, updates, voids, deletes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, discount, line, sale


def _change(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Id": document["Id"], "SyncToken": document["SyncToken"], "sparse": True, **fields}


async def test_a_created_receipt_is_answered_with_what_the_server_adds(books: Books) -> None:
    body = sale(
        line(20, qty=2, price=10, tax="TAX"),
        line(5, item="2"),
        DocNumber="M100",
        TxnTaxDetail={"TotalTax": Decimal("1.23")},
    )
    receipt = (await books.post("salesreceipt", body)).of("SalesReceipt")
    assert (receipt["Id"], receipt["SyncToken"], receipt["DocNumber"]) == ("1", "0", "M100")
    assert receipt["TotalAmt"] == Decimal("26.23")
    assert receipt["CustomerRef"] == {"value": "1", "name": "Ann O'Neil"}
    assert receipt["DepositToAccountRef"] == {"value": "4", "name": "Undeposited Funds"}
    assert receipt["MetaData"]["CreateTime"].endswith("-08:00")
    assert [entry["DetailType"] for entry in receipt["Line"]] == ["SalesItemLineDetail"] * 2 + ["SubTotalLineDetail"]
    assert [(entry["Id"], entry["LineNum"]) for entry in receipt["Line"][:2]] == [("1", 1), ("2", 2)]
    assert receipt["Line"][2] == {"Amount": 25, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert receipt == (await books.get(f"salesreceipt/{receipt['Id']}")).of("SalesReceipt")


async def test_supplied_totals_are_ignored(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(7), TotalAmt=99, Balance=3))).of("SalesReceipt")
    assert (receipt["TotalAmt"], receipt["Balance"]) == (7, 0)


async def test_numbers_are_printed_without_trailing_zeros(books: Books) -> None:
    reply = await books.post("salesreceipt", sale(line(Decimal("337.50"), qty=Decimal("4.50"), price=75)))
    assert b'"TotalAmt":337.5,' in reply.raw and b'"UnitPrice":75,' in reply.raw


async def test_automated_tax_is_computed_unless_a_total_is_sent(books: Books) -> None:
    lines = [line(100, tax="TAX"), line(10, tax="NON")]
    computed = (await books.post("salesreceipt", sale(*lines))).of("SalesReceipt")
    assert computed["TxnTaxDetail"]["TotalTax"] == Decimal("8.25")
    assert sum(tax["Amount"] for tax in computed["TxnTaxDetail"]["TaxLine"]) == Decimal("8.25")
    for sent in (Decimal("0"), Decimal("3.33"), Decimal("19.99")):
        kept = (await books.post("salesreceipt", sale(*lines, TxnTaxDetail={"TotalTax": sent}))).of("SalesReceipt")
        assert kept["TxnTaxDetail"]["TotalTax"] == sent
        assert kept["TotalAmt"] == 110 + sent


async def test_tax_is_ignored_without_a_word_where_sales_tax_is_off(books: Books) -> None:
    await books.sandbox.settings(using_sales_tax=False)
    receipt = (await books.post("salesreceipt", sale(line(10), TxnTaxDetail={"TotalTax": 2}))).of("SalesReceipt")
    assert receipt["TotalAmt"] == 10


async def test_in_the_manual_model_no_code_means_no_tax(books: Books) -> None:
    await books.sandbox.settings(partner_tax="off")
    receipt = (await books.post("salesreceipt", sale(line(100, tax="TAX")))).of("SalesReceipt")
    assert receipt["TotalAmt"] == 100
    coded = sale(line(100, tax="TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert (await books.post("salesreceipt", coded)).of("SalesReceipt")["TotalAmt"] == Decimal("108.25")
    assert "PartnerTaxEnabled" not in (await books.get("preferences")).of("Preferences")["TaxPrefs"]


@pytest.mark.parametrize(
    ("entry", "taken"),
    [
        (discount(5), "5"),
        (discount(5, PercentBased=True, DiscountPercent=10), "10"),
        (discount(5, PercentBased=False, DiscountPercent=0), "0"),
        (discount(PercentBased=True, DiscountPercent=Decimal("12.345")), "12.35"),
    ],
)
async def test_a_percentage_wins_over_the_discount_amount(books: Books, entry: dict[str, Any], taken: str) -> None:
    receipt = (await books.post("salesreceipt", sale(line(100), entry))).of("SalesReceipt")
    assert receipt["TotalAmt"] == 100 - Decimal(taken)
    assert receipt["Line"][-1]["Amount"] == Decimal(taken)


async def test_tax_after_discount_taxes_what_is_left(books: Books) -> None:
    lines = [line(100, tax="TAX"), line(100, tax="NON"), discount(20)]
    before = (await books.post("salesreceipt", sale(*lines))).of("SalesReceipt")
    after = (await books.post("salesreceipt", sale(*lines, ApplyTaxAfterDiscount=True))).of("SalesReceipt")
    assert before["TxnTaxDetail"]["TotalTax"] == Decimal("8.25")
    assert after["TxnTaxDetail"]["TotalTax"] == Decimal("7.43")  # 90 x 7.25 % = 6.53, 90 x 1 % = 0.90


async def test_the_shipping_field_stands_outside_subtotal_and_discount(books: Books) -> None:
    lines = [line(100), line(8, item="SHIPPING_ITEM_ID"), discount(DiscountPercent=50, PercentBased=True)]
    receipt = (await books.post("salesreceipt", sale(*lines))).of("SalesReceipt")
    assert receipt["TotalAmt"] == 58


async def test_the_recompute_switch_discards_the_amount(books: Books) -> None:
    await books.sandbox.settings(arithmetic="recompute")
    receipt = (await books.post("salesreceipt", sale(line(20, qty=3, price=7)))).of("SalesReceipt")
    assert receipt["TotalAmt"] == 21


async def test_a_unit_price_is_rounded_to_seven_decimals_before_it_counts(books: Books) -> None:
    price = Decimal("37.37499999")
    assert (await books.post("salesreceipt", sale(line(Decimal("37.37"), qty=1, price=price)))).codes == ["6070"]
    receipt = (await books.post("salesreceipt", sale(line(Decimal("37.38"), qty=1, price=price)))).of("SalesReceipt")
    assert receipt["TotalAmt"] == Decimal("37.38")
    plain = (await books.post("salesreceipt", sale(line(price)))).of("SalesReceipt")
    assert plain["TotalAmt"] == Decimal("37.37")


async def test_a_line_without_an_item_is_a_remark_whose_amount_is_ignored(books: Books) -> None:
    remark = {
        "Amount": 50,
        "Description": "thanks",
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"Qty": 1},
    }
    receipt = (await books.post("salesreceipt", sale(line(5), remark))).of("SalesReceipt")
    assert receipt["TotalAmt"] == 5
    assert receipt["Line"][1]["DetailType"] == "DescriptionOnly" and "Amount" not in receipt["Line"][1]


async def test_a_number_is_used_once_per_type_even_by_a_voided_document(books: Books) -> None:
    body = sale(line(1), DocNumber="M7")
    first = (await books.post("salesreceipt", body)).of("SalesReceipt")
    await books.post("salesreceipt", _change(first), operation="update", include="void")
    reply = await books.post("salesreceipt", sale(line(1), DocNumber="m7"))
    assert reply.codes == ["6140"]
    assert reply.detail.endswith(f"DocNumber=m7 is assigned to TxnType=SalesReceipt with TxnId={first['Id']}")
    assert (await books.post("invoice", body)).status == 200
    assert (await books.post("salesreceipt", body, include="allowduplicatedocnum")).status == 200


async def test_the_scope_switch_makes_numbers_unique_over_all_sales_forms(books: Books) -> None:
    await books.sandbox.settings(doc_number_scope="sales")
    await books.post("salesreceipt", sale(line(1), DocNumber="M7"))
    assert (await books.post("invoice", sale(line(1), DocNumber="M7"))).codes == ["6140"]


async def test_an_empty_number_is_a_value_and_none_is_none(books: Books) -> None:
    assert "DocNumber" not in (await books.post("salesreceipt", sale(line(1)))).of("SalesReceipt")
    assert (await books.post("salesreceipt", sale(line(1)))).status == 200
    for _ in range(2):
        assert (await books.post("salesreceipt", sale(line(1), DocNumber=""))).of("SalesReceipt")["DocNumber"] == ""


async def test_without_custom_numbers_quickbooks_numbers_by_itself(books: Books) -> None:
    await books.sandbox.settings(custom_txn_numbers=False)
    numbers = [
        (await books.post("salesreceipt", sale(line(1), **extra))).of("SalesReceipt")["DocNumber"]
        for extra in ({}, {"DocNumber": "MINE"}, {})
    ]
    assert numbers == ["1001", "1002", "1003"]
    await books.sandbox.settings(number_without_custom="keep")
    kept = await books.post("salesreceipt", sale(line(1), DocNumber="MINE"))
    assert kept.of("SalesReceipt")["DocNumber"] == "MINE"


async def test_a_sparse_update_changes_what_it_names_and_counts_the_token(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(9), DocNumber="M1", PrivateNote="old"))).of("SalesReceipt")
    changed = (await books.post("salesreceipt", _change(receipt, PrivateNote="new"))).of("SalesReceipt")
    assert (changed["PrivateNote"], changed["SyncToken"], changed["DocNumber"], changed["TotalAmt"]) == (
        "new",
        "1",
        "M1",
        9,
    )
    assert changed["Line"] == receipt["Line"]


async def test_a_full_update_takes_away_what_it_leaves_out(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(9), PrivateNote="old", DocNumber="M1"))).of("SalesReceipt")
    full = sale(line(4), Id=receipt["Id"], SyncToken="0", DocNumber="M1")
    changed = (await books.post("salesreceipt", full)).of("SalesReceipt")
    assert "PrivateNote" not in changed and changed["TotalAmt"] == 4
    assert (await books.post("salesreceipt", {"Id": receipt["Id"], "SyncToken": "1"})).codes == ["2020"]


@pytest.mark.parametrize("entity", ["SalesReceipt", "Invoice"])
async def test_an_update_that_changes_nothing_leaves_the_token(books: Books, entity: str) -> None:
    body = sale(line(10, qty=3, tax="TAX"), line(5, item="3", qty=1), discount(1), DocNumber="M1", TxnDate="2026-06-01")
    document = (await books.post(entity, body)).of(entity)
    full = await books.post(entity, document)
    assert full.of(entity) == document
    assert (await books.post(entity, _change(document, DocNumber="M1"))).of(entity)["SyncToken"] == "0"


async def test_a_stale_or_absent_token_is_refused(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(9)))).of("SalesReceipt")
    await books.post("salesreceipt", _change(receipt, PrivateNote="one"))
    assert (await books.post("salesreceipt", _change(receipt, PrivateNote="two"))).codes == ["5010"]
    assert (await books.post("salesreceipt", {"Id": receipt["Id"], "sparse": True}, operation="update")).codes == [
        "2020"
    ]


async def test_lines_of_an_update_replace_the_set_and_ids_are_never_used_again(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(1), line(2)))).of("SalesReceipt")
    kept = receipt["Line"][1]
    changed = (await books.post("salesreceipt", _change(receipt, Line=[kept, line(7)]))).of("SalesReceipt")
    assert [(entry["Id"], entry["Amount"]) for entry in changed["Line"][:2]] == [("2", 2), ("3", 7)]
    assert changed["TotalAmt"] == 9


async def test_new_lines_without_a_tax_detail_have_their_tax_computed_anew(books: Books) -> None:
    body = sale(line(100, tax="TAX"), TxnTaxDetail={"TotalTax": 5})
    receipt = (await books.post("salesreceipt", body)).of("SalesReceipt")
    note = (await books.post("salesreceipt", _change(receipt, PrivateNote="x"))).of("SalesReceipt")
    assert note["TxnTaxDetail"]["TotalTax"] == 5
    lines = (await books.post("salesreceipt", _change(note, Line=[line(200, tax="TAX")]))).of("SalesReceipt")
    assert lines["TxnTaxDetail"]["TotalTax"] == Decimal("16.5")


@pytest.mark.parametrize(
    ("entity", "right", "wrong"),
    [
        ("Invoice", {"operation": "void"}, {"operation": "update", "include": "void"}),
        ("SalesReceipt", {"operation": "update", "include": "void"}, {"operation": "void"}),
    ],
)
async def test_each_type_is_voided_by_its_own_call_only(
    books: Books, entity: str, right: dict[str, str], wrong: dict[str, str]
) -> None:
    body = sale(line(10, qty=2, price=5, tax="TAX"), DocNumber="M1", PrivateNote="order 7")
    document = (await books.post(entity, body)).of(entity)
    assert (await books.post(entity, _change(document), **wrong)).codes == ["500"]
    voided = (await books.post(entity, _change(document), **right)).of(entity)
    assert (voided["TotalAmt"], voided["Balance"], voided["TxnTaxDetail"]["TotalTax"]) == (0, 0, 0)
    assert all(entry.get("Amount", 0) == 0 for entry in voided["Line"])
    assert "Voided" in voided["PrivateNote"] and voided["DocNumber"] == "M1" and voided["SyncToken"] == "1"
    [entry] = (await books.sandbox.ledger())["documents"]
    assert (entry["status"], entry["total"]) == ("voided", "0.00")
    again = (await books.post(entity, _change(voided), **right)).of(entity)
    assert again["SyncToken"] == "1"
    assert (await books.post(entity, _change(voided, Line=[line(1)]))).codes == ["6000"]


async def test_a_deleted_document_is_gone_and_its_number_free(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(1), DocNumber="M1"))).of("SalesReceipt")
    gone = await books.post("salesreceipt", {"Id": receipt["Id"], "SyncToken": "0"}, operation="delete")
    assert gone.of("SalesReceipt") == {"status": "Deleted", "domain": "QBO", "Id": receipt["Id"]}
    assert (await books.get(f"salesreceipt/{receipt['Id']}")).codes == ["610"]
    assert (await books.post("salesreceipt", {"Id": receipt["Id"], "SyncToken": "0"}, operation="delete")).codes == [
        "610"
    ]
    assert (await books.post("salesreceipt", sale(line(1), DocNumber="M1"))).status == 200
    assert (await books.post("customer", {"Id": "1", "SyncToken": "0"}, operation="delete")).codes == ["500"]


async def test_stock_follows_sales_updates_voids_and_deletes(books: Books) -> None:
    async def on_hand() -> Any:
        return (await books.get("item/3")).of("Item")["QtyOnHand"]

    receipt = (await books.post("salesreceipt", sale(line(30, item="3", qty=3)))).of("SalesReceipt")
    assert await on_hand() == 7
    changed = (await books.post("salesreceipt", _change(receipt, Line=[line(10, item="3", qty=1)]))).of("SalesReceipt")
    assert await on_hand() == 9
    await books.post("salesreceipt", _change(changed), operation="update", include="void")
    assert await on_hand() == 10
    invoice = (await books.post("invoice", sale(line(120, item="3", qty=12)))).of("Invoice")
    assert await on_hand() == -2
    await books.post("invoice", _change(invoice), operation="delete")
    assert await on_hand() == 10


async def test_an_invoice_has_a_balance_a_due_date_and_moves_its_customers(books: Books) -> None:
    body = sale(line(100), Deposit=30, SalesTermRef={"value": "3"}, TxnDate="2026-06-01")
    invoice = (await books.post("invoice", body)).of("Invoice")
    assert (invoice["Balance"], invoice["DueDate"]) == (70, "2026-07-01")
    assert (await books.get("customer/1")).of("Customer")["Balance"] == 70
    inactive = {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False}
    assert (await books.post("customer", inactive)).codes == ["6220"]
    await books.post("invoice", _change(invoice), operation="void")
    assert (await books.get("customer/1")).of("Customer")["Balance"] == 0


async def test_with_several_currencies_documents_name_that_of_their_customer(books: Books) -> None:
    await books.sandbox.settings(multicurrency=True, exchange_rates={"EUR": "1.1"})
    euro = (await books.post("customer", {"DisplayName": "Eva", "CurrencyRef": {"value": "EUR"}})).of("Customer")
    body = sale(line(10), CustomerRef={"value": euro["Id"]})
    assert (await books.post("salesreceipt", body)).codes == ["2020"]
    assert (await books.post("salesreceipt", body | {"CurrencyRef": {"value": "USD"}})).codes == ["6000"]
    assert (await books.post("salesreceipt", body | {"CurrencyRef": {"value": "euro"}})).codes == ["2500"]
    given = body | {"CurrencyRef": {"value": "EUR"}}
    receipt = (await books.post("salesreceipt", given)).of("SalesReceipt")
    assert (receipt["TotalAmt"], receipt["HomeTotalAmt"], receipt["ExchangeRate"]) == (10, 11, Decimal("1.1"))
    rated = (await books.post("salesreceipt", given | {"ExchangeRate": Decimal("1.23456")})).of("SalesReceipt")
    assert rated["HomeTotalAmt"] == Decimal("12.35")
    change = {"Id": euro["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "USD"}}
    assert (await books.post("customer", change)).codes == ["6000"]


async def test_classes_and_locations_are_kept_only_where_they_are_tracked(books: Books) -> None:
    seeded = await books.sandbox.seed({"Class": [{"Name": "Web"}], "Department": [{"Name": "East"}]})
    web = {"value": seeded["Class"][0]["Id"]}
    row = line(5)
    row["SalesItemLineDetail"]["ClassRef"] = web
    body = sale(row, ClassRef=web, DepartmentRef={"value": seeded["Department"][0]["Id"]})

    async def kept() -> tuple[bool, bool, bool]:
        receipt = (await books.post("salesreceipt", body)).of("SalesReceipt")
        detail = receipt["Line"][0]["SalesItemLineDetail"]
        return "ClassRef" in receipt, "ClassRef" in detail, "DepartmentRef" in receipt

    assert await kept() == (False, False, False)
    await books.sandbox.settings(class_tracking="transaction", track_departments=True)
    assert await kept() == (True, False, True)
    await books.sandbox.settings(class_tracking="line")
    assert await kept() == (False, True, True)


async def test_a_receipt_may_do_without_a_customer_where_the_switch_says_so(books: Books) -> None:
    await books.sandbox.settings(sales_receipt_needs_customer=False)
    assert (await books.post("salesreceipt", {"Line": [line(3)]})).of("SalesReceipt")["TotalAmt"] == 3
