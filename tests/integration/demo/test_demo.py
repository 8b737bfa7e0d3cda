"""`bookbridge demo` as a person runs it: real processes, real HTTP, and a proof that can fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from typer.testing import CliRunner

from sandbox import cli
from sandbox.demo.run import run_demo
from sandbox.demo.world import World
from sandbox.quickbooks.settings import DEFAULT_REALM
from services.cli import app
from shared.wire import decode, encode
from tests.support.kafka_broker import Broker

DEMO_SECONDS = 100.0  # usually ten; the machine may be busy with other tests


@pytest.fixture
def working_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where demos put their folders; whatever they leave behind is seen here."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    monkeypatch.setattr(tempfile, "tempdir", None)


def order(entity_id: int, **changes: Any) -> dict[str, Any]:
    """As REST shows it: one row over 10.00, no tax."""
    row = {"item_id": 1, "product_type": "simple", "sku": "RACER", "name": "Racer", "qty_ordered": 1}
    row |= {"price": 10, "row_total": 10, "row_total_incl_tax": 10, "tax_amount": 0, "discount_amount": 0}
    plain = {"entity_id": entity_id, "increment_id": f"{entity_id:09d}", "state": "complete", "store_id": 3}
    plain |= {"created_at": "2024-04-24 15:50:17", "updated_at": "2024-04-24 15:50:17", "order_currency_code": "USD"}
    plain |= {"base_currency_code": "USD", "subtotal": 10, "grand_total": 10, "tax_amount": 0, "items": [row]}
    plain |= {"customer_email": "roni@example.com", "customer_firstname": "Roni", "customer_lastname": "Costello"}
    return {**plain, **changes}


def write_samples(folder: Path) -> Path:
    """Orders of several shops, of all sorts, with files among them that are none."""
    folder.mkdir()
    documents: dict[str, dict[str, Any]] = {
        "plain": order(1),
        "same-id": order(1, increment_id="W-1"),
        "same-number": order(2, increment_id="000000001"),
        "of-our-own-id": order(700_001),
        "list": {"items": [order(3), order(4, order_currency_code="EUR", base_currency_code="EUR")], "total_count": 2},
        "cancelled": order(5, state="canceled"),
        "off": order(6, grand_total=11),
        "half": order(7, total_canceled=5),
        "gift": order(8, grand_total=4, extension_attributes={"gift_cards_amount": 6}),
    }
    for name, document in documents.items():
        (folder / f"order-{name}.json").write_bytes(encode(document))
    (folder / "order-none.json").write_bytes(encode({"items": []}))
    (folder / "order-broken.json").write_bytes(b'{"entity_id": 1')
    return folder


def test_a_demo_ends_with_its_figures_and_leaves_nothing_behind(tmp_path: Path, working_folders: Path) -> None:
    command = [sys.executable, "-m", "services.cli", "demo", "--orders", "4", "--seed", "11"]
    command += ["--samples", str(write_samples(tmp_path / "samples"))]

    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_SECONDS, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    figures = json.loads(lines[-1])
    assert 0 < figures.pop("p50_seconds") <= figures.pop("p99_seconds") < 30
    assert figures == {
        "log": "embedded",
        "orders": 14,
        "posted": 10,
        "parked": {"cancelled": 1, "partly_cancelled": 1, "tender_not_mapped": 1, "totals_differ": 1},
        "documents": 10,
        "difference_cents": 0,
        "metered_reads_per_order": 0.0,
        "seed": 11,
    }
    assert max(len(line) for line in lines[:-1]) <= 100
    assert "order-broken.json" in done.stdout
    assert "order-none.json" in done.stdout
    assert list(working_folders.iterdir()) == []


def test_spoilt_books_make_the_demo_say_so_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, working_folders: Path
) -> None:
    before: list[dict[str, Any]] = []

    async def spoil(world: World) -> None:
        """A copy of one order's document, one by hand, one voided, one changed."""
        before.extend(await world.books.ledger())
        first, second, third, *_ = before
        copy: dict[str, Any] = {"CustomerRef": {"value": first["customer_id"]}, "CurrencyRef": {"value": "USD"}}
        copy |= {"PrivateNote": first["private_note"], "Line": [line(first, "1.00")]}
        await world.books.seed({"SalesReceipt": [copy, {**copy, "PrivateNote": "by hand"}]})
        async with aiohttp.ClientSession() as session:
            await write(
                session,
                world.books.url,
                "?operation=update&include=void",
                {"Id": second["id"], "SyncToken": "0", "sparse": True},
            )
            change = {"Id": third["id"], "SyncToken": "0", "sparse": True, "Line": [line(third, "0.07")]}
            await write(session, world.books.url, "", {**change, "TxnTaxDetail": {"TotalTax": 0}})

    monkeypatch.setattr(cli, "run_demo", partial(run_demo, before_audit=spoil))
    arguments = ["demo", "--orders", "4", "--seed", "12", "--samples", str(working_folders), "--json"]

    done = CliRunner().invoke(app, arguments)

    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 1, done.output
    figures = json.loads(done.stdout)
    assert (figures["orders"], figures["posted"], figures["documents"]) == (4, 4, 5)
    lost = sum(Decimal(document[name]) for document in before[1:3] for name in ("total", "tax"))
    assert figures["difference_cents"] == 100 + 100 + 100 * lost - 7
    assert len(list(working_folders.iterdir())) == 1  # kept for whoever looks for the cause


