"""Preferences and CompanyInfo, changed through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.quickbooks import SandboxConfig
from sandbox.quickbooks.company_profile import change_preferences
from sandbox.quickbooks.profile import preferences
from sandbox.quickbooks.world import World
from tests.contract.quickbooks_sandbox.books_client import REALM, Books, discount, line, sale
from tests.contract.quickbooks_sandbox.test_qb_sandbox_companies import company
from tests.support.quickbooks_sandbox import QuickBooksSandbox


async def _prefer(books: Books, group: str, **values: Any) -> Any:
    token = (await books.get("preferences")).of("Preferences")["SyncToken"]
    return await books.post("preferences", {"Id": "1", "SyncToken": token, "sparse": True, group: values})


@pytest.mark.parametrize(
    ("group", "values", "refused", "code"),
    [
        ("SalesFormsPrefs", {"AllowDiscount": False}, sale(line(5), discount(1)), "6000"),
        ("SalesFormsPrefs", {"AllowShipping": False}, sale(line(5), line(1, item="SHIPPING_ITEM_ID")), "6000"),
        ("AccountingInfoPrefs", {"BookCloseDate": "2026-01-31"}, sale(line(5), TxnDate="2026-01-31"), "6200"),
    ],
)
async def test_a_preference_takes_force_at_once(
    books: Books, group: str, values: dict[str, Any], refused: dict[str, Any], code: str
) -> None:
    assert (await books.post("salesreceipt", refused)).status == 200
    changed = (await _prefer(books, group, **values)).of("Preferences")
    assert changed["SyncToken"] == "1" and values.items() <= changed[group].items()
    assert (await books.post("salesreceipt", refused)).codes == [code]
    assert (await books.get("preferences")).of("Preferences") == changed
    assert (await _prefer(books, group, **values)).of("Preferences") == changed  # no change, no new token


async def test_numbers_and_tracking_follow_the_preferences(books: Books) -> None:
    await books.post("class", {"Name": "Web"})
    await books.post("department", {"Name": "York"})
    await _prefer(books, "SalesFormsPrefs", CustomTxnNumbers=False)
    await _prefer(books, "AccountingInfoPrefs", ClassTrackingPerTxn=True, TrackDepartments=True)
    body = sale(line(1), DocNumber="MINE", ClassRef={"value": "1"}, DepartmentRef={"value": "1"})
    made = (await books.post("salesreceipt", body)).of("SalesReceipt")
    assert (made["DocNumber"], made["ClassRef"]["name"], made["DepartmentRef"]["name"]) == ("1001", "Web", "York")
    assert (await _prefer(books, "AccountingInfoPrefs", ClassTrackingPerTxnLine=True)).codes == ["6000"]
    lines = await _prefer(books, "AccountingInfoPrefs", ClassTrackingPerTxnLine=True, ClassTrackingPerTxn=False)
    assert lines.status == 200
    assert "ClassRef" not in (await books.post("salesreceipt", body)).of("SalesReceipt")


async def test_what_has_no_switch_is_kept_and_what_is_read_only_is_not(books: Books) -> None:
    sent = {"DefaultCustomerMessage": "Thanks!", "AutoApplyCredit": True, "DefaultDiscountAccount": "2"}
    changed = (await _prefer(books, "SalesFormsPrefs", **sent)).of("Preferences")["SalesFormsPrefs"]
    assert (changed["DefaultCustomerMessage"], changed["AutoApplyCredit"]) == ("Thanks!", False)
    made = (await books.post("salesreceipt", sale(line(5), discount(1)))).of("SalesReceipt")
    assert made["Line"][-1]["DiscountLineDetail"]["DiscountAccountRef"] == {"value": "2", "name": "Services"}
    assert (await _prefer(books, "SalesFormsPrefs", DefaultShippingAccount="77")).codes == ["2500"]


async def test_stale_and_unknown_changes_are_refused(books: Books) -> None:
    assert (await books.post("preferences", {"SyncToken": "7", "SalesFormsPrefs": {}})).codes == ["5010"]
    assert (await books.post("preferences", {"SalesFormsPrefs": {}})).codes == ["2020"]
    assert (await books.post("preferences", {"SyncToken": "0", "SalesFormsPrefs": {"Colour": 1}})).codes == ["2010"]
    assert (await books.post("companyinfo", {"Id": "1", "SyncToken": "9", "sparse": True})).codes == ["5010"]
    assert (await books.post("companyinfo", {"Id": "2", "SyncToken": "0", "sparse": True})).codes == ["610"]
    await books.sandbox.settings(close_date_by_api="ignore")
    kept = (await _prefer(books, "AccountingInfoPrefs", BookCloseDate="2026-01-31")).of("Preferences")
    assert "BookCloseDate" not in kept["AccountingInfoPrefs"]


async def test_a_switch_turned_from_outside_shows_in_the_preferences(books: Books) -> None:
    await _prefer(books, "SalesFormsPrefs", AllowDiscount=False)
    await books.sandbox.settings(allow_discount=True)
    assert (await books.get("preferences")).of("Preferences")["SalesFormsPrefs"]["AllowDiscount"] is True


async def test_company_info_is_changed_in_part(books: Books) -> None:
    body = {
        "Id": "1",
        "SyncToken": "0",
        "sparse": True,
        "LegalName": "Mugs and More LLC",
        "CompanyStartDate": "1999-01-01",
    }
    changed = (await books.post("companyinfo", body)).of("CompanyInfo")
    assert (changed["LegalName"], changed["SyncToken"]) == ("Mugs and More LLC", "1")
    assert (changed["CompanyName"], changed["CompanyStartDate"]) == (f"Sandbox Company {REALM}", "2020-01-01")
    assert (await books.get(f"companyinfo/{REALM}")).of("CompanyInfo") == changed
    assert (await books.post("companyinfo", changed)).of("CompanyInfo")["SyncToken"] == "1"
    full = {"Id": "1", "SyncToken": "1", "LegalName": "x"}
    assert (await books.post("companyinfo", full)).codes == ["2020"]
    assert (await books.post("companyinfo", full | {"sparse": True, "Country": "CA"})).codes == ["6000"]


@pytest.mark.parametrize(
    ("template", "country", "iso3", "zone", "currency"),
    [
        ("us", "US", "USA", "America/Los_Angeles", "USD"),
        ("quebec", "CA", "CAN", "America/Toronto", "CAD"),
        ("uk", "GB", "GBR", "Europe/London", "GBP"),
    ],
)
async def test_each_company_tells_its_country(
    sandbox: QuickBooksSandbox, template: str, country: str, iso3: str, zone: str, currency: str
) -> None:
    books = await company(sandbox, template)
    info = (await books.get("companyinfo/777")).of("CompanyInfo")
    assert (info["Country"], info["CompanyAddr"]["Country"], info["DefaultTimeZone"]) == (country, iso3, zone)
    preferences = (await books.get("preferences")).of("Preferences")
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": currency}
    assert preferences["TaxPrefs"].get("PartnerTaxEnabled") is (True if country == "US" else None)


def test_a_company_keeps_its_template_and_its_preferences_over_a_restart(tmp_path: Path) -> None:
    world = World(SandboxConfig(), tmp_path / "books.db")
    added = world.add_company("777", "uk")
    change_preferences(
        added, {"SyncToken": "0", "SalesFormsPrefs": {"AllowDiscount": False, "InvoiceMessage": "Hello"}}
    )
    world.database.close()
    again = World(SandboxConfig(), tmp_path / "books.db")
    [kept] = again.companies("777")
    shown = preferences(kept)
    assert (kept.settings.country, kept.settings.allow_discount) == ("GB", False)
    assert (shown["SalesFormsPrefs"]["InvoiceMessage"], shown["SyncToken"]) == ("Hello", "1")
    again.database.close()
