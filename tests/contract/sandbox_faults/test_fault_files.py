"""A fault plan as one document for both sandboxes: read, refused by path, put in force."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sandbox.fault_file import BadFaultFile, FaultFile, read_fault_file
from services.cli import app
from shared.wire import decode
from tests.support.fault_files import EXAMPLES, load_faults
from tests.support.magento_sandbox import in_process
from tests.support.quickbooks_sandbox import running

TOML = """
seed = 5
[quickbooks.settings]
calls_per_minute = 7
[quickbooks.webhooks]
lose = 0.5
[[quickbooks.rules]]
effect = "delay"
seconds = 0.01
[[magento.rules]]
effect = "status"
match = { route = "orders/:id" }
[magento]
seed = 6
"""
DOCUMENT: dict[str, Any] = {
    "seed": 5,
    "quickbooks": {
        "settings": {"calls_per_minute": 7},
        "webhooks": {"lose": 0.5},
        "rules": [{"effect": "delay", "seconds": 0.01}],
    },
    "magento": {"seed": 6, "rules": [{"effect": "status", "match": {"route": "orders/:id"}}]},
}


def write(folder: Path, text: str | bytes, name: str = "plan.json") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    from_toml = read_fault_file(write(tmp_path, TOML.replace("[magento]\nseed = 6\n", ""), "plan.toml"))
    document = {**DOCUMENT, "magento": {"rules": DOCUMENT["magento"]["rules"]}}
    from_json = read_fault_file(write(tmp_path, json.dumps(document)))
    assert from_toml.model_dump(mode="json") == from_json.model_dump(mode="json")
    assert (from_json.quickbooks.seed, from_json.magento.seed) == (5, 5), "a part without a seed has the whole's"
    assert read_fault_file(write(tmp_path, json.dumps(DOCUMENT))).magento.seed == 6


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"sed": 1}, "sed: unknown; allowed here: seed, quickbooks, magento"),
        ({"quickbooks": {"rules": [{"effect": "explode"}]}}, "quickbooks.rules.0.effect: 'hold_before_commit', "),
        ({"quickbooks": {"rules": [{"effect": "delay", "match": {"entty": "Item"}}]}}, "match.entty: unknown; allowed "
         "here: method, entity, operation, realm"),
        ({"quickbooks": {"webhooks": {"loose": 1}}}, "quickbooks.webhooks.loose: unknown; allowed here: aggregate_sec"),
        ({"quickbooks": {"webhooks": {"lose": 2}}}, "quickbooks.webhooks.lose: Input should be less"),
        ({"quickbooks": {"settings": {"calls_per_minit": 1}}}, "quickbooks.settings: calls_per_minit: unknown; a"),
        ({"quickbooks": {"settings": {"calls_per_minute": 0}}}, "settings: calls_per_minute: Input should be"),
        ({"magento": {"rules": [{"effect": "delay", "match": {"route": "order/:id"}}]}},
         "magento.rules.0.match.route: no route is order/:id; near it: "),
        ({"magento": {"webhooks": {"copies_max": 99}}}, "magento.webhooks.copies_max: Input should be less than or"),
        ({"magento": {"rules": [{"effect": "bad_order"}]}}, "magento.rules.0: bad_order needs orders"),
        ({"magento": {"rules": [{"effect": "delay"}] * 201}}, "magento.rules: List should have at most 200 items"),
        ({"magento": 5}, "magento: "),
        ([], "a plan is an object with seed, quickbooks and magento"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_path(tmp_path: Path, document: Any, told: str) -> None:
    path = write(tmp_path, json.dumps(document))
    with pytest.raises(BadFaultFile) as refused:
        read_fault_file(path)
    assert str(refused.value).startswith(f"{path}: ") and told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("plan.json", b"{", "no JSON document"),
        ("plan.json", b"\xff", "no JSON document"),
        ("plan.toml", b"seed = ", "no TOML document"),
        ("plan.toml", b"\xff", "no TOML document"),
        ("plan.toml", b"a = " + b"[" * 5_000, "no TOML document"),
        ("plan.toml", b'[[magento.rules]]\neffect = "delay"\nseconds = inf', "magento.rules.0.seconds: "),
        ("plan.toml", b'[[magento.rules]]\neffect = "delay"\nseconds = nan', "magento.rules.0.seconds: "),
        ("plan.json", b" " * (1024 * 1024 + 1), "at most 1048576 bytes"),
    ],
)
def test_what_is_no_document_is_told_so(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    with pytest.raises(BadFaultFile, match=told):
        read_fault_file(write(tmp_path, data, name))


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(BadFaultFile, match=r"none\.json: No such file"):
        read_fault_file(tmp_path / "none.json")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(["rules", "webhooks", "settings", "seed", "effect", "match", "seconds", "times", "lose"])
_PARTS = st.dictionaries(_NAMES, _VALUES | st.lists(st.dictionaries(_NAMES, _VALUES, max_size=3), max_size=2))


@given(st.dictionaries(st.sampled_from(["seed", "quickbooks", "magento"]), _VALUES | _PARTS))
def test_any_document_is_a_plan_or_refused(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> None:
    path = write(tmp_path_factory.getbasetemp(), json.dumps(document, allow_nan=True))
    try:
        assert isinstance(read_fault_file(path), FaultFile)
    except BadFaultFile as refused:
        assert str(refused).startswith(str(path))


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: str(path.name))
async def test_the_examples_are_taken_whole_by_both_sandboxes(path: Path) -> None:
    async with running() as books, in_process() as shop:
        plan = await load_faults(path, books=books, shop=shop)
        for sandbox, part in ((books, plan.quickbooks), (shop, plan.magento)):
            told = (await sandbox.control("GET", "faults"))["faults"]
            assert [rule["effect"] for rule in told] == [rule.effect for rule in part.rules]


async def test_the_parts_of_a_file_come_into_force(tmp_path: Path) -> None:
    async with running() as books, in_process() as shop:
        await load_faults(write(tmp_path, json.dumps(DOCUMENT)), books=books, shop=shop)
        assert (await books.settings())["calls_per_minute"] == 7
        hook = {"url": "http://127.0.0.1:9/", "verifier_token": "k"}
        assert (await books.control("POST", "webhooks", hook))["lose"] == 0.5
        assert (await books.control("POST", "webhooks", {**hook, "lose": 0.1}))["lose"] == Decimal("0.1")
        assert (await shop.get("/rest/V1/orders/1"))[0] == 503


async def test_a_reset_ends_the_plan_and_leaves_clock_and_sign_ins(tmp_path: Path) -> None:
    async with running() as books, in_process() as shop:
        await load_faults(write(tmp_path, json.dumps(DOCUMENT)), books=books, shop=shop)
        grant = await books.grant()
        keys = shop.credentials
        sign_in = {"username": keys.admin_username, "password": keys.admin_password}
        token = decode((await shop.send("POST", "/rest/V1/integration/admin/token", sign_in, {}))[1])
        await books.advance(100)
        await shop.advance(100)
        await books.reset()
        await shop.reset()
        for sandbox in (books, shop):
            assert (await sandbox.control("GET", "faults"))["faults"] == []
            assert (await sandbox.control("GET", "clock"))["ahead_seconds"] == 100
        assert (await books.settings())["calls_per_minute"] == 500
        address = f"{books.base_url}/v3/company/{books.realm}/companyinfo/{books.realm}"
        headers = {"Authorization": f"Bearer {grant['access_token']}"}
        async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
            assert answer.status == 200
        status, _ = await shop.get("/rest/V1/orders?searchCriteria=", {"Authorization": f"Bearer {token}"})
        assert status == 200


@pytest.mark.parametrize("command", [["sandbox", "quickbooks"], ["sandbox", "magento"], ["up"], ["demo"]])
def test_a_command_ends_with_2_before_anything_starts(tmp_path: Path, command: list[str]) -> None:
    path = write(tmp_path, '{"magento": {"rules": [{"effect": "delay", "sconds": 1}]}}')
    result = CliRunner().invoke(app, [*command, "--faults", str(path)])
    assert result.exit_code == 2
    assert f"--faults: {path}: magento.rules.0.sconds: unknown; allowed here: " in result.output.replace("\n", "")


@pytest.mark.parametrize(
    ("sandbox", "path"),
    [("quickbooks", "/v3/company/9130350000000001/companyinfo/1"), ("magento", "/rest/V1/modules")],
)
async def test_a_sandbox_alone_starts_with_the_faults_of_a_file(tmp_path: Path, sandbox: str, path: str) -> None:
    plan = write(tmp_path, json.dumps({sandbox: {"rules": [{"effect": "delay"}, {"effect": "status", "status": 502}]}}))
    command = [sys.executable, "-m", "services.cli", "sandbox", sandbox, "--port", "0", "--faults", str(plan)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)  # noqa: ASYNC220  # short
    try:
        assert process.stdout is not None
        base = f"http://127.0.0.1:{json.loads(process.stdout.readline())['listening']}"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            async with session.post(f"{base}/_sandbox/grant") as granted:
                token = (await granted.json())["access_token"] if sandbox == "quickbooks" else ""
            async with session.get(base + path, headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.status == 502
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout.close() if process.stdout else None
