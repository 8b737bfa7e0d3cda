"""The QuickBooks sandbox for tests: in this process, or as a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from sandbox import limits
from sandbox.quickbooks import SandboxConfig, build_app
from sandbox.quickbooks.settings import DEFAULT_REALM
from shared.wire import decode, encode

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0


class QuickBooksSandbox:
    """A running sandbox and its control interface. Use `running` or `running_process` to start one."""

    def __init__(self, base_url: str, config: SandboxConfig) -> None:
        self.base_url = base_url
        self.realm = config.realms[0]
        self.client_id = config.client_id
        self.client_secret = config.client_secret
        self._session: aiohttp.ClientSession | None = None

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/oauth2/v1/tokens/bearer"

    @property
    def discovery_url(self) -> str:
        return f"{self.base_url}/.well-known/openid_sandbox_configuration"

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session of the helper, for calls of a test's own."""
        assert self._session is not None, "the sandbox isn't entered"
        return self._session

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def ledger(self, realm: str | None = None) -> dict[str, Any]:
        """What is in the books: documents, count, total."""
        return await self.control("GET", "ledger", realm=realm)

    async def usage(self, realm: str | None = None) -> dict[str, Any]:
        """Counters of metered and unmetered calls, throttling and replays."""
        return await self.control("GET", "usage", realm=realm)

    async def objects(self, entity: str, realm: str | None = None) -> list[dict[str, Any]]:
        """All objects of the entity, inactive ones too."""
        found: list[dict[str, Any]] = (await self.control("GET", f"objects/{entity}", realm=realm))[entity]
        return found

    async def seed(self, objects: Mapping[str, list[dict[str, Any]]], realm: str | None = None) -> dict[str, Any]:
        """Create objects by the rules of the API; the created ones by entity."""
        return await self.control("POST", "seed", objects, realm=realm)

    async def grant(self, realm: str | None = None) -> dict[str, Any]:
        """A consented grant: access_token, refresh_token, expires_in, x_refresh_token_expires_in, realm."""
        return await self.control("POST", "grant", {"realm": realm or self.realm})

    async def expire_tokens(self) -> None:
        """All access tokens cease to be good; the grants stay."""
        await self.control("POST", "expire-tokens")

    async def settings(self, realm: str | None = None, **switches: Any) -> dict[str, Any]:
        """Turn switches (sandbox.quickbooks.settings)."""
        return await self.control("POST", "settings", switches, realm=realm)

    async def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        await self.control("POST", "clock", {"advance_seconds": seconds})

    async def stand(self, still: bool) -> None:
        """Stop the sandbox's time of day, or let it go on."""
        await self.control("POST", "clock", {"stand": still})

    async def reset(self) -> None:
        """Fresh books, counters, memories and switches; grants stay."""
        await self.control("POST", "reset")

    async def add_fault(self, effect: str, *, match: Mapping[str, str] | None = None, **rest: Any) -> str:
        """Put a rule of the fault plan in force; its id."""
        answer = await self.control("POST", "faults", {"effect": effect, "match": dict(match or {}), **rest})
        return str(answer["id"])

    async def fault(self, rule_id: str) -> dict[str, Any]:
        """The rule with its counts `matched` and `held`."""
        rules: list[dict[str, Any]] = (await self.control("GET", "faults"))["faults"]
        return next(rule for rule in rules if rule["id"] == rule_id)

    async def wait_held(self, rule_id: str, count: int = 1, seconds: float = 20.0) -> None:
        """Wait until the rule holds so many requests. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while (await self.fault(rule_id))["held"] < count:  # noqa: ASYNC110  # it may be another process
                await asyncio.sleep(0.01)

    async def release(self, rule_id: str) -> None:
        """Let the requests that the rule holds go on."""
        await self.control("POST", f"faults/{rule_id}/release")

    async def clear_faults(self) -> None:
        """End the fault plan; what is held goes on."""
        await self.control("DELETE", "faults")

    async def control(self, method: str, path: str, body: Any = None, *, realm: str | None = None) -> dict[str, Any]:
        """One call of the control interface; bytes go as they are. Raises AssertionError with a refusal's reason."""
        data = body if body is None or isinstance(body, bytes) else encode(body)
        params = {"realm": realm} if realm is not None else None
        async with self.session.request(
            method, f"{self.base_url}/_sandbox/{path}", data=data, params=params
        ) as response:
            raw = await response.read()
        assert response.status == 200, f"{method} {path}: {response.status} {raw.decode()}"
        document: dict[str, Any] = decode(raw)
        return document


@asynccontextmanager
async def running(config: SandboxConfig | None = None) -> AsyncIterator[QuickBooksSandbox]:
    """A sandbox in this process, on a free port of the loopback."""
    chosen = config or SandboxConfig()
    runner = web.AppRunner(
        build_app(chosen), handler_cancellation=False, access_log=None, shutdown_timeout=limits.QB_SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with QuickBooksSandbox(f"http://127.0.0.1:{runner.addresses[0][1]}", chosen) as sandbox:
            yield sandbox
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running_process(
    realms: tuple[str, ...] = (DEFAULT_REALM,), companies: Mapping[str, str] | None = None
) -> AsyncIterator[QuickBooksSandbox]:
    """A sandbox as a process of its own, for tests whose own loop is busy or that outlive a process of the product.

    companies: templates by realm.
    """
    realm_options = [option for realm in realms for option in ("--realm", realm)]
    for realm, template in (companies or {}).items():
        realm_options += ["--company", f"{realm}={template}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.quickbooks", "--port", "0", *realm_options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            port = json.loads(await process.stdout.readline())["listening"]
        async with QuickBooksSandbox(f"http://127.0.0.1:{port}", SandboxConfig(realms=realms)) as sandbox:
            yield sandbox
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
