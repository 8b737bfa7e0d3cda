"""Switches: by name, from the command line and under what the store says; what they don't take is refused in words."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sandbox.cli import sandbox_app
from sandbox.quickbooks.__main__ import config_of
from sandbox.quickbooks.switches import parsed
from sandbox.quickbooks.world import World
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running


def test_values_of_the_command_line_are_text_or_json() -> None:
    values = ["throttle_status=403", "custom_tax_code_fault=6230", "monthly_budget=null", "tax_percent=9.5"]
    chosen = parsed([*values, 'cdc_also_covers=["Preferences"]', "allow_discount=false"])
    assert (chosen["throttle_status"], chosen["custom_tax_code_fault"], chosen["monthly_budget"]) == (403, "6230", None)
    assert str(chosen["tax_percent"]) == "9.5" and not chosen["allow_discount"]
    assert chosen["cdc_also_covers"] == frozenset({"Preferences"})


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--set", "nope=1", "no switch is called nope; there are access_token_seconds"),
        ("--set", "throttle_status=5", "429 or 403"),
        ("--set", "x", "NAME=VALUE"),
        ("--company", "77=mars", "a template is one of us"),
        ("--company", "abc=uk", "digits"),
    ],
)
def test_the_command_line_says_what_it_takes(option: str, value: str, reason: str) -> None:
    result = CliRunner().invoke(sandbox_app, ["quickbooks", "--port", "0", option, value])
    assert result.exit_code == 2 and reason in result.output and option in result.output, result.output


def test_a_file_that_is_no_store_is_refused_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    result = CliRunner().invoke(sandbox_app, ["quickbooks", "--port", "0", "--store", str(tmp_path / "junk")])
    assert result.exit_code == 2 and "is no store" in result.output


async def test_a_busy_port_is_told_in_words(sandbox: QuickBooksSandbox) -> None:
    port = sandbox.base_url.rpartition(":")[2]
    command = (sys.executable, "-m", "services.cli", "sandbox", "quickbooks", "--port", port)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    output = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
    assert process.returncode == 3 and f"can't listen on 127.0.0.1:{port}" in output, output


async def test_switches_of_the_start_hold_over_store_reset_and_new_companies(tmp_path: Path) -> None:
    World(config_of([], []), tmp_path / "books").database.close()
    world = World(config_of([], ["tax_percent=9", "throttle_status=403"]), tmp_path / "books")
    world.add_company("77", "us")
    world.reset()
    assert {str(company.settings.tax_percent) for company in world.companies()} == {"9"}
    assert world.server.throttle_status == 403
    world.database.close()


@pytest.mark.parametrize(
    "switches",
    [
        {"requestid_memory": 10**26},
        {"batch_seed": 10**30},
        {"exchange_rates": {"EUR": -1}},
        {"home_currency": "dollars"},
        {"query_lines": 10**20},
        {"nope": 1},
    ],
)
async def test_a_switch_that_is_refused_changes_nothing(sandbox: QuickBooksSandbox, switches: dict[str, Any]) -> None:
    before = await sandbox.control("GET", "settings")
    with pytest.raises(AssertionError, match="400 "):
        await sandbox.control("POST", "settings", json.dumps(switches).encode())  # numbers beyond 64 bits, too
    await sandbox.advance(1)  # the store takes the switches in force
    assert await sandbox.control("GET", "settings") == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("companies", {"realm": "12", "template": ["us"]}),
        ("grant", {"realm": [1]}),
        ("faults", {"effect": "delay", "times": 10**30}),
        ("webhooks", {"url": "http://a/", "verifier_token": "x", "seed": 10**30}),
    ],
)
async def test_a_value_of_another_kind_is_400_on_control_routes(
    sandbox: QuickBooksSandbox, path: str, body: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError, match="400 "):
        await sandbox.control("POST", path, json.dumps(body).encode())


async def test_a_seed_is_planted_as_a_whole_or_not_at_all() -> None:
    async with running() as sandbox:
        with pytest.raises(AssertionError, match="400 "):
            await sandbox.seed({"Customer": [{"DisplayName": "Ann"}, {"DisplayName": "Ann"}]})
        assert await sandbox.objects("Customer") == []
