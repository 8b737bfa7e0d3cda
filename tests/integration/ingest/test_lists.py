"""Ingest keeps the lists of its companies in the log: whole at the start, read anew when asked for and when old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.ingest.cdc.worker import CdcWorker
from shared import limits
from shared.log.port import NewRecord, Position
from shared.quickbooks.listed import ENTITIES, loaded_key
from shared.quickbooks.lists import ListBoard, RealmLists
from shared.topics import COMMANDS, DEAD_LETTERS, LISTS
from shared.wire import encode
from tests.integration.orders.in_the_books import ITEM, booked, change, metered
from tests.support.deployment import Deployment, deployment, kill
from tests.support.inside import services_inside
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def reading(deployed: Deployment, name: str = "reader") -> AsyncIterator[RealmLists]:
    """The lists as another process sees them."""
    async with ListBoard(deployed.log, deployed.folder / f"{name}.sqlite") as board:
        board.own("test", range(limits.PARTITIONS))
        await board.until_ready(deployed.books.realm)
        yield board.of(deployed.books.realm)


async def until_whole(deployed: Deployment, lists: RealmLists) -> None:
    async def whole() -> bool:
        return not lists.missing(ENTITIES)

    await deployed.until(whole, "every list was read")


async def reload(deployed: Deployment, lists: RealmLists, **names: Any) -> None:
    """Asks as other services do, and waits for the answer."""
    realm = deployed.books.realm
    value = encode({"command": "reload", **names})
    asked: Position = await deployed.log.append(
        NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"})
    )

    async def answered() -> bool:
        return lists.answered() >= asked.offset

    await deployed.until(answered, "what was asked for was read")


async def test_the_lists_of_a_new_company_are_read_and_then_what_is_asked_for(receiving: Deployment) -> None:
    async with reading(receiving) as lists:
        await until_whole(receiving, lists)
        first = await metered(receiving)
        reads = (await receiving.books.usage())["coreplus"]
        assert len(ENTITIES) <= first <= len(ENTITIES) + 1, f"a call for each, and one that proves the grant: {reads}"
        made = await receiving.books.seed({"Item": [{"Name": "Mug", "Sku": "MUG", **ITEM}], "Class": [{"Name": "Web"}]})
        assert lists.items_of_sku("MUG") == []
        await reload(receiving, lists, ids={"Item": [made["Item"][0]["Id"]]})
        assert [one["Name"] for one in lists.items_of_sku("MUG")] == ["Mug"]
        await reload(receiving, lists, entities=["Class"])
        assert len(lists.named("Class", "web")) == 1
        assert await metered(receiving) == first + 2
        revision = lists.revision
        await change(receiving, "Class", made["Class"][0], Active=False)
        await reload(receiving, lists)
        assert lists.named("Class", "web") == [] and lists.revision > revision
        assert (lists.get("Class", made["Class"][0]["Id"]) or {})["Active"] is False


async def test_a_command_that_names_no_list_is_put_aside(receiving: Deployment) -> None:
    realm, value = receiving.books.realm, encode({"command": "reload", "entities": ["Invoice"]})
    await receiving.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))

    async def buried() -> bool:
        return len(await receiving.read(DEAD_LETTERS)) == 1

    await receiving.until(buried, "it is a dead letter")


async def test_a_list_that_the_company_does_not_have_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LISTS_FAILED_SECONDS", 1.5)
    async with deployment("embedded", tmp_path) as made:
        rule = await made.books.add_fault("status", match={"operation": "query"}, status=400, skip=1, times=1)
        async with services_inside(made, monkeypatch, orders=False), reading(made) as lists:

            async def others() -> bool:
                return len(lists.missing(ENTITIES)) == 1

            await made.until(others, "every other list was read")
            assert (await made.books.fault(rule))["matched"] == 1
            await until_whole(made, lists)


async def idle(self: CdcWorker, realm: str) -> None:
    await asyncio.Event().wait()


async def test_lists_that_the_companys_plan_does_not_have_keep_no_order_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Classes and locations, the two that are read after the accounts, in Simple Start: empty, and told to be refused.
    An upgrade of the plan is found by the next reading."""
    monkeypatch.setattr(CdcWorker, "follow", idle)  # its first question is a query, too
    monkeypatch.setattr(limits, "LISTS_FAILED_SECONDS", 0.1)
    async with deployment("embedded", tmp_path) as made:
        rule = await made.books.add_fault(
            "status",
            match={"operation": "query"},
            status=403,
            body="fault",
            code="5020",
            kind="AuthorizatonFault",
            skip=1,
            times=2,
        )
        async with services_inside(made, monkeypatch, orders=True), reading(made) as lists:
            await booked(made, await made.place(cart()))
            assert not lists.missing(ENTITIES)
            refused = {entity: one.refused for entity in ENTITIES if (one := lists.loaded(entity)) and one.refused}
            assert refused == {"Class": "5020", "Department": "5020"}
            assert (await made.books.fault(rule))["matched"] == 2, "they aren't asked for all the time"
            (web,) = (await made.books.seed({"Class": [{"Name": "Web"}]}))["Class"]
            await reload(made, lists, entities=["Class", "Department"])
            assert [one["Id"] for one in lists.named("Class", "Web")] == [web["Id"]]
            loaded = [lists.loaded(entity) for entity in ENTITIES]
            assert all(one is not None and not one.refused for one in loaded)


