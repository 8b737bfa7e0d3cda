"""What orders know of the books, from lists that ingest's part keeps, with a real (sandbox) company behind both."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from services.ingest.lists.asks import ask_of
from services.ingest.lists.lists import Lists
from services.ingest.lists.loader import Loader
from services.reference import NEEDED, Reference
from shared import limits
from shared.log.signals import RetryLater
from shared.mapping.customer import CustomerNeed
from shared.mapping.item import ItemNeed
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.listed import ENTITIES
from shared.quickbooks.lists import ListBoard
from shared.quickbooks.quota import Quota
from tests.support.quickbooks_sandbox import QuickBooksSandbox
from tests.unit.lists.told import REALM, Token, at, item

ITEM = {"Type": "Service", "IncomeAccountRef": {"value": "1"}}


class Ingest:
    """Does what is asked for, as ingest's worker does, when the test lets it."""

    def __init__(self, lists: Lists, loader: Loader) -> None:
        self._lists = lists
        self._loader = loader
        self.commands: list[Mapping[str, Any]] = []

    async def ask(self, names: Mapping[str, Any]) -> int:
        self.commands.append(names)
        await self._lists.ask(REALM, ask_of(names, len(self.commands)))
        return len(self.commands)

    async def load(self) -> None:
        for entity in ENTITIES:
            await self._loader.load(entity)

    async def work(self) -> None:
        """All that is asked for now, once something is."""
        await self._lists.asked(REALM).wait()
        ask = self._lists.wanted(REALM)
        assert ask is not None
        for entity in ask.entities:
            await self._loader.load(entity)
        for entity, numbers in ask.ids.items():
            await self._loader.check(entity, numbers)
        await self._lists.answer(REALM, ask)


@pytest.fixture
async def seconds() -> list[float]:
    return [0.0]


@pytest.fixture
async def ingest(lists: Lists, loader: Loader, books: QuickBooksSandbox) -> Ingest:
    await books.seed({"Item": [{"Name": "By hand", "Sku": "MUG", **ITEM}], "Customer": [{"DisplayName": "Ann Lee"}]})
    return Ingest(lists, loader)


@pytest.fixture
async def reference(
    books: QuickBooksSandbox, board: ListBoard, ingest: Ingest, seconds: list[float], quota: Quota
) -> Reference:
    token = Token((await books.grant())["access_token"])
    client = QuickBooksClient(books.session, books.base_url, books.realm, token, quota)
    return Reference(client, board.of(REALM), ingest.ask, lambda: seconds[0])


def need(sku: str) -> ItemNeed:
    return ItemNeed(f"sku:{sku}", sku, "", (sku,), create=False, service=False, label=sku)


async def metered(books: QuickBooksSandbox) -> int:
    return int((await books.usage())["metered"])


async def test_nothing_is_planned_before_every_list_is_here_and_the_reason_says_which_is_not(
    reference: Reference, loader: Loader
) -> None:
    for number, entity in enumerate(NEEDED):
        with pytest.raises(RetryLater, match=", ".join(NEEDED[number:])):
            reference.ensure()
        await loader.load(entity)
    reference.ensure()


async def test_what_the_books_hold_is_known_without_a_metered_read(
    reference: Reference, ingest: Ingest, books: QuickBooksSandbox
) -> None:
    await ingest.load()
    before = await metered(books)
    reference.ensure()
    company = reference.books.company
    assert (company.home_currency, company.country, company.custom_numbers) == ("USD", "US", True)
    assert reference.books.ref("TaxCode", "california", "tax.codes")["value"]
    found = reference.item(need("mug"))
    assert found is not None and found["Name"] == "By hand"
    assert reference.knows("Item", found["Id"]) and not reference.knows("Item", "4711")
    ann = CustomerNeed("email:ann@example.com", "ann@example.com", ("Ann Lee",), {}, None)
    assert (reference.customer(ann) or {})["DisplayName"] == "Ann Lee"
    assert reference.customer_named("ANN LEE") == reference.customer(ann)
    assert reference.item_named("by HAND") == found
    assert await metered(books) == before


