"""Whatever a path, a head and a body hold, each source answers, and takes nothing without its proof."""

from __future__ import annotations

import asyncio
import base64
import hmac
import random
from datetime import UTC, datetime

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from services.ingest.receiver import find_target
from services.ingest.sources.mageplaza import HOOKS
from services.ingest.sources.models import MODELS
from services.ingest.sources.webhook import (
    Accepted,
    KeyMissing,
    KeyUnavailable,
    NeedsKey,
    Outcome,
    Refused,
    Target,
    Webhook,
    check_head,
)
from tests.integration.ingest_receiver.support import REALM
from tests.integration.ingest_sources.support import (
    ADOBE,
    CLIENT_ID,
    KEY_1,
    PASSWORD,
    VERIFIER,
    Shops,
    World,
    basic,
    private_key,
    rsa_sign,
)

QUICKBOOKS = "/webhooks/quickbooks"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOPS = Shops()
SENT = {200, 202, 400, 401, 403, 404, 405, 413, 415, 503}
HEADERS = [
    "content-type", "content-length", "content-encoding", "authorization", "x-bookbridge-secret", "x-magento-signature",
    "x-adobe-commerce-webhook-signature", "x-adobe-digital-signature-1", "x-adobe-digital-signature-2",
    "x-adobe-public-key1-path", "x-adobe-public-key2-path", "x-adobe-event-id", "intuit-signature",
]  # fmt: skip
MEMBERS = ["entity_id", "order_id", "id", "sku", "parent_id", "product_id", "data", "value", "order", "result", "type",
           "eventName", "specversion", "recipientclientid", "eventid", "validationUrl"]  # fmt: skip
