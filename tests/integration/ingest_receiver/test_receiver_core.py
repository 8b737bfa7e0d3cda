"""The pure part of the receiver on any input: it answers, never raises, and accepts only what is right."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.ingest.receiver import find_target
from services.ingest.sources.mageos import MageosTarget
from services.ingest.sources.mageos_events import SUBJECTS
from services.ingest.sources.webhook import Accepted, Outcome, Refused, Target, Webhook, check_head
from shared.log.port import NewRecord
from shared.magento.signatures import sign
from tests.integration.ingest_receiver.support import REALM, SHOP, TOKEN, Shops

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = MageosTarget(SHOP.name, "sales.order.created", SHOP, SUBJECTS["sales.order.created"])
ID_MEMBERS = ["entity_id", "order_id", "id", "customer_id", "data", "specversion", "type"]
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ID_MEMBERS) | st.text(), inner, max_size=4)
    ),
    max_leaves=10,
)


def take(body: bytes, signatures: list[str], target: Target = ORDER) -> NewRecord | Refused:
    headers = CIMultiDict([("x-magento-signature", signature) for signature in signatures])
    outcome: Outcome = target.take(Webhook("POST", "", headers, body, NOW, "0" * 32))
    if isinstance(outcome, Accepted):
        (record,) = outcome.records
        return record
    assert isinstance(outcome, Refused)
    return outcome


def check(body: bytes) -> NewRecord | Refused:
    return take(body, [sign(body, TOKEN)])


@given(st.binary(max_size=200))
def test_any_signed_bytes_are_answered(body: bytes) -> None:
    assert isinstance(check(body), NewRecord | Refused)


@given(documents)
def test_any_signed_document_is_answered_and_accepted_only_with_an_id(document: object) -> None:
    try:
        body = orjson.dumps(document)
    except TypeError:  # an integer of over 64 bits
        return
    result = check(body)
    if isinstance(result, NewRecord):
        connection, kind, entity_id = result.key.split(":")
        assert (connection, kind, result.realm, result.value) == (SHOP.name, "order", REALM, body)
        assert int(entity_id) > 0
        assert str(int(entity_id)) == entity_id
    else:
        assert result.status == 400


@given(st.binary(max_size=100), st.lists(st.text(max_size=70), max_size=2))
def test_nothing_is_accepted_with_another_signature_than_the_right_one(body: bytes, signatures: list[str]) -> None:
    if signatures == [sign(body, TOKEN)]:
        return
    result = take(body, signatures)
    assert isinstance(result, Refused)
    assert result.status == 401


@given(
    st.text(max_size=60),
    st.text(max_size=8),
    st.dictionaries(st.sampled_from(["content-length", "content-type"]), st.text()),
)
def test_any_head_is_answered_and_only_the_one_address_goes_on(path: str, method: str, headers: dict[str, str]) -> None:
    assert isinstance(find_target(Shops(), path), Refused)
    for refusal in (check_head(ORDER, method, headers), check_head(ORDER, "POST", headers)):
        assert refusal is None or refusal.status in {400, 405, 413, 415}


@pytest.mark.parametrize("event", sorted(SUBJECTS))
def test_every_event_is_keyed_by_the_member_that_names_its_entity(event: str) -> None:
    subject = SUBJECTS[event]
    data = {"entity_id": 1, "order_id": 2, "id": 3, "customer_id": 4}
    body = orjson.dumps({"data": data})
    target = find_target(Shops(), f"/webhooks/main-shop/mageos/{event}")
    assert isinstance(target, Target)
    token = "token-of-the-invoice-subscription" if event == "sales.invoice.created" else TOKEN
    result = take(body, [sign(body, token)], target)
    assert isinstance(result, NewRecord)
    assert result.key == f"main-shop:{subject.kind}:{data[subject.id_member]}"