async def test_what_people_change_is_known_as_soon_as_the_topic_tells(
    reference: Reference, ingest: Ingest, lists: Lists
) -> None:
    """Renamed, made inactive, added: no restart, no command."""
    await ingest.load()
    mug = dict(reference.item(need("MUG")) or {})
    assert reference.books.names["Class"].get("web") is None
    await lists.take(REALM, "Item", [mug | {"Name": "Cup", "SyncToken": "1"}], at(0))
    assert (reference.item_named("cup") or {})["Id"] == mug["Id"] and reference.item_named("By hand") is None
    await lists.take(REALM, "Item", [mug | {"Active": False, "SyncToken": "2"}], at(1))
    assert reference.item(need("MUG")) is None and not reference.knows("Item", mug["Id"])
    await lists.take(REALM, "Class", [{"Id": "77", "SyncToken": "0", "Name": "Web"}], at(1))
    assert reference.books.names["Class"]["web"] == "77"
    preferences = {"Id": "1", "SyncToken": "9", "CurrencyPrefs": {"HomeCurrency": {"value": "EUR"}}}
    await lists.take(REALM, "Preferences", [preferences], at(1))
    assert reference.books.company.home_currency == "EUR"
    assert ingest.commands == []


async def test_what_we_made_is_known_at_once(reference: Reference, ingest: Ingest, lists: Lists) -> None:
    await ingest.load()
    made = item(900, "Made", 0, minute=5, Sku="NEW")
    reference.add_item(made)
    assert reference.item(need("new")) == made and reference.knows("Item", "900")
    await lists.take(REALM, "Item", [item(900, "Made", 0, minute=5, Sku="NEW", QtyOnHand=7)], at(9))
    assert (reference.item(need("new")) or {})["QtyOnHand"] == 7, "what the topic says of it by then"


async def test_many_to_whom_a_reference_turned_out_gone_cost_one_reading(
    reference: Reference, ingest: Ingest, books: QuickBooksSandbox
) -> None:
    await ingest.load()
    mug = str((reference.item(need("MUG")) or {})["Id"])
    known, before = reference.known, await metered(books)
    working = asyncio.create_task(ingest.work())
    await asyncio.gather(*(reference.reload([("Item", mug)], known) for _ in range(20)))
    await working
    assert len(ingest.commands) == 1
    assert await metered(books) == before + 6, "five short lists, and the item"
    await reference.reload([("Item", mug)], known)
    assert len(ingest.commands) == 1, "it was read since"
    assert not reference.changed(known)


async def test_who_asks_while_others_wait_is_served_by_the_next_reading(
    reference: Reference, ingest: Ingest, lists: Lists
) -> None:
    await ingest.load()
    first = asyncio.create_task(reference.reload([("Item", "1"), ("Customer", "1")], reference.known))
    await lists.asked(REALM).wait()
    second = asyncio.create_task(reference.reload([("Item", "1"), ("Item", "2")], reference.known))
    await ingest.work()
    await first
    lists.asked(REALM).clear()
    await ingest.work()
    await second
    assert [command["ids"]["Item"] for command in ingest.commands] == [["1"], ["2"]]


async def test_an_answer_that_takes_long_is_waited_for_by_coming_again(
    reference: Reference, ingest: Ingest, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane is free meanwhile, and no second command is given for the same."""
    await ingest.load()
    monkeypatch.setattr(limits, "LISTS_RELOAD_SECONDS", 0.05)
    known = reference.known
    for _ in range(3):
        with pytest.raises(RetryLater, match="hasn't read the lists anew"):
            await reference.reload([("Item", "1")], known)
    monkeypatch.setattr(limits, "LISTS_RELOAD_SECONDS", 10.0)
    await ingest.work()
    await reference.reload([("Item", "1")], known)
    assert len(ingest.commands) == 1


async def test_under_new_settings_nothing_is_planned_before_the_lists_were_read_anew(
    reference: Reference, ingest: Ingest, books: QuickBooksSandbox
) -> None:
    await ingest.load()
    await books.seed({"Class": [{"Name": "Web"}]})
    reference.distrust()
    with pytest.raises(RetryLater, match="for the new settings"):
        reference.ensure()
    await reference.renew()
    with pytest.raises(RetryLater, match="for the new settings"):
        reference.ensure()
    await ingest.work()
    reference.ensure()
    assert reference.books.names["Class"]["web"]


async def test_an_item_that_is_not_there_is_asked_for_now_and_then_only(
    reference: Reference, books: QuickBooksSandbox, ingest: Ingest, seconds: list[float]
) -> None:
    await ingest.load()
    before = await metered(books)
    for _ in range(5):
        assert await reference.find_item_by_sku("HAT") is None
    assert await metered(books) == before + 1
    await books.seed({"Item": [{"Name": "Hat", "Sku": "HAT", **ITEM}]})
    seconds[0] += 601
    found = await reference.find_item_by_sku("hat")
    assert found is not None and found["Name"] == "Hat"
