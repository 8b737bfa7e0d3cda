"""The Magento sandbox for tests: in this process on a free port, or as a process of its own. Real HTTP either way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from sandbox.magento.app import build_app
from sandbox.magento.cart import Cart
from sandbox.magento.config import Config, Credentials
from shared import wire

START_SECONDS = 20.0  # a process of its own: imports on a busy machine
CALL = aiohttp.ClientTimeout(total=30)


class SandboxRefused(AssertionError):
    """A control call was not answered with 2xx."""


class MagentoSandbox:
    """A running shop. Build one with `in_process` or `as_subprocess`."""

    def __init__(self, port: int, config: Config, session: aiohttp.ClientSession) -> None:
        self.base_url = f"http://127.0.0.1:{port}"
        self.config = config
        self._session = session

    @property
    def credentials(self) -> Credentials:
        """Consumer key and secret, access token and secret, administrator."""
        return self.config.credentials

    @property
    def token(self) -> str:
        """The integration's access token (as Bearer it opens REST only with Config(bearer=True))."""
        return self.credentials.access_token

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def put_order(self, text: bytes | Mapping[str, Any], *, announce: bool = True) -> dict[str, Any]:
        """Serve a recorded order document unchanged."""
        return await self._put("orders", text, announce)

    async def put_invoice(self, text: bytes | Mapping[str, Any], *, announce: bool = True) -> dict[str, Any]:
        return await self._put("invoices", text, announce)

    async def put_creditmemo(self, text: bytes | Mapping[str, Any], *, announce: bool = True) -> dict[str, Any]:
        return await self._put("creditmemos", text, announce)

    async def put_product(self, text: bytes | Mapping[str, Any], *, announce: bool = True) -> dict[str, Any]:
        return await self._put("products", text, announce)

    async def place(self, *carts: Cart | Mapping[str, Any]) -> list[dict[str, Any]]:
        """Place carts; for each: entity_id, increment_id, grand_total, tax_amount, shape."""
        specs = [
            cart.model_dump(mode="json", exclude_unset=True) if isinstance(cart, Cart) else dict(cart) for cart in carts
        ]
        answer = await self.control("POST", "place", specs)
        placed: list[dict[str, Any]] = answer["placed"]
        return placed

    async def invoice(self, order_id: int, items: Mapping[int, Any] | None = None) -> dict[str, Any]:
        return await self._act(order_id, "invoice", items)

    async def ship(self, order_id: int, items: Mapping[int, Any] | None = None) -> dict[str, Any]:
        return await self._act(order_id, "ship", items)

    async def cancel(self, order_id: int) -> dict[str, Any]:
        return await self._act(order_id, "cancel", None)

    async def hold(self, order_id: int) -> dict[str, Any]:
        return await self._act(order_id, "hold", None)

    async def edit(self, order_id: int, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Staff edits an order: the patch is merged, updated_at moves on."""
        return await self.control("PATCH", f"orders/{order_id}", patch)

    async def orders(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.control("GET", "orders"))["orders"]
        return listed

    async def usage(self) -> dict[str, int]:
        calls: dict[str, int] = (await self.control("GET", "usage"))["calls"]
        return calls

    async def advance(self, seconds: float) -> dict[str, Any]:
        """Move the shop's clock forward: now, ahead_seconds."""
        return await self.control("POST", "clock", {"advance_seconds": seconds})

    async def reset(self) -> None:
        await self.control("POST", "reset")

    async def webhooks(self, url_template: str, token: str, **plan: Any) -> dict[str, Any]:
        """Send every event to `url_template` ({event} = its name); plan: format, copies_max, shuffle, seed, ..."""
        return await self.control("POST", "webhooks", {"url_template": url_template, "token": token, **plan})

    async def deliveries(self) -> dict[str, Any]:
        return await self.control("GET", "webhooks/deliveries")

    async def fault(self, effect: str, route: str | None = None, **more: Any) -> dict[str, Any]:
        """Put a rule of sandbox.magento.fault_rules in force, for `times` (1) calls of a route such as orders/:id."""
        match = {"route": route} if route else {}
        return await self.control("POST", "faults", {"match": match, "effect": effect, **more})

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """GET a REST path (already encoded), as the administrator-free integration by default."""
        sent = self.sign("GET", path) if headers is None else dict(headers)
        async with self._session.get(_exact(self.base_url + path), headers=sent) as response:
            return response.status, await response.read()

    async def get_json(self, path: str) -> Any:
        status, body = await self.get(path)
        assert status == 200, (status, body)
        return wire.decode(body)

    async def bare(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """A call without a body."""
        async with self._session.request(method, _exact(self.base_url + path), headers=headers) as response:
            return response.status, await response.read()

    async def send(self, method: str, path: str, document: Any, headers: Mapping[str, str]) -> tuple[int, bytes]:
        data = document if isinstance(document, bytes) else wire.encode(document)
        sent = {"Content-Type": "application/json", **headers}
        async with self._session.request(method, _exact(self.base_url + path), data=data, headers=sent) as response:
            return response.status, await response.read()

    def sign(self, method: str, path: str, **changes: str) -> dict[str, str]:
        """An OAuth 1.0a header for a path with its query; `changes` overwrite protocol parameters before signing."""
        return {"Authorization": oauth_header(self.credentials, method, self.base_url + path, changes)}

    async def control(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        data = None if document is None else document if isinstance(document, bytes) else wire.encode(document)
        async with self._session.request(method, f"{self.base_url}/_sandbox/{path}", data=data) as response:
            body = await response.read()
            if response.status >= 300:
                raise SandboxRefused(f"{response.status} {body.decode(errors='replace')}")
            answer: dict[str, Any] = wire.decode(body)
            return answer

    async def _put(self, what: str, text: bytes | Mapping[str, Any], announce: bool) -> dict[str, Any]:
        return await self.control("POST", f"{what}?announce={int(announce)}", text)

    async def _act(self, order_id: int, action: str, items: Mapping[int, Any] | None) -> dict[str, Any]:
        body = {} if items is None else {"items": {str(number): quantity for number, quantity in items.items()}}
        return await self.control("POST", f"orders/{order_id}/{action}", body)


@asynccontextmanager
async def in_process(
    config: Config | None = None, clock: Callable[[], float] = time.time
) -> AsyncIterator[MagentoSandbox]:
    """A shop in this process, on a free port of 127.0.0.1."""
    config = config or Config()
    runner = web.AppRunner(build_app(config, clock), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession(timeout=CALL) as session:
            yield MagentoSandbox(runner.addresses[0][1], config, session)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def as_subprocess(*options: str, port: int = 0) -> AsyncIterator[MagentoSandbox]:
    """A shop in a process of its own; `options` are those of `python -m sandbox.magento`."""
    command = (sys.executable, "-m", "sandbox.magento", "--port", str(port), *options)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        config = Config(bearer="--bearer" in options)
        async with aiohttp.ClientSession(timeout=CALL) as session:
            yield MagentoSandbox(json.loads(line)["listening"], config, session)
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(START_SECONDS):
            await process.wait()


def oauth_header(
    credentials: Credentials, method: str, url: str, changes: Mapping[str, str] | None = None, secret: str | None = None
) -> str:
    """RFC 5849 with HMAC-SHA256, for a URL that is already encoded."""
    parts = urlsplit(url)
    oauth = {
        "oauth_consumer_key": credentials.consumer_key,
        "oauth_token": credentials.access_token,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": secrets.token_hex(16),
        "oauth_version": "1.0",
        **(changes or {}),
    }
    encoded = [(_pct(name), _pct(value)) for name, value in oauth.items()]
    for pair in parts.query.split("&") if parts.query else []:
        name, _, value = pair.partition("=")
        encoded.append((_again(name), _again(value)))
    parameters = "&".join(f"{name}={value}" for name, value in sorted(encoded))
    text = "&".join(map(_pct, (method, f"{parts.scheme}://{parts.netloc}{parts.path}", parameters)))
    key = f"{_pct(credentials.consumer_secret)}&{_pct(secret or credentials.access_token_secret)}"
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    oauth["oauth_signature"] = base64.b64encode(digest).decode()
    return "OAuth " + ",".join(f'{name}="{_pct(value)}"' for name, value in oauth.items())


def _pct(text: str) -> str:
    return quote(text, safe="~")


def _again(text: str) -> str:
    return _pct(unquote(text))


def _exact(url: str) -> URL:
    return URL(url, encoded=True)
