"""GET /cdc: what changed since an instant, live rows first, then what was removed; one answer, capped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from sandbox.quickbooks import SandboxConfig
from sandbox.quickbooks.cdc import changes
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.operations import create, delete, update
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings, ServerSettings
from tests.contract.quickbooks_sandbox.books_client import Books, Reply, line, sale

_SAMPLES = Path(__file__).parents[4] / "shared/samples/quickbooks"


async def cdc(books: Books, entities: str, since: str) -> Reply:
    return await books.call("GET", "cdc", entities=entities, changedSince=since)


def parts(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == 200, reply.raw.decode()
    found: list[dict[str, Any]] = reply.json["CDCResponse"][0]["QueryResponse"]
    return found


def rows(reply: Reply, entity: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next((part[entity] for part in parts(reply) if entity in part), [])
    return found


async def now(books: Books) -> datetime:
    """The sandbox's time, as an answer tells it."""
    return datetime.fromisoformat((await books.get("preferences")).json["time"])


async def settled(books: Books) -> str:
    """An instant after all that was done so far, at which nothing has changed yet."""
    await books.sandbox.advance(10)
    return (await now(books)).isoformat(timespec="seconds")


def stamps(found: list[dict[str, Any]]) -> list[datetime]:
    return [datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]) for row in found]


