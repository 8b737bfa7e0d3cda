"""Whole lists are read from a real (sandbox) company over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.ingest.lists.lists import Lists
from services.ingest.lists.loader import Loader
from shared.log.port import Log
from shared.quickbooks.client import Page, QuickBooksClient
from shared.quickbooks.faults import Unavailable
from shared.quickbooks.listed import ENTITIES
from shared.quickbooks.lists import ListBoard
from shared.quickbooks.quota import Quota
from tests.support.quickbooks_sandbox import QuickBooksSandbox
from tests.unit.lists.conftest import BoardFactory
from tests.unit.lists.told import NOON, REALM, Token, records, shown

SERVICE = {"Type": "Service", "IncomeAccountRef": {"value": "1"}}


def services(count: int) -> list[dict[str, Any]]:
    return [{"Name": f"Thing {number}", "Sku": f"T{number}", **SERVICE} for number in range(count)]


async def test_every_list_of_a_company_is_read_and_shown_as_quickbooks_shows_it(
    loader: Loader, books: QuickBooksSandbox, board: ListBoard
) -> None:
    await books.seed({"Item": services(3), "Customer": [{"DisplayName": "Ann Lee"}]})
    realm = board.of(REALM)
    for entity in ENTITIES:
        assert realm.missing([entity]) == [entity]
        count = await loader.load(entity)
        assert realm.missing([entity]) == []
        if entity in ("CompanyInfo", "Preferences"):
            assert count == 1
        else:
            there = {one["Id"]: one["SyncToken"] for one in await books.objects(entity)}
            assert {one["Id"]: one["SyncToken"] for one in realm.all(entity)} == there, entity
            assert count == len(there)
    assert next(iter(realm.all("Preferences")))["CurrencyPrefs"]["HomeCurrency"]["value"] == "USD"
    assert [one["Name"] for one in realm.items_of_sku("t1")] == ["Thing 1"]
    assert len(realm.named("Customer", "ANN LEE")) == 1


async def test_a_second_reading_appends_what_differs_and_what_is_gone_becomes_a_tombstone(
    loader: Loader, books: QuickBooksSandbox, board: ListBoard, log: Log
) -> None:
    made = (await books.seed({"Item": services(1_200)}))["Item"]
    before = (await books.usage())["metered"]
    await loader.load("Item")
    assert (await books.usage())["metered"] - before == 2, "a thousand rows a call"
    once = len(await records(log))
    await loader.load("Item")
    assert len(await records(log)) == once + 1, "that the list is whole, and nothing else"

    await books.reset()  # a company without our items, whose Ids its first items have
    (fresh,) = (await books.seed({"Item": services(1)}))["Item"]
    before = (await books.usage())["metered"]
    await loader.load("Item")
    assert (await books.usage())["metered"] - before == 4, "one page, and three questions for what it didn't show"
    there = {one["Id"] for one in await books.objects("Item")}
    assert {one["Id"] for one in board.of(REALM).all("Item")} == there
    gone = {one["Id"] for one in made} - there
    assert len(gone) >= 1_199 and fresh["Id"] in there
    assert {one.key for one in await records(log) if one.value is None} == {f"{REALM}:Item:{one}" for one in gone}


async def test_a_reading_that_breaks_off_leaves_the_whole_list_and_is_taken_up_again(
    loader: Loader, books: QuickBooksSandbox, board: ListBoard, log: Log, open_board: BoardFactory
) -> None:
    await books.seed({"Item": services(1_100)})
    await loader.load("Item")
    loaded, known = board.of(REALM).loaded("Item"), set(shown(board)["Item"])
    await books.seed({"Item": [{"Name": "New", "Sku": "NEW", **SERVICE}]})
    rule = await books.add_fault("status", match={"operation": "query"}, status=503, skip=1)
    with pytest.raises(Unavailable):
        await loader.load("Item")
    assert board.of(REALM).loaded("Item") == loaded
    assert set(shown(board)["Item"]) == known
    assert set(shown(await open_board("another"))["Item"]) == known, "also for who starts now"
    assert (await books.fault(rule))["matched"] == 1
    await books.clear_faults()
    once = len(await records(log))
    assert await loader.load("Item") == len(known) + 1
    assert len(await records(log)) == once + 2


async def test_what_shifts_out_of_the_pages_is_not_called_gone(
    loader: Loader, books: QuickBooksSandbox, board: ListBoard, lists: Lists
) -> None:
    """Rows move up between two pages when one before them is deleted."""
    made = (await books.seed({"Item": services(3)}))["Item"]
    await loader.load("Item")
    token = Token((await books.grant())["access_token"])

    class Shifting(QuickBooksClient):
        async def pages(self, entity: str, where: str = "") -> AsyncIterator[Page]:
            async for page in super().pages(entity, where):
                yield Page([row for row in page.rows if row["Id"] != made[1]["Id"]], page.at)

    shifting = Shifting(books.session, books.base_url, books.realm, token, Quota())
    count = await Loader(REALM, shifting, lists, board, lambda: NOON, lambda _: None).load("Item")
    assert count == 3
    assert set(shown(board)["Item"]) == {one["Id"] for one in made}


async def test_single_objects_are_asked_for_by_their_ids(
    loader: Loader, books: QuickBooksSandbox, board: ListBoard
) -> None:
    made = (await books.seed({"Item": services(5)}))["Item"]
    before = (await books.usage())["metered"]
    ids = {one["Id"] for one in made[:2]}
    assert await loader.check("Item", [*ids, "999999"]) == ids
    assert (await books.usage())["metered"] - before == 1
    assert set(shown(board)["Item"]) == ids
    assert board.of(REALM).missing(["Item"]) == ["Item"], "which makes no whole list"
