"""Asks the inventory service over HTTP, wherever it runs; services/inventory/http.py answers."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from services.inventory import answers
from services.inventory.desk import NotServed, NotYet, OtherPreview
from services.inventory.preview import NotKnown, Preview, PreviewRow
from services.inventory.questions import DOOR, SIGNATURE, Ask, Problem, Question
from shared import limits
from shared.config import Config
from shared.mapping.stock.decision import StockDecision
from shared.quickbooks.own_signatures import OwnSignatures
from shared.wire import NotJson, decode

Tell = Callable[[int | None, int | None], None]
"""That the answer isn't there yet; how many SKUs of how many are done, where that is known."""
_PROBLEMS = {
    Problem.NOT_SERVED: NotServed,
    Problem.NOT_YET: NotYet,
    Problem.OTHER_PREVIEW: OtherPreview,
}


class Unreachable(Exception):
    """No service answers, or its answer was cut off. The text says which and where."""


class Refused(Exception):
    """A service doesn't take our question: another secrets file, clocks apart, another version."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision, and why nothing of the connection is written for now; "" when it is."""

    decision: StockDecision
    waits_for: str


def addresses(config: Config, at: str = "") -> list[str]:
    """Where to ask, in this order. Raises ValueError for what is no address."""
    given = [one.strip().rstrip("/") for one in (at or config.inventory).split(",") if one.strip()]
    if wrong := [one for one in given if not one.startswith(("http://", "https://"))]:
        raise ValueError(f"{wrong[0]!r} is no address; one is like http://127.0.0.1:{limits.HEALTH_PORTS['inventory']}")
    if given:
        return given
    host = "127.0.0.1" if config.health_host in ("0.0.0.0", "::", "") else config.health_host  # noqa: S104
    ports = [config.health_port] if config.health_port else [limits.HEALTH_PORTS[name] for name in ("inventory", "run")]
    return [f"http://{f'[{host}]' if ':' in host else host}:{port}" for port in ports]


@dataclass(frozen=True, slots=True)
class StockClient:
    """All methods raise Unreachable, Refused, NotServed, NotYet."""

    addresses: Sequence[str]
    signatures: OwnSignatures
    tell: Tell

    async def preview(self, connection: str) -> Preview:
        """What would be written, SKU by SKU."""
        rows: list[PreviewRow] = []
        last = await self._ask(Ask.PREVIEW, connection, "", rows)
        with _Reading():
            return answers.read_preview(last["preview"], rows)

    async def confirm(self, connection: str, digest: str) -> None:
        """Lets the preview of this digest be written. Raises OtherPreview."""
        last = await self._ask(Ask.CONFIRM, connection, digest, [])
        if last.get("confirmed") is not True:
            raise Refused("the service's answer is of another version of bookbridge")

    async def explain(self, connection: str, sku: str) -> Explained | NotKnown:
        """The decision on one SKU as of now."""
        last = await self._ask(Ask.EXPLAIN, connection, sku, [])
        with _Reading():
            if "not_known" in last:
                return answers.read_not_known(last["not_known"])
            return Explained(answers.read_decision(last["decision"]), str(last["waits_for"]))

    async def _ask(self, ask: Ask, connection: str, about: str, rows: list[PreviewRow]) -> dict[str, Any]:
        """The last line of the first service that serves the connection; rows before it go to `rows`."""
        body = Question(ask, connection, int(time.time()), about, _account()).body()
        unreachable: list[str] = []
        not_served: NotServed | None = None
        timeout = aiohttp.ClientTimeout(
            total=limits.STOCK_ANSWER_SECONDS,
            connect=limits.STOCK_CONNECT_SECONDS,
            sock_read=limits.STOCK_SILENCE_SECONDS,
        )
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for address in self.addresses:
                try:
                    return await self._ask_at(session, address, body, rows)
                except Unreachable as error:
                    unreachable.append(f"{address}: {error}")
                except NotServed as error:
                    not_served = error
        raise not_served or Unreachable("; ".join(unreachable))

    async def _ask_at(
        self, session: aiohttp.ClientSession, address: str, body: bytes, rows: list[PreviewRow]
    ) -> dict[str, Any]:
        headers = {SIGNATURE: self.signatures.sign(body).hex(), "Content-Type": "application/json"}
        try:
            async with session.post(f"{address}/{DOOR}", data=body, headers=headers, allow_redirects=False) as response:
                if response.status != 200:
                    await _refused(response)
                return await self._last_line(response, rows)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(str(error) or f"no answer within {limits.STOCK_SILENCE_SECONDS:.0f} s") from error

    async def _last_line(self, response: aiohttp.ClientResponse, rows: list[PreviewRow]) -> dict[str, Any]:
        last: dict[str, Any] | None = None
        async for content in _lines(response.content):
            with _Reading():
                line = decode(content)
                if "row" in line:
                    rows.append(answers.read_row(line["row"]))
                    if len(rows) > limits.STOCK_ROWS_MAX:
                        raise Refused(f"a preview of more than {limits.STOCK_ROWS_MAX:,} SKUs")
                elif "waiting" in line:
                    self.tell(line.get("done"), line.get("of"))
                elif "problem" in line:
                    raise _PROBLEMS[Problem(line["problem"])](line["text"])
                else:
                    last = dict(line)
        if last is None:
            raise Unreachable("the answer was cut off")
        return last


def _account() -> str:
    """Who asks; a container may run under a number that has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines as they come, of STOCK_LINE_BYTES at most."""
    left = bytearray()
    async for piece in stream.iter_any():
        left += piece
        *whole, rest = left.split(b"\n")
        for line in whole:
            yield bytes(line)
        left = bytearray(rest)
        if len(left) > limits.STOCK_LINE_BYTES:
            raise Refused("a line of the answer is longer than any of ours")


async def _refused(response: aiohttp.ClientResponse) -> None:
    """Raises what stands for the status."""
    if response.status == 404:
        raise Unreachable("no inventory service is in that process")
    try:
        text = decode(await response.content.read(limits.STOCK_QUESTION_BYTES))["error"]
    except (NotJson, KeyError, TypeError):
        text = f"it answers {response.status}"
    raise NotYet(text) if response.status == 503 else Refused(text)


class _Reading:
    """What isn't as this version writes it, was written by another one."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (NotJson, KeyError, TypeError, ValueError)):
            raise Refused("the service's answer is of another version of bookbridge") from error