async def test_a_list_that_is_refused_later_keeps_what_it_has_and_is_not_asked_for_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CdcWorker, "follow", idle)
    monkeypatch.setattr(limits, "LISTS_FAILED_SECONDS", 0.1)
    async with deployment("embedded", tmp_path) as made:
        await made.books.seed({"Class": [{"Name": "Web"}]})
        async with services_inside(made, monkeypatch, orders=False), reading(made) as lists:
            await until_whole(made, lists)
            rule = await made.books.add_fault(
                "status", match={"operation": "query"}, status=400, body="fault", code="5030", kind="ValidationFault"
            )
            await reload(made, lists, entities=["Class"])
            before = lists.loaded("Class")
            assert before is not None and (before.refused, before.count) == ("5030", 1)
            assert len(lists.named("Class", "Web")) == 1
            await reload(made, lists, entities=["Preferences"])
            assert (await made.books.fault(rule))["matched"] == 1, "the next day it is asked for again"


async def test_a_restart_reads_nothing_and_an_old_list_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with deployment("embedded", tmp_path) as made:
        async with services_inside(made, monkeypatch, orders=False), reading(made) as lists:
            await until_whole(made, lists)
        before, once = await metered(made), len(await made.read(LISTS))
        async with services_inside(made, monkeypatch, orders=False), reading(made) as lists:
            await reload(made, lists, ids={"Item": ["1"]})
        assert await metered(made) == before + 1, "what was asked for, and nothing else"
        assert once + 1 <= len(await made.read(LISTS)) <= once + 2
        old = datetime.now(UTC) - timedelta(hours=23, minutes=59)
        for entity, read_at in (("TaxCode", old - timedelta(minutes=2)), ("Term", old)):
            value = encode({"at": old.isoformat(), "read_at": read_at.isoformat(), "count": 0})
            record = NewRecord(LISTS, loaded_key(made.books.realm, entity), value, made.books.realm)
            await made.log.append(record)
        async with services_inside(made, monkeypatch, orders=False), reading(made) as lists:
            await reload(made, lists, ids={"Item": ["1"]})

            async def fresh() -> bool:
                loaded = lists.loaded("TaxCode")
                return loaded is not None and loaded.count > 0

            await made.until(fresh, "the list that was a day old was read anew")
        assert await metered(made) == before + 3


async def test_kill_9_in_the_middle_of_a_reading_leaves_a_whole_list(tmp_path: Path) -> None:
    async with deployment("embedded", tmp_path) as made:
        await made.books.seed({"Item": [{"Name": f"Thing {number}", **ITEM} for number in range(2_050)]})
        child = await made.start("run")
        async with reading(made) as lists:
            await until_whole(made, lists)
            known = {one["Id"] for one in lists.all("Item")}
            loaded = lists.loaded("Item")
            (new,) = (await made.books.seed({"Item": [{"Name": "New", "Sku": "NEW", **ITEM}]}))["Item"]
            rule = await made.books.add_fault("hold_before_commit", match={"operation": "query"}, skip=2, times=1)
            asking = asyncio.create_task(reload(made, lists, entities=["Item"]))
            await made.books.wait_held(rule)
            kill(child)
            await child.process.wait()
            await made.books.release(rule)
            async with reading(made, "afterwards") as fresh:
                assert {one["Id"] for one in fresh.all("Item")} - {new["Id"]} == known
                assert fresh.loaded("Item") == loaded
            await made.start("run")
            await asking
            assert [one["Name"] for one in lists.items_of_sku("NEW")] == ["New"], "what was asked for isn't forgotten"