async def test_changed_objects_come_whole_by_their_last_update(books: Books) -> None:
    since = await settled(books)
    await books.sandbox.advance(2)
    await books.post("customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Notes": "later"})
    await books.sandbox.advance(2)
    await books.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": "last"})
    await books.post("item", {"Name": "New", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    reply = await cdc(books, "customer,ITEM,Invoice", since)
    customers = rows(reply, "Customer")
    assert [row["Id"] for row in customers] == ["2", "1"] and stamps(customers) == sorted(stamps(customers))
    assert customers[1] == (await books.get("customer/1")).of("Customer")
    assert [next(iter(part)) for part in parts(reply)] == ["Customer", "Item"]
    assert parts(reply)[0] | {"Customer": []} == {"Customer": [], "startPosition": 1, "maxResults": 2}


async def test_nothing_changed_is_one_empty_object(books: Books) -> None:
    reply = await cdc(books, "Customer,Item", await settled(books))
    assert reply.json["CDCResponse"] == [{"QueryResponse": [{}]}]


async def test_removed_objects_follow_the_live_ones_with_little_left_of_them(books: Books) -> None:
    gone = (await books.post("invoice", sale(line(1)))).of("Invoice")
    since = await settled(books)
    await books.post("invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    await books.sandbox.advance(2)
    kept = (await books.post("invoice", sale(line(2)))).of("Invoice")
    part = parts(await cdc(books, "Invoice", since))[0]
    first, second = part["Invoice"]
    assert first == kept
    assert second.keys() == {"domain", "status", "Id", "MetaData"}
    assert (second["status"], second["Id"]) == ("Deleted", gone["Id"])
    assert second["MetaData"].keys() == {"LastUpdatedTime"} and stamps([second]) < stamps([first])
    assert (part["maxResults"], part["totalCount"]) == (2, 2)


async def test_a_voided_or_inactive_object_is_an_ordinary_change(books: Books) -> None:
    made = (await books.post("invoice", sale(line(3)))).of("Invoice")
    since = await settled(books)
    await books.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    await books.post("customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    reply = await cdc(books, "Invoice,Customer", since)
    assert (rows(reply, "Invoice")[0]["TotalAmt"], rows(reply, "Customer")[0]["Active"]) == (0, False)


async def test_times_have_seconds_and_the_companys_offset(books: Books) -> None:
    row = rows(await cdc(books, "Customer", str((await now(books)).date())), "Customer")[0]
    text = row["MetaData"]["LastUpdatedTime"]
    assert len(text) == 25 and text[-6:] in ("-08:00", "-07:00")


@pytest.mark.parametrize("entity", ["TaxCode", "TaxRate", "taxagency", "JournalCode", "TimeActivity", "Nonsense"])
async def test_what_cdc_does_not_cover_is_refused(books: Books, entity: str) -> None:
    reply = await cdc(books, f"Customer,{entity}", (await now(books)).isoformat())
    assert (reply.status, reply.codes) == (400, ["500"]) and entity in reply.detail


@pytest.mark.parametrize("entity", ["InventoryAdjustment", "CompanyInfo", "Preferences"])
async def test_what_may_be_covered_is_refused_until_a_switch_says_so(books: Books, entity: str) -> None:
    since = await settled(books)
    assert (await cdc(books, entity, since)).codes == ["500"]
    await books.sandbox.settings(cdc_also_covers=[entity])
    assert parts(await cdc(books, entity, since)) == [{}]


async def test_changed_preferences_come_whole_when_they_are_covered(books: Books) -> None:
    await books.sandbox.settings(cdc_also_covers=["Preferences"])
    since = await settled(books)
    await books.sandbox.settings(book_close_date="2026-01-31")
    found = rows(await cdc(books, "Preferences", since), "Preferences")
    assert found == [(await books.get("preferences")).of("Preferences")]
    assert (found[0]["SyncToken"], found[0]["AccountingInfoPrefs"]["BookCloseDate"]) == ("1", "2026-01-31")


async def test_an_entity_of_quickbooks_that_is_not_modelled_never_changes(books: Books) -> None:
    assert parts(await cdc(books, "Bill,VendorCredit", (await now(books)).isoformat())) == [{}]


async def test_cdc_looks_thirty_days_back_and_no_further(books: Books) -> None:
    today = (await now(books)).date()
    assert (await cdc(books, "Customer", str(today - timedelta(days=30)))).status == 200
    reply = await cdc(books, "Customer", str(today - timedelta(days=31)))
    assert (reply.status, reply.codes) == (400, ["500"]) and "older than fixed days" in reply.detail


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.123Z", "%Y-%m-%dT%H:%M:%S%z"])
async def test_dates_and_times_are_taken(books: Books, form: str) -> None:
    since = (datetime.now(UTC) - timedelta(days=1)).strftime(form)
    assert len(rows(await cdc(books, "Customer", since), "Customer")) == 2


@pytest.mark.parametrize(
    "since", ["yesterday", "2026-13-01", "2026-11-24 10:00:00", "20261124", "2026-11-24T25:00:00Z"]
)
async def test_what_is_no_instant_is_refused(books: Books, since: str) -> None:
    assert (await cdc(books, "Customer", since)).codes == ["2060"]


async def test_a_plus_sign_that_is_not_encoded_is_refused(books: Books) -> None:
    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    address = f"{books.base}/cdc?entities=Customer&changedSince="
    headers = {"Authorization": f"Bearer {books.token}", "Accept": "application/json"}
    statuses = []
    for value in (since, since.replace("+", "%2B")):
        async with books.sandbox.session.get(URL(address + value, encoded=True), headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [400, 200]


async def test_both_parameters_are_needed(books: Books) -> None:
    assert (await books.call("GET", "cdc")).codes == ["2020", "2020"]
    assert (await books.call("GET", "cdc", entities=" , ", changedSince="2026-11-24")).codes == ["2020"]
    assert (await books.post("cdc", {})).codes == ["500"]


async def test_changes_can_appear_late(books: Books) -> None:
    since = await settled(books)
    await books.sandbox.settings(cdc_lag_seconds=30)
    gone = (await books.post("invoice", sale(line(1)))).of("Invoice")
    await books.post("invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    await books.post("customer", {"DisplayName": "Late"})
    assert parts(await cdc(books, "Customer,Invoice", since)) == [{}]
    await books.sandbox.advance(31)
    reply = await cdc(books, "Customer,Invoice", since)
    assert [len(rows(reply, name)) for name in ("Customer", "Invoice")] == [1, 1]


async def test_cdc_is_metered_and_works_in_a_batch(books: Books) -> None:
    since = (await now(books)).date().isoformat()
    alone = await cdc(books, "Customer", since)
    query = {"Entities": "Customer", "ChangedSince": since}
    item = (await books.post("batch", {"BatchItemRequest": [{"bId": "a", "CDCQuery": query}]})).json
    assert item["BatchItemResponse"][0] == {"CDCResponse": alone.json["CDCResponse"], "bId": "a"}
    assert (await books.sandbox.usage())["coreplus"]["cdc"] == 1


def test_one_answer_holds_a_thousand_objects_of_all_entities_together() -> None:
    config = SandboxConfig()
    company = new_company("1", Clock(), config.company)
    for number in range(600):
        create(company, ENTITIES["Customer"], {"DisplayName": f"C{number}"})
        create(company, ENTITIES["Vendor"], {"DisplayName": f"V{number}"})
    since = str(company.clock.today())
    found = changes(company, config.server, "Customer,Vendor,Account", since)["CDCResponse"][0]["QueryResponse"]
    assert [len(part[name]) for part, name in zip(found, ("Customer", "Vendor"), strict=True)] == [600, 400]
    assert [row["DisplayName"] for row in found[1]["Vendor"][:2]] == ["V0", "V1"]


class StillClock(Clock):
    """Moves only when it is advanced."""

    def seconds(self) -> float:
        return 1_795_000_000.25 + self._ahead


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["create", "update", "delete"]), st.integers(0, 9), st.integers(0, 3)), max_size=15
    ),
    st.integers(0, 40),
    st.integers(0, 10),
)
def test_changes_are_those_of_a_model_of_all_that_was_done(
    steps: list[tuple[str, int, int]], since_step: int, lag: int
) -> None:
    clock = StillClock()
    company = new_company("1", clock, CompanySettings(sales_receipt_needs_customer=False))
    entity = ENTITIES["SalesReceipt"]
    clock.advance(3_600)
    start = clock.now()
    live: dict[str, datetime] = {}
    gone: dict[str, datetime] = {}
    for operation, index, pause in steps:
        clock.advance(pause)
        chosen = sorted(live, key=int)[index % len(live)] if live else None
        if operation == "create" or chosen is None:
            made = create(company, entity, {"Line": [line(5, item="SHIPPING_ITEM_ID")]})
            live[made.id] = _updated(made.document)
            continue
        stored = company.need("SalesReceipt", chosen).document
        key = {"Id": chosen, "SyncToken": stored["SyncToken"], "sparse": True}
        if operation == "update":
            note = f"note {stored['SyncToken']}"
            live[chosen] = _updated(update(company, entity, key | {"PrivateNote": note}).document)
        else:
            delete(company, entity, key)
            gone[chosen] = clock.now()
            del live[chosen]
    since = start + timedelta(seconds=since_step)
    server = ServerSettings(cdc_lag_seconds=lag)
    until = clock.now() - timedelta(seconds=lag)
    part = changes(company, server, "SalesReceipt", since.isoformat())["CDCResponse"][0]["QueryResponse"][0]
    found = part.get("SalesReceipt", [])
    alive = [row["Id"] for row in found if "status" not in row]
    assert set(alive) == {one for one, at in live.items() if since <= at <= until}
    assert [live[one] for one in alive] == sorted(live[one] for one in alive)
    dead = [row["Id"] for row in found[len(alive) :]]
    assert all(row["status"] == "Deleted" for row in found[len(alive) :])
    assert set(dead) == {one for one, at in gone.items() if since <= at <= until}


def _updated(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document["MetaData"]["LastUpdatedTime"])


@pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the recorded documents are not here")
async def test_answers_have_the_documented_shape(books: Books) -> None:
    gone = (await books.post("invoice", sale(line(1)))).of("Invoice")
    await books.post("invoice", sale(line(2)))
    await books.post("invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    today = (await now(books)).date().isoformat()
    recorded = json.loads((_SAMPLES / "doc-cdc-response.json").read_bytes())
    reply = await cdc(books, "Customer,Invoice", today)
    theirs = recorded["CDCResponse"][0]["QueryResponse"]
    assert reply.json.keys() == recorded.keys()
    assert parts(reply)[0].keys() == theirs[0].keys()
    assert parts(reply)[1].keys() - {"Invoice"} == theirs[1].keys() - {"Estimate"}
    assert rows(reply, "Invoice")[-1].keys() == theirs[1]["Estimate"][-1].keys()
    empty = json.loads((_SAMPLES / "doc-cdc-no-changes.json").read_bytes())
    assert (await cdc(books, "Customer", await settled(books))).json["CDCResponse"] == empty["CDCResponse"]
