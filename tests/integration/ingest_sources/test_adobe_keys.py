"""The published keys: fetched once, kept for a while, and an outage of their host is no refusal."""

from __future__ import annotations

import asyncio

import orjson

from shared import limits
from tests.integration.ingest_receiver.support import eventually
from tests.integration.ingest_sources.support import KEY_1, KEY_2, World, adobe_event, key_host, pem, rsa_sign

ORDER = orjson.dumps(adobe_event("observer.sales_order_save_commit_after", {"entity_id": "17"}))
HOUR = 3_600.0


async def test_a_key_is_fetched_once_for_many_deliveries(ready: World) -> None:
    answers = await asyncio.gather(*(ready.adobe(ORDER) for _ in range(30)))
    assert {status for status, _ in answers} == {200}
    assert ready.host.asked == [KEY_1]


async def test_503_while_the_key_host_is_away_and_200_when_it_is_back(ready: World) -> None:
    for status in (500, 503, 403, 301, 429):
        ready.host.status = status
        assert (await ready.adobe(ORDER))[0] == 503
        ready.clock.now += limits.ADOBE_KEY_AGAIN_SECONDS
    assert await ready.records() == []
    ready.host.status = 200
    assert (await ready.adobe(ORDER))[0] == 200


async def test_503_when_the_key_host_gives_no_key(ready: World) -> None:
    ready.host.keys = {KEY_1: b"<html>maintenance</html>", KEY_2: b"x" * 100_000}
    assert (await ready.adobe(ORDER))[0] == 503


async def test_a_key_that_can_not_be_had_does_no_harm_when_the_other_one_verifies(ready: World) -> None:
    ready.host.keys[KEY_1] = b"no key"
    assert (await ready.adobe(ORDER))[0] == 200
    wrong = {"x_adobe_digital_signature_2": rsa_sign("adobe 2", b"another body")}
    assert (await ready.adobe(ORDER, **wrong))[0] == 503


async def test_while_the_host_is_away_it_is_asked_once_in_a_moment(ready: World) -> None:
    ready.host.status = 503
    for _ in range(5):
        assert (await ready.adobe(ORDER))[0] == 503
    assert ready.host.asked == [KEY_1, KEY_2]


async def test_an_old_key_is_fetched_anew_beside_and_serves_through_an_outage_of_half_a_day(ready: World) -> None:
    assert (await ready.adobe(ORDER))[0] == 200
    ready.host.status = 503
    for hours in (12.5, 18.0, 23.5):
        ready.clock.now = 1_000.0 + hours * HOUR
        before = len(ready.host.asked)

        async def asked(before: int = before) -> bool:
            ready.clock.now += limits.ADOBE_KEY_AGAIN_SECONDS  # the last try may have ended only after the clock jumped
            assert (await ready.adobe(ORDER))[0] == 200
            return len(ready.host.asked) > before

        await eventually(asked)


async def test_no_key_is_used_for_more_than_a_day(ready: World) -> None:
    assert (await ready.adobe(ORDER))[0] == 200
    ready.host.status = 503
    ready.clock.now += 24 * HOUR
    assert (await ready.adobe(ORDER))[0] == 503


async def test_a_withdrawn_key_is_trusted_no_longer(ready: World) -> None:
    assert (await ready.adobe(ORDER))[0] == 200
    ready.host.keys = {KEY_2: pem("another")}
    ready.clock.now += 13 * HOUR
    assert (await ready.adobe(ORDER))[0] == 200

    async def refused() -> bool:
        return (await ready.adobe(ORDER))[0] == 401

    await eventually(refused)


async def made_up(ready: World, number: int, who: str) -> int:
    """The status of a delivery that names a key which the host doesn't have, as a proxy hands it on."""
    path = {"x_adobe_public_key1_path": f"/prod/keys/made-up-{number}.pem", "x_adobe_public_key2_path": ""}
    return (await ready.adobe(ORDER, x_forwarded_for=who, **path))[0]


async def test_paths_that_somebody_makes_up_are_fetched_only_so_often_and_take_nothing_from_adobe(ready: World) -> None:
    each = limits.ADOBE_KEY_FETCHES_EACH
    statuses = [await made_up(ready, number, "203.0.113.7") for number in range(each + 3)]
    assert statuses == [401] * each + [503] * 3
    assert (await ready.adobe(ORDER, x_forwarded_for="198.51.100.1"))[0] == 200
    assert len(ready.host.asked) == each + 1
    ready.clock.now += 60
    assert await made_up(ready, 99, "203.0.113.7") == 401


async def test_many_who_make_up_paths_are_fetched_for_only_so_often_and_known_keys_still_renewed(ready: World) -> None:
    assert (await ready.adobe(ORDER))[0] == 200
    ready.clock.now += 23 * HOUR
    statuses = [await made_up(ready, number, f"203.0.113.{number}") for number in range(limits.ADOBE_KEY_FETCHES + 5)]
    assert statuses == [401] * limits.ADOBE_KEY_FETCHES + [503] * 5
    asked = len(ready.host.asked)
    assert (await ready.adobe(ORDER))[0] == 200

    async def renewed() -> bool:
        return ready.host.asked[asked:] == [KEY_1]

    await eventually(renewed)
    ready.clock.now += 2 * HOUR
    assert (await ready.adobe(ORDER))[0] == 200


async def test_a_redirect_to_another_host_is_not_followed(ready: World) -> None:
    async with key_host() as other:
        ready.host.status, ready.host.redirect = 302, other.base + KEY_1
        assert (await ready.adobe(ORDER))[0] == 503
        assert other.asked == []


async def test_no_key_is_fetched_for_a_body_that_is_not_for_us(ready: World) -> None:
    assert (await ready.adobe(b'{"recipientclientid":"another"}'))[0] == 403
    assert ready.host.asked == []