# What aiohttp gives for bytes beyond ASCII: surrogates.
texts = st.text(st.characters(codec="utf-8"), max_size=40) | st.binary(max_size=20).map(
    lambda raw: raw.decode("utf-8", "surrogateescape")
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=9) | st.floats(allow_nan=False)
documents = st.recursive(
    scalars | st.just(CLIENT_ID) | st.sampled_from([f"com.adobe.commerce.{code}" for code in MODELS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5),
    max_leaves=15,
)
bodies = st.binary(max_size=200) | documents.map(orjson.dumps)
paths = st.sampled_from(
    [ADOBE, "/webhooks/main/mageos/sales.order.created", "/webhooks/bare/adobe-io", QUICKBOOKS]
    + [f"/webhooks/main/mageplaza/{hook}" for hook in HOOKS]
    + [f"/webhooks/main/commerce/{hook}" for hook in MODELS]
) | texts.map(lambda rest: "/webhooks/main/" + rest)
heads = st.lists(st.tuples(st.sampled_from(HEADERS), texts), max_size=6)
keys = st.sampled_from([private_key("adobe 1").public_key(), KeyMissing(), KeyUnavailable()])


def target_of(path: str) -> Target:
    target = find_target(SHOPS, path)
    assert isinstance(target, Target)
    return target


def answered(outcome: Outcome, key: RSAPublicKey | KeyMissing | KeyUnavailable) -> Accepted | Refused:
    asked = 0
    while isinstance(outcome, NeedsKey):
        asked += 1
        assert asked <= 2
        outcome = outcome.then(key)
    return outcome


@given(paths, st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", ""]), texts, heads, bodies, keys)
def test_any_request_is_answered_and_nothing_is_stored_without_a_proof(
    path: str,
    method: str,
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    key: RSAPublicKey | KeyMissing | KeyUnavailable,
) -> None:
    target = find_target(SHOPS, path)
    if isinstance(target, Refused):
        assert target.status == 404
        return
    webhook = Webhook(method, query, CIMultiDict(headers), body, NOW, "0" * 32)
    refusal = check_head(target, method, CIMultiDict(headers))
    outcome = refusal or answered(target.take(webhook), key)
    if isinstance(outcome, Refused):
        assert outcome.status in SENT
        orjson.dumps({"error": outcome.message})  # the message must be one that can be sent
    else:
        assert outcome.records == ()  # a challenge or a validation


def checked(outcome: Accepted | Refused, body: bytes) -> None:
    """The rules for what a genuine request leads to."""
    if isinstance(outcome, Refused):
        assert outcome.status in {400, 403}
        orjson.dumps({"error": outcome.message})
        return
    for record in outcome.records:
        connection, kind, entity_id = record.key.split(":")
        assert (connection, bool(kind), bool(entity_id)) == ("main", True, True)
        assert kind == "product_sku" or int(entity_id) > 0
        assert record.value is not None
        assert record.value in body
        assert all(value.isascii() for value in record.headers.values())


@given(documents)
def test_any_genuine_document_of_adobe_io_is_answered(document: object) -> None:
    body = orjson.dumps(document) + b" " + orjson.dumps(CLIENT_ID)
    if isinstance(document, dict):
        body = orjson.dumps(document | {"recipientclientid": CLIENT_ID, "specversion": "1.0"})
    headers = [("x-adobe-digital-signature-1", rsa_sign("adobe 1", body)), ("x-adobe-public-key1-path", KEY_1)]
    webhook = Webhook("POST", "", CIMultiDict(headers), body, NOW, "0" * 32)
    checked(answered(target_of(ADOBE).take(webhook), private_key("adobe 1").public_key()), body)


@given(st.sampled_from(sorted(MODELS)), bodies)
def test_any_genuine_body_of_commerce_is_answered(hook: str, body: bytes) -> None:
    signature = rsa_sign("commerce", base64.b64encode(body))
    headers = CIMultiDict([("x-adobe-commerce-webhook-signature", signature)])
    webhook = Webhook("POST", "", headers, body, NOW, "0" * 32)
    checked(answered(target_of(f"/webhooks/main/commerce/{hook}").take(webhook), KeyMissing()), body)


@given(st.sampled_from(sorted(HOOKS)), texts, bodies | st.text(max_size=200).map(str.encode))
def test_any_body_and_query_of_mageplaza_is_answered(hook: str, query: str, body: bytes) -> None:
    webhook = Webhook("POST", query, CIMultiDict(basic(password=PASSWORD)), body, NOW, "0" * 32)
    checked(answered(target_of(f"/webhooks/main/mageplaza/{hook}").take(webhook), KeyMissing()), body)


companies = st.sampled_from([REALM, "999", "", "x"])
events = st.fixed_dictionaries(
    {},
    optional={
        "id": scalars,
        "type": scalars | st.sampled_from(["qbo.item.updated.v1", "qbo.taxcode.created.v1", "qbo..x.v1"]),
        "time": scalars | st.sampled_from(["2025-09-10T21:31:25.179851517Z", "2015-10-05T14:42:19-0700"]),
        "intuitaccountid": scalars | companies,
    },
)
rows = st.fixed_dictionaries({}, optional={"name": scalars | st.just("Item"), "lastUpdated": scalars})
notifications = st.fixed_dictionaries(
    {},
    optional={"realmId": scalars | companies, "dataChangeEvent": st.dictionaries(st.just("entities"), st.lists(rows))},
)
deliveries = st.lists(events | documents, max_size=5) | st.fixed_dictionaries(
    {"eventNotifications": st.lists(notifications | documents, max_size=4)}
)


@given(bodies | deliveries.map(orjson.dumps))
def test_any_genuine_body_of_intuit_is_answered(body: bytes) -> None:
    signature = base64.b64encode(hmac.digest(VERIFIER.encode(), body, "sha256")).decode()
    webhook = Webhook("POST", "", CIMultiDict([("intuit-signature", signature)]), body, NOW, "0" * 32)
    outcome = answered(target_of(QUICKBOOKS).take(webhook), KeyMissing())
    if isinstance(outcome, Refused):
        assert outcome.status == 400
        return
    assert outcome.answer.status == 200
    assert [record.key for record in outcome.records] in ([], [REALM])  # one command a company, and only for ours
    for record in outcome.records:
        assert orjson.loads(record.value or b"")["entities"] == ["Item"]
        assert all(value.isascii() for value in record.headers.values())
    assert all(one.text.isascii() for one in outcome.ignored)


async def test_no_bytes_on_the_wire_make_a_server_error(ready: World) -> None:
    """Headers with any bytes, bodies of any kind, to every source, each on a connection of its own."""
    chance = random.Random(7)
    addresses = [
        ADOBE,
        QUICKBOOKS,
        "/webhooks/main/mageos/sales.order.created",
        "/webhooks/main/mageplaza/order?id=\xff",
    ]
    addresses += [f"/webhooks/main/commerce/{hook}" for hook in list(MODELS)[:3]]
    for _ in range(150):
        method = chance.choice(["GET", "POST", "PUT", "DELETE"])
        body = chance.choice(
            [b"", b"{", b"[1]", chance.randbytes(30), b'{"validationUrl":"\\ud800"}', CLIENT_ID.encode()]
        )
        head = f"{method} {chance.choice(addresses)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode("latin-1")
        for name in chance.sample([name for name in HEADERS if name != "content-length"], 5):
            value = bytes(byte for byte in chance.randbytes(12) if byte >= 0x20 and byte != 0x7F)
            head += name.encode() + b": " + chance.choice([value, KEY_1.encode(), b"Basic ", b"identity"]) + b"\r\n"
        reader, writer = await ready.peer.connect()
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        line = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
        assert int(line.split()[1]) in SENT, (line, head, body)
        writer.close()
    assert await ready.records() == []
