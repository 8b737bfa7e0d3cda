"""No sender waits in vain: while the log is away each is told so before it hangs up, or the event would be lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from services.ingest.receiver import find_target
from services.ingest.sources.webhook import Target
from shared.magento.signatures import sign
from tests.integration.ingest_sources.support import (
    ADOBE,
    COMMERCE,
    MAGEPLAZA,
    TOKEN,
    Shops,
    adobe_event,
    adobe_headers,
    basic,
    commerce_headers,
    world,
)

MAGEOS = "/webhooks/main/mageos/sales.order.created"
ORDER = b'{"data": {"entity_id": 17}}'
EVENT = orjson.dumps(adobe_event("observer.sales_order_save_commit_after", {"entity_id": "17"}))
# Seconds until each gives up, by the reference (1.1, 1.4, 1.5 and 11); two is what a shopper bears.
PATIENCE = {MAGEOS: 15.0, ADOBE: 10.0, COMMERCE: 2.0, MAGEPLAZA: 2.0, "/webhooks/quickbooks": 3.0}
CONNECT_SECONDS = {MAGEOS: 2.0, ADOBE: 2.0, "/webhooks/quickbooks": 0.5}


@pytest.mark.parametrize("path", PATIENCE)
def test_the_time_for_an_answer_leaves_some_for_the_connection(path: str) -> None:
    target = find_target(Shops(), path)
    assert isinstance(target, Target)
    assert target.answer_seconds is not None
    assert target.answer_seconds + CONNECT_SECONDS.get(path, 0.0) <= PATIENCE[path]


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (MAGEOS, ORDER, {"content-type": "application/json", "x-magento-signature": sign(ORDER, TOKEN)}),
        (ADOBE, EVENT, adobe_headers(EVENT)),
        (COMMERCE, b'{"entity_id": 17}', commerce_headers(b'{"entity_id": 17}')),
        (MAGEPLAZA, b'{"entity_id": 17}', basic()),
    ],
)
async def test_a_log_that_is_away_is_told_of_in_that_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, body: bytes, headers: Mapping[str, str]
) -> None:
    target = find_target(Shops(), path)
    monkeypatch.setattr(type(target), "answer_seconds", 0.7)  # so that the test is short
    async with world(tmp_path, call_seconds=20.0) as ready:
        assert (await ready.send(path, body, headers))[0] in (200, 202)
        blocker = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        status, answer = await ready.send(path, body, headers)
        taken = time.monotonic() - start
        blocker.execute("ROLLBACK")
        blocker.close()
        assert (status, "within the time" in answer["error"]) == (503, True)
        assert taken < 5.0
        assert (await ready.send(path, body, headers))[0] in (200, 202)