def line(document: dict[str, Any], amount: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": document["lines"][0]["item_id"]}, "TaxCodeRef": {"value": "NON"}}
    return {"DetailType": "SalesItemLineDetail", "Amount": float(amount), "SalesItemLineDetail": detail}


async def write(session: aiohttp.ClientSession, url: str, query: str, body: dict[str, Any]) -> None:
    """A call as any other app of the company would make it."""
    async with session.post(f"{url}/_sandbox/grant", data=encode({"realm": DEFAULT_REALM})) as answer:
        token = decode(await answer.read())["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
    address = f"{url}/v3/company/{DEFAULT_REALM}/salesreceipt{query}"
    async with session.post(address, data=encode(body), headers=headers) as answer:
        assert answer.status == 200, await answer.text()


def test_a_dead_process_ends_the_demo_with_exit_code_3_and_the_end_of_its_log(
    monkeypatch: pytest.MonkeyPatch, working_folders: Path
) -> None:
    async def kill_bookbridge(world: World) -> None:
        child = next(child for child in world.children.running if child.name == "bookbridge")
        os.kill(child.process.pid, signal.SIGKILL)
        await child.process.wait()
        await world.books.usage()  # gives the watcher its turn

    monkeypatch.setattr(cli, "run_demo", partial(run_demo, before_audit=kill_bookbridge))

    done = CliRunner().invoke(app, ["demo", "--orders", "1", "--samples", str(working_folders)])

    assert done.exit_code == 3, done.output
    assert "bookbridge has ended with exit code -9" in done.output
    assert '"outcome": "posted"' in done.output.replace('":"', '": "')


def test_an_interrupted_demo_stops_every_process_and_removes_its_folder(working_folders: Path) -> None:
    command = [sys.executable, "-m", "services.cli", "demo", "--orders", "200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for text in process.stderr:
            if "orders decided" in text:
                break
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, rest = process.communicate(timeout=DEMO_SECONDS)

    left = [child for child in children if child.is_running()]
    for child in left:
        child.kill()
    assert process.returncode == 130, rest
    assert len(children) == 3  # books, shop, Bookbridge
    assert left == []
    assert list(working_folders.iterdir()) == []
    assert time.monotonic() - started < DEMO_SECONDS / 2


def test_a_folder_that_is_not_there_is_wrong_use() -> None:
    done = CliRunner().invoke(app, ["demo", "--samples", "/nowhere/at/all"])

    assert done.exit_code == 2
    assert "/nowhere/at/all is not a folder" in done.output


def test_the_demo_holds_on_kafka_with_each_service_in_a_process_of_its_own(
    kafka_broker: Broker, tmp_path: Path, working_folders: Path
) -> None:
    command = [sys.executable, "-m", "services.cli", "demo", "--log", "kafka", "--orders", "3", "--json"]
    command += ["--samples", str(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_SECONDS, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout)
    assert (figures["log"], figures["posted"], figures["documents"]) == ("kafka", 3, 3)
    assert list(working_folders.iterdir()) == []
