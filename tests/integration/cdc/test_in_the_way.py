"""What is in the way of following the books costs itself and no more, and nothing is missed behind it."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from services.ingest.cdc import company, worker
from shared import limits
from shared.quickbooks.cdc import ENTITIES
from shared.quickbooks.faults import Missing, Reconnect, Throttled, Unavailable
from tests.integration.cdc.conftest import Following
from tests.integration.cdc.work import agree, ask, change, delete, sell

CDC = {"entity": "cdc"}


async def test_an_entity_that_is_refused_is_left_out_for_a_day_and_the_others_are_told(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real sandbox refuses InventoryAdjustment until a switch says that change data capture covers it."""
    more = ENTITIES | {"InventoryAdjustment"}
    for module in (company, worker):
        monkeypatch.setattr(module, "ENTITIES", more)
    assert await following.worker.turn(following.realm, more) is None
    ids = await sell(following, 3, "Beside it")
    assert await following.worker.turn(following.realm, more) is None
    assert {f"SalesReceipt:{one}" for one in ids} <= (await following.state()).keys()
    calls = await following.metered()
    assert await following.worker.turn(following.realm, more) is None
    assert await following.metered() - calls == 1, "it isn't tried every time"
    await following.books.settings(cdc_also_covers=["InventoryAdjustment"])
    await following.advance(days=1, minutes=1)
    assert await following.worker.turn(following.realm, more) is None
    calls = await following.metered()
    assert await following.worker.turn(following.realm, more) is None
    assert await following.metered() - calls == 1, "one question for all of them again"
    assert following.position().entities["InventoryAdjustment"].refused_at is None


