"""`bookbridge stock` as a process: what it prints into a pipe, its documents and its exit codes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from services.inventory.desk import NotYet
from services.stock_client import addresses
from shared.config import Config
from shared.quickbooks.vault import new_key
from shared.wire import decode
from tests.integration.stock_command.asked import DIGEST, ODD, Asked, a_preview, asked, write_keys
from tests.support.kafka_broker import free_port


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Asked]:
    async with asked(tmp_path) as found:
        yield found


async def test_a_preview_that_waits_for_a_person_says_how_to_confirm_it_and_the_confirmation_arrives(
    port: Asked,
) -> None:
    code, out, err = await port.command("preview", "main")
    assert (code, err) == (1, "")
    assert "would empty 1 of 3 stocked SKUs: 33.33 %; stock.guard_percent is 20" in out
    assert "\x1b" not in out
    assert max(map(cell_len, out.splitlines())) <= 100
    words = out.splitlines()[-1].removeprefix("    bookbridge stock ").split()
    assert await port.command(*words) == (0, "confirmed: the stock of main may be written from now on\n", "")
    assert port.clerk.confirmed == [DIGEST]


async def test_a_preview_for_machines_is_one_document_with_every_sku(port: Asked) -> None:
    port.clerk.shown = a_preview(2_000, emptied=0)
    code, out, _ = await port.command("preview", "main", "--json")
    found = decode(out.encode())
    assert code == 0
    assert [row["sku"] for row in found["rows"]] == [row.sku for row in port.clerk.shown.rows]
    assert (found["skus"], found["counts"], found["digest"]) == (2_000, {"write": 2_000}, DIGEST)


async def test_what_takes_long_tells_how_far_it_is_and_not_into_the_pipe(port: Asked) -> None:
    port.clerk.go.clear()
    child = await port.begin("preview", "main", "--json")
    assert child.stderr is not None
    async with asyncio.timeout(30):
        told = await child.stderr.readline()
    port.clerk.go.set()
    async with asyncio.timeout(30):
        out, _ = await child.communicate()
    assert told == b"reading the stock of main: 200 of 300\n"
    assert decode(out)["digest"] == DIGEST


async def test_many_rows_are_cut_and_said_to_be(port: Asked) -> None:
    port.clerk.shown = a_preview(80, emptied=0)
    code, out, _ = await port.command("preview", "main", "--rows", "10")
    assert code == 0
    assert out.count("SKU-") == 10
    assert "and 70 more: --rows 80, or --json" in out
    _, out, _ = await port.command("preview", "main", "--all")
    assert out.count("SKU-") == 80


async def test_what_isnt_the_preview_that_was_looked_at_is_not_confirmed(port: Asked) -> None:
    code, out, err = await port.command("confirm", "main", "f" * 16)
    assert (code, out) == (1, "")
    assert "other SKUs would be emptied by now" in err
    code, _, err = await port.command("confirm", "main", "yes")
    assert code == 2
    assert "no digest" in err
    assert port.clerk.confirmed == []


async def test_a_sku_is_explained_whatever_is_in_it(port: Asked) -> None:
    code, out, err = await port.command("explain", "main", ODD)
    assert (code, err) == (0, "")
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0] == f"{ODD!r} of main: 4 in the shop's source, should be 10"
    assert lines[2:7] == [
        "7  QuickBooks has Mug on hand",
        "Item 42",
        "+ 3  order 12",
        "deducted 3 - left the source 0: Invoice 9",
        "= 10  should be in the shop's source",
    ]
    port.clerk.waits_for = "main: the first run waits for a person"
    _, out, _ = await port.command("explain", "main", ODD)
    assert out.splitlines()[-1] == "nothing is written for now: main: the first run waits for a person"
    code, out, _ = await port.command("explain", "main", ODD, "--json")
    found = decode(out.encode())
    assert (code, found["sku"], found["quantity"], found["known"]) == (0, ODD, 10, True)
    assert found["connection_waits_for"] == port.clerk.waits_for


async def test_a_sku_that_there_isnt_says_what_is_similar(port: Asked) -> None:
    code, out, err = await port.command("explain", "main", "--", "-odd ")
    assert (code, out) == (1, "")
    assert "'-odd ': the shop has no product of this SKU" in err
    assert "similar ones: ODD" in err
    code, out, _ = await port.command("explain", "main", "odd", "--json")
    assert code == 1
    assert decode(out.encode())["similar"] == ["ODD"]
    assert (await port.command("explain", "main", "x" * 65))[0] == 1


async def test_who_cant_be_asked_or_cant_tell_yet_is_told_apart_from_a_wrong_key(port: Asked) -> None:
    port.clerk.error = NotYet("the lists of the company are being read")
    code, out, err = await port.command("preview", "main")
    assert (code, out) == (3, "")
    assert "the lists of the company are being read" in err
    code, _, err = await port.command("preview", "side")
    assert code == 2
    assert "no connection 'side'" in err
    code, _, err = await port.command("preview", "main", "--at", f"http://127.0.0.1:{free_port()}")
    assert code == 3
    assert "is `bookbridge run` or `bookbridge inventory` running?" in err
    assert (await port.command("preview", "main", "--at", "localhost:9103"))[0] == 2
    write_keys(port.folder, [new_key()])
    code, _, err = await port.command("preview", "main")
    assert code == 2
    assert "not signed with a key of this process's secrets file" in err


def test_the_service_is_looked_for_where_it_listens_unless_told_otherwise() -> None:
    def usual(**values: object) -> list[str]:
        return addresses(Config(_env_file=None, **values))  # type: ignore[arg-type]

    assert usual() == ["http://127.0.0.1:9103", "http://127.0.0.1:9100"]
    assert usual(health_port=7000, health_host="0.0.0.0") == ["http://127.0.0.1:7000"]  # noqa: S104
    assert usual(health_port=7000, health_host="::1") == ["http://[::1]:7000"]
    assert usual(inventory="http://a:1/, https://b") == ["http://a:1", "https://b"]
    assert addresses(Config(inventory="http://a:1"), "http://c:2") == ["http://c:2"]
