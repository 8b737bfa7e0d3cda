"""Switches by name, at the start and while the shop runs, and what a person is told who starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from sandbox.cli import sandbox_app
from sandbox.magento.config import Config
from sandbox.magento.switches import LIVE, changed, started
from tests.support.magento_sandbox import START_SECONDS, MagentoSandbox, SandboxRefused

COMMAND = (sys.executable, "-m", "services.cli", "sandbox", "magento", "--port")


def test_values_of_the_command_line_are_text_or_json() -> None:
    options = ["bearer=true", "row_totals=2.4.8", "stock_provided=null", "stock_index_lag_seconds=0.5", "consumers=3"]
    shop = started([*options, 'denied_resources=["Magento_Sales::ship"]', "store_name=A\\nB\\nC"])
    assert (shop.bearer, shop.row_totals, shop.stock_provided, shop.consumers) == (True, "2.4.8", None, 3)
    assert (shop.stock_index_lag_seconds, shop.store_name) == (0.5, "A\nB\nC")
    assert shop.denied_resources == frozenset({"Magento_Sales::ship"})


def test_a_release_sets_several_switches_and_each_of_them_wins_over_it() -> None:
    shop = started(["oauth_sort=rfc", "release=2.4.8"])
    assert (shop.row_totals, shop.itemized_taxes, shop.oauth_sort) == ("2.4.8", True, "rfc")


WRONG = [
    ("nope=1", "no switch is called nope; there are release, admin_token_seconds"),
    ("row_totals=9", "row_totals is one of 2.4.7, 2.4.8, raw, not '9'"),
    ("release=3", "release is one of 2.3.7, 2.4.4, 2.4.7, 2.4.8, not '3'"),
    ("bearer=perhaps", "bearer is true or false, not 'perhaps'"),
    ("stock_provided=-1", "stock_provided is a whole number or null from 0 to"),
    ("stock_index_lag_seconds=Infinity", "stock_index_lag_seconds is a number"),
    ("denied_resources=5", "denied_resources is a list of ACL resources"),
    ('tax={"algorithm": "BEST"}', "algorithm"),
    ("timezone=Mars/Base", "timezone is a name such as"),
    ("store_name=One", "each on a line"),
    ('more_stores=[{"id": 1, "code": "fr", "name": "F"}]', "two store views have the same id"),
    ("bearer", "'bearer' is not of the form NAME=VALUE"),
]


@pytest.mark.parametrize(("option", "reason"), WRONG)
def test_what_a_switch_does_not_take_is_refused_with_what_it_does(option: str, reason: str) -> None:
    result = CliRunner().invoke(sandbox_app, ["magento", "--port", "0", "--set", option])
    assert result.exit_code == 2 and reason in result.output and "--set" in result.output, result.output


def test_a_file_that_is_no_store_is_refused_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    result = CliRunner().invoke(sandbox_app, ["magento", "--port", "0", "--store", str(tmp_path / "junk")])
    assert result.exit_code == 2 and "is no store" in result.output, result.output


async def test_a_busy_port_is_told_in_words(shop: MagentoSandbox) -> None:
    port = shop.base_url.rpartition(":")[2]
    process = await asyncio.create_subprocess_exec(*COMMAND, port, stdout=PIPE, stderr=PIPE)
    told = (await asyncio.wait_for(process.communicate(), 60))[1].decode()
    assert process.returncode == 3 and f"can't listen on 127.0.0.1:{port}" in told, told


async def test_the_command_tells_where_it_is_and_which_keys_open_it(tmp_path: Path) -> None:
    command = (*COMMAND, "0", "--set", "bearer=true", "--store", str(tmp_path / "shop"))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            base = f"http://127.0.0.1:{json.loads(await process.stdout.readline())['listening']}"
            keys = {"Authorization": f"Bearer {Config().credentials.access_token}"}
            async with session.get(f"{base}/rest/V1/store/storeConfigs", headers=keys) as response:
                configs = await response.json()
            async with session.get(f"{base}/") as response:
                front = await response.text()
            async with session.get(f"{base}/_sandbox") as response:
                routes = (await response.json())["routes"]
    finally:
        os.kill(process.pid, signal.SIGINT)
        told = (await asyncio.wait_for(process.communicate(), START_SECONDS))[1].decode()
    assert configs[0]["base_url"] == f"{base}/"
    assert told == f"{front}Ctrl-C stops it.\n"
    secrets = Config().credentials
    for named in (base, secrets.consumer_key, secrets.consumer_secret, secrets.access_token_secret):
        assert named in told
    assert {"POST /_sandbox/place", "PATCH /_sandbox/settings", "POST /_sandbox/orders/{id}/{action}"} <= set(routes)


async def test_a_running_shop_is_seen_and_turned_and_a_reset_turns_it_back(shop: MagentoSandbox) -> None:
    assert (await shop.get("/rest/V1/orders?searchCriteria", shop.bearer))[0] == 401
    turned = await shop.control("PATCH", "settings", {"bearer": True, "row_totals": "raw", "admin_token_seconds": 5})
    assert (turned["bearer"], turned["row_totals"], turned["admin_token_seconds"]) == (True, "raw", 5)
    assert (await shop.get("/rest/V1/orders?searchCriteria", shop.bearer))[0] == 200
    assert await shop.control("GET", "settings") == turned
    await shop.reset()
    assert (await shop.get("/rest/V1/orders?searchCriteria", shop.bearer))[0] == 401
    assert (await shop.control("GET", "settings"))["row_totals"] == "2.4.7"


async def test_the_order_of_signed_parameters_is_turned_with_the_switch(shop: MagentoSandbox) -> None:
    path = "/rest/V1/orders?searchCriteria%5Ba%5D%5B1%5D=x&searchCriteria%5Ba%5D%5B10%5D=y"  # decoded, 10] is before 1]
    by_encoded_name = (await shop.get(path))[0]
    await shop.control("PATCH", "settings", {"oauth_sort": "decoded"})
    assert (by_encoded_name, (await shop.get(path))[0]) == (200, 401)


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ({"msi": False}, "msi is set at the start"),
        ({"nope": 1}, "no switch is called nope"),
        ({"completion": "never"}, "one of shipped, shipped_or_refunded"),
        ({"bearer": True, "qty_to_ship": "both"}, "qty_to_ship is one of larger, sum"),
        ([], "object"),
    ],
)
async def test_a_wrong_setting_is_named_and_nothing_is_turned(shop: MagentoSandbox, patch: Any, reason: str) -> None:
    before = await shop.control("GET", "settings")
    with pytest.raises(SandboxRefused, match=f"400 .*{reason}"):
        await shop.control("PATCH", "settings", patch)
    assert await shop.control("GET", "settings") == before


def test_each_switch_that_a_running_shop_takes_takes_its_default() -> None:
    shown = {name: getattr(Config(), name) for name in LIVE}
    assert changed(shown) == shown