async def test_an_entity_that_the_companys_plan_does_not_know_at_all_stops_no_other(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither change data capture nor a query of it is answered: the server's time is asked for by what is there."""
    more = ENTITIES | {"Nonesuch"}
    for module in (company, worker):
        monkeypatch.setattr(module, "ENTITIES", more)
    assert await following.worker.turn(following.realm, more) is None
    ids = await sell(following, 2, "Beside nothing")
    assert await following.worker.turn(following.realm, more) is None
    assert {f"SalesReceipt:{one}" for one in ids} <= (await following.state()).keys()
    assert following.position().entities["Nonesuch"].refused_at is not None


@pytest.mark.parametrize("hours", [-30.0, 30.0])
async def test_our_clock_may_be_wrong(following: Following, hours: float) -> None:
    """Nothing is asked by our time, from the very first question on."""
    following.clock.ahead += timedelta(hours=hours)
    await ask(following)
    ids = await sell(following, 4, "At any time")
    await ask(following)
    await delete(following, ids[:1])
    await ask(following)
    await agree(following, deleted=ids[:1])
    assert {f"SalesReceipt:{one}" for one in ids} <= (await following.state()).keys()


async def test_a_cursor_that_only_quickbooks_finds_too_old_is_read_up(following: Following) -> None:
    """Our clock stands still for 31 days: the question is refused, and the answer to the next says what time it is."""
    await ask(following)
    ids = await sell(following, 6, "By their clock")
    await ask(following)
    await delete(following, ids[:2])
    await change(following, ids[2:3])
    await following.books.advance(timedelta(days=31).total_seconds())
    await ask(following)
    await agree(following, deleted=ids[:2])


async def test_a_fault_inside_an_answer_keeps_no_other_entity_from_being_told(following: Following) -> None:
    await ask(following)
    ids = await sell(following, 2, "Beside a fault")
    fault = {"status": 200, "body": "fault", "code": "10000", "kind": "SystemFault"}
    await following.books.add_fault("status", match=CDC, times=1, **fault)
    await ask(following)
    assert {f"SalesReceipt:{one}" for one in ids} <= (await following.state()).keys()
    await following.books.add_fault("status", match=CDC, **fault)
    failed = await following.worker.turn(following.realm, ENTITIES)
    assert isinstance(failed, Unavailable), "it is told when it lasts"
    await following.books.clear_faults()
    await ask(following)
    await agree(following)


async def test_answers_that_are_too_large_come_in_smaller_pieces(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(following)
    ids = await sell(following, 200, "Large")
    monkeypatch.setattr(limits, "QUICKBOOKS_RESPONSE_MAX_BYTES", 80_000)
    await ask(following)
    await agree(following)
    monkeypatch.undo()
    await delete(following, ids[:3])
    await following.books.settings(query_lines=100)
    await following.advance(days=31)
    await ask(following)
    await agree(following, deleted=ids[:3])


async def test_an_object_over_the_logs_limit_is_told_without_its_lists(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(following)
    ids = await sell(following, 1, "Long", lines=60)
    monkeypatch.setattr(limits, "RECORD_MAX_BYTES", 8_000)
    await ask(following)
    (told,) = [one for one in await following.told() if one.key.endswith(f"SalesReceipt:{ids[0]}")]
    assert told.headers["brief"] == "yes" and told.value is not None
    assert b'"Line"' not in told.value and b'"TotalAmt"' in told.value
    monkeypatch.undo()
    await ask(following)
    await agree(following)


@pytest.mark.parametrize("lag", [25, 100, 170])
async def test_what_shows_up_late_is_told(following: Following, lag: int) -> None:
    await ask(following)
    await following.books.settings(cdc_lag_seconds=lag)
    ids = await sell(following, 3, "Late")
    for _ in range(math.ceil((lag + limits.CDC_DEEP_SECONDS) / limits.CDC_FAST_SECONDS) + 1):
        await following.advance(seconds=limits.CDC_FAST_SECONDS)
        await ask(following)
    await agree(following)
    assert {f"SalesReceipt:{one}" for one in ids} <= (await following.state()).keys()


async def test_deletions_by_the_thousand_are_told(following: Following) -> None:
    """They fill an answer themselves: the next one begins at the last of them."""
    await ask(following)
    ids = await sell(following, 1_130, "All wrong")
    await following.advance(minutes=10)
    await ask(following)
    await delete(following, ids)
    calls = await following.metered()
    await ask(following)
    await agree(following, deleted=ids)
    assert await following.metered() - calls < 15


async def test_a_burst_is_not_read_up_over_and_over(following: Following) -> None:
    await ask(following)
    await following.books.stand(True)
    await sell(following, 1_500, "A burst")
    await following.books.stand(False)
    calls = await following.metered()
    for _ in range(12):
        await ask(following)
        await following.advance(seconds=limits.CDC_FAST_SECONDS)
    await agree(following)
    assert await following.metered() - calls <= 80, "with every question it would be twice as many"


async def test_a_company_that_began_anew_is_told_as_it_is_now(following: Following) -> None:
    await ask(following)
    ids = await sell(following, 5, "Of before")
    await ask(following)
    await following.books.settings(company_state="reset")
    failed = await following.worker.turn(following.realm, ENTITIES)
    assert isinstance(failed, Missing) and failed.code == "10200"
    await following.books.reset()
    new = await sell(following, 2, "Of now")
    await ask(following)
    state = await following.state()
    now = await following.books_hold("SalesReceipt", "Customer", "Item")
    living = {name: token for name, token in state.items() if token != "deleted"}
    assert {name: token for name, token in living.items() if name in now} == now
    assert [name for name in living if name.startswith(("SalesReceipt", "Customer", "Item")) and name not in now] == []
    assert {f"SalesReceipt:{one}" for one in new} <= living.keys()
    assert {f"SalesReceipt:{one}" for one in ids} - now.keys() <= {name for name in state if state[name] == "deleted"}


@pytest.mark.parametrize("days", [2, 35])
async def test_a_company_reconnected_after_days_is_caught_up_with(following: Following, days: int) -> None:
    await ask(following)
    ids = await sell(following, 6, "Before")
    await ask(following)
    await following.books.add_fault("revoke_grant", match=CDC, times=1)
    failed = await following.worker.turn(following.realm, ENTITIES)
    await following.books.clear_faults()
    assert isinstance(failed, Reconnect)
    await delete(following, ids[:2])
    await change(following, ids[2:4])
    await following.advance(days=days)
    assert isinstance(await following.worker.turn(following.realm, ENTITIES), Reconnect)
    more = await sell(following, 2, "After")
    await following.reconnect()
    await ask(following)
    await agree(following, deleted=ids[:2])
    assert {f"SalesReceipt:{one}" for one in more} <= (await following.state()).keys()


async def test_a_throttle_and_an_outage_are_waited_for(following: Following) -> None:
    await ask(following)
    ids = await sell(following, 2, "Meanwhile")
    counted = following.spent()
    await following.books.add_fault("status", match=CDC, status=503, body="html", times=1)
    assert isinstance(await following.worker.turn(following.realm, ENTITIES), Unavailable)
    await following.books.add_fault("status", match=CDC, status=429, body="xml", retry_after="1", times=1)
    failed = await following.worker.turn(following.realm, ENTITIES)
    assert isinstance(failed, Throttled) and failed.wait_seconds < 10
    assert following.spent() == counted, "Intuit counts what succeeds"
    await ask(following)
    await agree(following)
    assert {f"SalesReceipt:{one}" for one in ids} <= (await following.state()).keys()


async def test_our_count_of_metered_calls_is_that_of_the_books(following: Following) -> None:
    await ask(following)
    begin, counted = await following.metered(), following.spent()
    await sell(following, 1_010, "Counted")
    for _ in range(3):
        await ask(following)
    await following.books.add_fault("drop_after_commit", match=CDC, times=1)
    assert isinstance(await following.worker.turn(following.realm, ENTITIES), Unavailable)
    await ask(following)
    assert await following.metered() - begin > 10
    assert following.spent() - counted == await following.metered() - begin
