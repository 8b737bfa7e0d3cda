"""Rules of single lists: item categories, account numbers, classes below classes, terms, exempt customers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, line, sale

_INCOME = {"IncomeAccountRef": {"value": "1"}}


async def _category(books: Books, name: str, parent: str | None = None) -> Any:
    body: dict[str, Any] = {"Name": name, "Type": "Category"}
    if parent is not None:
        body |= {"SubItem": True, "ParentRef": {"value": parent}}
    return await books.post("item", body)


async def test_categories_nest_four_levels_and_hold_items(books: Books) -> None:
    parent = None
    for level in range(1, 5):
        made = (await _category(books, f"C{level}", parent)).of("Item")
        assert made["Level"] == level - 1
        parent = made["Id"]
    assert (await _category(books, "C5", parent)).codes == ["6180"]
    below = {"SubItem": True, "ParentRef": {"value": parent}}
    item = (await books.post("item", {"Name": "Cup", "Type": "Service", **_INCOME} | below)).of("Item")
    assert item["FullyQualifiedName"] == "C1:C2:C3:C4:Cup"
    found = await books.rows(" ".join(["select * from Item where ParentRef =", f"'{parent}'"]))
    assert [row["Name"] for row in found] == ["Cup"]


async def test_a_category_below_an_item_is_no_parent(books: Books) -> None:
    assert (await _category(books, "C", "1")).codes == ["700"]


async def test_a_bundle_that_a_user_made_is_read_and_never_changed(books: Books) -> None:
    parts = {"ItemGroupLine": [{"ItemRef": {"value": "1"}, "Qty": 2}]}
    body = {"Name": "Set", "Type": "Group", "ItemGroupDetail": parts}
    assert (await books.post("item", body)).codes == ["6000"]
    await books.sandbox.settings(bundles="writable")
    made = (await books.post("item", body)).of("Item")
    await books.sandbox.settings(bundles="read_only")
    assert await books.rows("select * from Item where Type = 'Group'") == [made]
    assert (await books.get(f"item/{made['Id']}")).of("Item")["ItemGroupDetail"] == parts
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Description": "two mugs"}
    assert (await books.post("item", change)).codes == ["6000"]


@pytest.mark.parametrize("extra", [{"UnitPrice": 5}, {"PurchaseCost": 5}, _INCOME])
async def test_a_category_has_no_price_and_no_account(books: Books, extra: dict[str, Any]) -> None:
    assert (await books.post("item", {"Name": "C", "Type": "Category"} | extra)).codes == ["6000"]
    assert (await books.post("item", {"Name": "C", "Type": "Category", "UnitPrice": 0})).status == 200


@pytest.mark.parametrize(
    ("country", "number", "code"),
    [
        ("US", "1234567", None),
        ("US", "12345678", "2050"),
        ("GB", "12345678", "2050"),
        ("CA", "1" * 20, None),
        ("AU", "1" * 21, "2050"),
        ("FR", "12345", "2050"),
        ("FR", "123456", None),
        ("US", "12:3", "2040"),
    ],
)
async def test_the_length_of_account_numbers_depends_on_the_country(
    books: Books, country: str, number: str, code: str | None
) -> None:
    await books.sandbox.settings(country=country)
    reply = await books.post("account", {"Name": "New", "AccountType": "Income", "AcctNum": number})
    assert reply.codes == ([code] if code else []), reply.raw.decode()


async def test_an_account_number_is_used_once(books: Books) -> None:
    body = {"Name": "New", "AccountType": "Income", "AcctNum": "4711"}
    made = (await books.post("account", body)).of("Account")
    assert (await books.post("account", body | {"Name": "Newer"})).codes == ["6240"]
    same = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Description": "kept"}
    assert (await books.post("account", same)).status == 200


async def test_the_type_of_an_account_follows_from_its_subtype(books: Books) -> None:
    made = (await books.post("account", {"Name": "Till", "AccountSubType": "Checking"})).of("Account")
    assert (made["AccountType"], made["Classification"]) == ("Bank", "Asset")


@pytest.mark.parametrize(("entity", "flag"), [("Class", "SubClass"), ("Department", "SubDepartment")])
async def test_classes_and_departments_have_parents(books: Books, entity: str, flag: str) -> None:
    top = (await books.post(entity, {"Name": "Top"})).of(entity)
    below = (await books.post(entity, {"Name": "Below", "ParentRef": {"value": top["Id"]}})).of(entity)
    assert (top[flag], below[flag], below["FullyQualifiedName"]) == (False, True, "Top:Below")
    ring = {"Id": top["Id"], "SyncToken": "0", "sparse": True, "ParentRef": {"value": below["Id"]}}
    assert (await books.post(entity, ring)).codes == ["900"]


@pytest.mark.parametrize(
    ("days", "code"), [({"DueDays": 0}, None), ({"DueDays": 999}, None), ({"DueDays": 1000}, "2090"), ({}, "2020")]
)
async def test_a_term_has_its_days(books: Books, days: dict[str, int], code: str | None) -> None:
    reply = await books.post("term", {"Name": "Mine"} | days)
    assert (reply.codes[:1] == [code]) if code else (reply.of("Term")["Type"] == "STANDARD")


async def test_a_term_may_fall_due_on_a_day_of_the_month(books: Books) -> None:
    body = {"Name": "15th", "DayOfMonthDue": 15, "DueNextMonthDays": 5, "DiscountDayOfMonth": 1}
    assert (await books.post("term", body)).of("Term")["Type"] == "DATE_DRIVEN"


async def test_an_exempt_customer_says_why_by_a_number_from_1_to_15(books: Books) -> None:
    body = {"DisplayName": "Museum", "Taxable": False}
    assert (await books.post("customer", body | {"TaxExemptionReasonId": "16"})).codes == ["2170"]
    made = (await books.post("customer", body | {"TaxExemptionReasonId": "2"})).of("Customer")
    assert (made["Taxable"], made["TaxExemptionReasonId"]) == (False, "2")
    taxed = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Taxable": True}
    assert "TaxExemptionReasonId" not in (await books.post("customer", taxed)).of("Customer")


async def test_automated_sales_tax_chooses_a_customers_code_itself(books: Books) -> None:
    body = {"DisplayName": "Ina", "DefaultTaxCodeRef": {"value": "2"}}
    assert "DefaultTaxCodeRef" not in (await books.post("customer", body)).of("Customer")
    await books.sandbox.settings(partner_tax="off")
    body = {"DisplayName": "Jon", "DefaultTaxCodeRef": {"value": "2"}}
    assert (await books.post("customer", body)).of("Customer")["DefaultTaxCodeRef"]["value"] == "2"


async def test_a_sale_to_a_sub_customer_stays_with_it(books: Books) -> None:
    body = {"DisplayName": "Job 1", "Job": True, "ParentRef": {"value": "1"}}
    job = (await books.post("customer", body)).of("Customer")
    made = (await books.post("invoice", sale(line(5)) | {"CustomerRef": {"value": job["Id"]}})).of("Invoice")
    assert made["CustomerRef"]["value"] == job["Id"]
    found = await books.rows("select * from Customer where ParentRef = '1' and Job = true")
    assert [row["Id"] for row in found] == [job["Id"]]
