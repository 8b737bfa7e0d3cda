"""`bookbridge connect magento` as people type it, beside a running Bookbridge."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.ingest.sources.mageos_events import SUBSCRIBED
from tests.support.deployment import TOKEN, Deployment, deployment

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    async with deployment("embedded", tmp_path_factory.mktemp("connect")) as made:
        await made.start_all()
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def deployed(running: Deployment) -> Deployment:
    """The same, with a shop that sends nothing yet."""
    await running.shop.control("DELETE", "webhooks")
    return running


def address(deployed: Deployment) -> str:
    return f"http://127.0.0.1:{deployed.port}"


async def test_a_shop_is_connected_and_its_next_order_reaches_the_books(deployed: Deployment) -> None:
    code, said, complained = await deployed.command("connect", "magento", "main", "--address", address(deployed))
    assert (code, complained.strip()) == (0, "")
    words = " ".join(said.replace("│", " ").split())  # cells are folded
    assert all(event in words for event in SUBSCRIBED)
    assert words.count("made") >= len(SUBSCRIBED)
    assert "Tested:" in words
    assert "Not tested, for nobody can from here" in words
    assert TOKEN not in said
    placed = await deployed.place()
    await deployed.until_outcome(deployed.key(placed), "posted")

    code, said, _ = await deployed.command("connect", "magento", "main", "--address", address(deployed), "--json")
    document = json.loads(said)
    assert (code, document["problems"], document["test"]["verdict"]) == (0, [], "taken")
    assert {row["action"] for row in document["subscriptions"]} == {"keep"}
    assert document["rights"]["Magento_Sales::actions_view"] == "granted"


async def test_wrong_use_is_told_of_with_code_2(deployed: Deployment) -> None:
    for words, told in (
        (("main",), "set BOOKBRIDGE_PUBLIC_URL"),
        (("main", "--address", "hooks.example"), "must be http(s)://"),
        (("main", "--address", "https://hooks.example/?x=1"), "must be http(s)://"),
        (("other", "--address", "https://hooks.example"), "no settings are in force"),
    ):
        code, said, complained = await deployed.command("connect", "magento", *words)
        assert (code, said, told in complained) == (2, "", True), complained


async def test_what_must_be_mended_and_what_cannot_be_reached_have_codes_of_their_own(deployed: Deployment) -> None:
    denied = ["Magento_Sales::sales_creditmemo"]
    await deployed.shop.control("PATCH", "settings", {"denied_resources": denied})
    try:
        code, _, complained = await deployed.command(
            "connect", "magento", "main", "--address", address(deployed), "--dry-run"
        )
    finally:
        await deployed.shop.control("PATCH", "settings", {"denied_resources": []})
    assert (code, "tick Sales > Operations > Credit Memos" in complained) == (1, True)
    code, said, complained = await deployed.command("connect", "magento", "main", "--address", "http://127.0.0.1:9")
    assert (code, said) == (3, "")
    assert "nothing was changed in the shop" in complained
