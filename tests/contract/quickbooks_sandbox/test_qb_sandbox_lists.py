"""Customers, items and the small lists."""

from __future__ import annotations

from tests.contract.quickbooks_sandbox.books_client import Books


async def test_a_customer_without_display_name_gets_one_from_its_parts(books: Books) -> None:
    body = {
        "Title": "Ms",
        "GivenName": "Eva",
        "FamilyName": "Ruiz",
        "PrimaryEmailAddr": {"Address": "eva@shop.example"},
    }
    customer = (await books.post("customer", body)).of("Customer")
    assert (customer["DisplayName"], customer["FullyQualifiedName"]) == ("Ms Eva Ruiz", "Ms Eva Ruiz")
    assert (customer["Active"], customer["Balance"], customer["SyncToken"]) == (True, 0, "0")


async def test_a_display_name_cannot_be_cleared(books: Books) -> None:
    full = {"Id": "1", "SyncToken": "0", "GivenName": "Ann", "Notes": "hi"}
    assert (await books.post("customer", full)).of("Customer")["DisplayName"] == "Ann"
    cleared = {"Id": "1", "SyncToken": "1", "sparse": True, "DisplayName": "", "Notes": "ho"}
    assert (await books.post("customer", cleared)).of("Customer")["DisplayName"] == "Ann"


async def test_a_new_name_frees_the_old_one(books: Books) -> None:
    renamed = {"Id": "1", "SyncToken": "0", "sparse": True, "DisplayName": "Ann Smith"}
    assert (await books.post("customer", renamed)).status == 200
    assert (await books.post("customer", {"DisplayName": "ann smith"})).codes == ["6240"]
    assert (await books.post("customer", {"DisplayName": "Ann O'Neil"})).status == 200
    assert await books.rows("select * from Customer where DisplayName = 'ANN SMITH'") != []


async def test_a_customer_is_found_by_its_email(books: Books) -> None:
    body = {"DisplayName": "Eva", "PrimaryEmailAddr": {"Address": "Eva@Shop.example"}}
    made = (await books.post("customer", body)).of("Customer")
    assert await books.rows("select * from Customer where PrimaryEmailAddr = 'eva@shop.example'") == [made]


async def test_sub_customers_nest_four_levels_below_the_first(books: Books) -> None:
    parent = "1"
    for level in range(1, 6):
        body = {"DisplayName": f"Job {level}", "Job": True, "ParentRef": {"value": parent}}
        reply = await books.post("customer", body)
        if level == 5:
            assert reply.codes == ["6180"]
        else:
            customer = reply.of("Customer")
            assert customer["Level"] == level
            parent = customer["Id"]
    assert customer["FullyQualifiedName"] == "Ann O'Neil:Job 1:Job 2:Job 3:Job 4"


async def test_a_customer_cannot_be_its_own_parent(books: Books) -> None:
    body = {"Id": "1", "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": "1"}}
    assert (await books.post("customer", body)).codes == ["900"]


async def test_an_item_read_back_and_sent_whole_changes_nothing(books: Books) -> None:
    for item_id in ("1", "2", "3"):
        item = (await books.get(f"item/{item_id}")).of("Item")
        assert (await books.post("item", item)).of("Item") == item


async def test_a_new_quantity_needs_its_date_and_leaves_the_start(books: Books) -> None:
    change = {"Id": "3", "SyncToken": "0", "sparse": True, "QtyOnHand": 50}
    reply = await books.post("item", change)
    assert reply.codes == ["6000"] and "-10600" in reply.detail
    item = (await books.post("item", change | {"InvStartDate": "2026-05-01"})).of("Item")
    assert (item["QtyOnHand"], item["InvStartDate"]) == (50, "2026-01-15")


async def test_an_item_keeps_to_its_type_but_can_become_tracked(books: Books) -> None:
    def change(item_id: str, **fields: object) -> dict[str, object]:
        return {"Id": item_id, "SyncToken": "0", "sparse": True, **fields}

    assert (await books.post("item", change("3", Type="Service"))).codes == ["6000"]
    assert (await books.post("item", change("3", TrackQtyOnHand=False))).codes == ["6000"]
    assert (await books.post("item", change("1", Type="Service"))).codes == ["6000"]
    tracked = change(
        "1",
        Type="Inventory",
        TrackQtyOnHand=True,
        QtyOnHand=4,
        InvStartDate="2026-02-01",
        AssetAccountRef={"value": "7"},
        ExpenseAccountRef={"value": "6"},
    )
    assert (await books.post("item", tracked)).of("Item")["Type"] == "Inventory"
    await books.sandbox.settings(quantity_on_hand=False)
    assert (await books.post("item", change("3", Description="x"))).codes == ["6000"]


async def test_the_same_name_is_free_under_another_parent(books: Books) -> None:
    category = (await books.post("item", {"Name": "Cups", "Type": "Category"})).of("Item")
    body = {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}}
    child = body | {"SubItem": True, "ParentRef": {"value": category["Id"]}}
    assert (await books.post("item", child)).of("Item")["FullyQualifiedName"] == "Cups:Mug"
    assert (await books.post("item", child)).codes == ["6240"]
    assert (await books.post("item", {"Name": "Priced", "Type": "Category", "UnitPrice": 3})).codes == ["6000"]


async def test_the_company_tells_itself_and_its_preferences(books: Books) -> None:
    info = (await books.get("companyinfo/9130350000000001")).of("CompanyInfo")
    assert (info["Country"], info["CompanyAddr"]["Country"]) == ("US", "USA")
    assert (await books.get("companyinfo/1")).codes == ["610"]
    preferences = (await books.get("preferences")).of("Preferences")
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert preferences["TaxPrefs"]["PartnerTaxEnabled"] is True
    assert preferences["CurrencyPrefs"] == {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}}
    found = (await books.query("select * from CompanyInfo")).json["QueryResponse"]
    assert found["CompanyInfo"] == [info]
