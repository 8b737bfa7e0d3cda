"""Intuit's webhooks as bytes: which signature is accepted, and what a delivery tells, in both formats."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.quickbooks.webhooks import ENTITIES, Change, NotAWebhook, Skipped, Verifiers, read_webhook

# Test case 2 of RFC 4231 for HMAC-SHA-256: a figure that our own code did not make.
RFC_TOKEN = "Jefe"
RFC_BODY = b"what do ya want for nothing?"
RFC_SIGNATURE = base64.b64encode(
    bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
).decode()
ID = "88cd52aa-33b6-4351-9aa4-47572edbd068"


def sign(body: bytes, token: str) -> str:
    return base64.b64encode(hmac.digest(token.encode(), body, "sha256")).decode()


def cloud_event(**changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": ID,
        "source": "intuit.dsnmYKEjQwWsZbQkVrF0aKy7qDrxJpHvNcmuOQ==",
        "type": "qbo.account.created.v1",
        "datacontenttype": "application/json",
        "time": "2025-09-10T21:31:25.179851517Z",
        "intuitentityid": "1234",
        "intuitaccountid": "310687",
        "data": {},
    } | changes


def legacy(realm: object = "1185883450", **changes: object) -> dict[str, object]:
    row = {"name": "Customer", "id": "1", "operation": "Create", "lastUpdated": "2015-10-05T14:42:19-0700"} | changes
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": [row]}}]}


def test_the_signature_is_hmac_sha256_in_base64() -> None:
    assert Verifiers([RFC_TOKEN]).verify(RFC_BODY, [RFC_SIGNATURE])


@given(st.binary(max_size=300))
def test_both_verifiers_are_accepted_while_one_is_replaced(body: bytes) -> None:
    accepted = Verifiers(["old", "new"])
    assert accepted.verify(body, [sign(body, "old")])
    assert accepted.verify(body, [sign(body, "new")])
    assert not accepted.verify(body, [sign(body, "another")])


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_body_with_one_changed_bit_is_refused(body: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    assert not Verifiers(["t"]).verify(bytes(changed), [sign(body, "t")])


@given(st.binary(max_size=50), st.integers(0, 43), st.characters())
def test_a_signature_with_one_other_character_is_refused(body: bytes, place: int, character: str) -> None:
    right = sign(body, "t")
    wrong = right[:place] + character + right[place + 1 :]
    assert Verifiers(["t"]).verify(body, [wrong]) == (wrong == right)


@pytest.mark.parametrize(
    "presented",
    [
        [],
        [""],
        [RFC_SIGNATURE[:-1]],
        [RFC_SIGNATURE + "="],
        [RFC_SIGNATURE + "\n"],
        [" " + RFC_SIGNATURE],
        ["-" + RFC_SIGNATURE[1:]],
        ["_" + RFC_SIGNATURE[1:]],
        [base64.b64decode(RFC_SIGNATURE).hex()],
        [RFC_SIGNATURE, RFC_SIGNATURE],
        ["\uff21" * 43 + "="],
        ["\udce9" * 44],
        [RFC_SIGNATURE[:-2] + chr(ord(RFC_SIGNATURE[-2]) + 1) + "="],  # decodes to the same bytes
    ],
)
def test_anything_else_in_the_header_is_refused(presented: list[str]) -> None:
    assert not Verifiers([RFC_TOKEN]).verify(RFC_BODY, presented)


def test_without_a_token_nothing_is_accepted_and_an_empty_token_is_none() -> None:
    assert not Verifiers([]).verify(b"", [sign(b"", "")])
    with pytest.raises(ValueError, match="empty"):
        Verifiers(["good", "  "])
    assert "good" not in repr(Verifiers(["good"]))


def test_cloud_events_of_several_companies_are_read_with_their_nanoseconds() -> None:
    events = [cloud_event(), cloud_event(type="qbo.salesreceipt.voided.v1", intuitaccountid="4620816")]
    told = read_webhook(orjson.dumps(events))
    at = datetime(2025, 9, 10, 21, 31, 25, 179_851, tzinfo=UTC)
    assert told.format == "cloudevents"
    assert told.changes == (Change("310687", "Account", at, ID), Change("4620816", "SalesReceipt", at, ID))
    assert told.skipped == ()


def test_a_cloud_event_that_comes_alone_is_read_too() -> None:
    assert [change.entity for change in read_webhook(orjson.dumps(cloud_event())).changes] == ["Account"]


def test_the_older_format_is_read_with_its_offset_without_a_colon() -> None:
    told = read_webhook(orjson.dumps(legacy()))
    assert told.format == "legacy"
    assert told.changes == (Change("1185883450", "Customer", datetime(2015, 10, 5, 21, 42, 19, tzinfo=UTC)),)


def test_a_merge_tells_of_its_entity_once() -> None:
    told = read_webhook(orjson.dumps(legacy(operation="Merge", deletedID="7")))
    assert [change.entity for change in told.changes] == ["Customer"]


@pytest.mark.parametrize("entity", sorted(ENTITIES))
@pytest.mark.parametrize("kind", ["created", "updated", "deleted", "merged", "voided", "emailed"])
def test_every_entity_and_kind_of_intuit_is_understood_in_both_formats(entity: str, kind: str) -> None:
    for body in ([cloud_event(type=f"qbo.{entity.lower()}.{kind}.v1")], legacy(name=entity, operation=kind)):
        (change,) = read_webhook(orjson.dumps(body)).changes
        assert change.entity == entity


@pytest.mark.parametrize(
    "event",
    [
        None,
        17,
        [],
        {},
        cloud_event(type="qbo.taxcode.updated.v1"),
        cloud_event(type="com.adobe.commerce.observer"),
        cloud_event(type=None),
        cloud_event(type="qbo.item.updated.v1\n"),
        cloud_event(intuitaccountid=None),
        cloud_event(intuitaccountid=""),
        cloud_event(intuitaccountid=True),
        cloud_event(intuitaccountid="31 0687"),
        cloud_event(intuitaccountid=-1),
    ],
)
def test_an_event_that_is_not_understood_takes_no_other_with_it(event: object) -> None:
    told = read_webhook(orjson.dumps([event, cloud_event(), event]))
    assert [change.realm for change in told.changes] == ["310687"]
    assert len(told.skipped) == 2


@pytest.mark.parametrize(
    "notification",
    [
        None,
        {},
        {"realmId": "1"},
        {"realmId": "1", "dataChangeEvent": {"entities": {}}},
        {"realmId": [], "dataChangeEvent": {"entities": [{"name": "Item"}]}},
        {"realmId": "1", "dataChangeEvent": {"entities": [{"name": 4}]}},
        {"realmId": "1", "dataChangeEvent": {"entities": ["Item"]}},
    ],
)
def test_a_notification_that_is_not_understood_takes_no_other_with_it(notification: object) -> None:
    good = legacy()["eventNotifications"]
    assert isinstance(good, list)
    told = read_webhook(orjson.dumps({"eventNotifications": [notification, *good]}))
    assert [change.realm for change in told.changes] == ["1185883450"]
    assert len(told.skipped) == 1


@pytest.mark.parametrize(
    "time", [None, 5, "", "yesterday", "2025-09-10T21:31:25", "2025-13-10T21:31:25Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_cannot_be_placed_is_none_and_the_event_still_counts(time: object) -> None:
    (change,) = read_webhook(orjson.dumps([cloud_event(time=time)])).changes
    assert change.at is None


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[", b"\xff", b"null", b'"x"', b"{}", b'{"eventNotifications":{}}', b"[" * 100_000, b"NaN"],
)  # fmt: skip
def test_a_body_in_neither_format_is_told_so(body: bytes) -> None:
    with pytest.raises(NotAWebhook):
        read_webhook(body)


scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=9) | st.floats(allow_nan=False)
names = st.sampled_from(
    ["type", "time", "id", "intuitaccountid", "eventNotifications", "realmId", "dataChangeEvent", "entities", "name"]
)
documents = st.recursive(
    scalars | st.sampled_from(["qbo.item.updated.v1", "310687", "Item", "2025-09-10T21:31:25.179851517Z"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
    max_leaves=20,
)


@given(st.binary(max_size=200) | documents.map(orjson.dumps) | st.lists(documents, max_size=4).map(orjson.dumps))
def test_any_body_is_read_or_told_why_not(body: bytes) -> None:
    try:
        told = read_webhook(body)
    except NotAWebhook as error:
        assert str(error)
        return
    for change in told.changes:
        assert change.entity in ENTITIES
        assert change.realm.isdigit()
        assert change.at is None or change.at.tzinfo is UTC
    assert all(isinstance(one, Skipped) and one.text.isascii() for one in told.skipped)


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" + b",".join([b"0"] * 1_000_000) + b"]",
        b'{"eventNotifications":[' + b",".join([b"0"] * 1_000_000) + b"]}",
        b'{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[0' + b",0" * 30_000 + b"]}}]}",
    ],
    ids=["events", "notifications", "entities"],
)
def test_an_array_of_more_events_than_a_body_has_room_for_is_refused(bomb: bytes) -> None:
    with pytest.raises(NotAWebhook, match="more than 25000 events"):
        read_webhook(bomb)


def test_a_body_full_of_real_events_is_read() -> None:
    row = orjson.dumps(legacy()["eventNotifications"][0]["dataChangeEvent"]["entities"][0])  # type: ignore[index]
    rows = b",".join([row] * ((limits.WEBHOOK_BODY_MAX_BYTES - 100) // (len(row) + 1)))
    body = b'{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[' + rows + b"]}}]}"
    assert len(read_webhook(body).changes) == rows.count(b"Customer") > 20_000
