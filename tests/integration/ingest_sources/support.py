"""A receiver that knows every source, a key host, and requests made as each sender makes them."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.ingest.sources.connection import AdobeIo, WebhookConnection
from services.ingest.sources.quickbooks import QuickBooksApp
from services.ingest.sources.shared_secrets import SharedSecrets
from shared.log.embedded import EmbeddedLog
from shared.log.port import Record
from shared.magento.signatures import AcceptedTokens
from shared.quickbooks.webhooks import Verifiers
from tests.integration.ingest_receiver.support import REALM, Peer, running_on

TOKEN = "token-of-the-subscription"
CLIENT_ID = "ca7b36f23be94dcb9d2ebb97f0276e3f"
PASSWORD = "a-password-of-the-hooks"
VERIFIER = "3b1d2f6e-0000-4000-8000-verifier"
HEADER_SECRET = "a-header-secret-of-the-hooks"
KEY_1, KEY_2 = "/prod/keys/pub-key-one.pem", "/prod/keys/pub-key-two.pem"
ADOBE = "/webhooks/main/adobe-io"
MAGEPLAZA = "/webhooks/main/mageplaza/order"
COMMERCE = "/webhooks/main/commerce/observer.sales_order_save_commit_after"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """An RSA key, the same one for a name."""
    del name
    return rsa.generate_private_key(65_537, 2_048)


def pem(name: str) -> bytes:
    return (
        private_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def private_pem(name: str) -> bytes:
    return private_key(name).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def rsa_sign(name: str, message: bytes) -> str:
    return base64.b64encode(private_key(name).sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def shop(**changes: Any) -> WebhookConnection:
    """A connection with every source set up."""
    sources: dict[str, Any] = {
        "adobe_io": AdobeIo(CLIENT_ID, "https://csm.adobe.io"),
        "commerce_keys": (private_key("commerce old").public_key(), private_key("commerce").public_key()),
        "mageplaza": SharedSecrets("bookbridge", ["the-former-password", PASSWORD], [HEADER_SECRET]),
    }
    return WebhookConnection("main", REALM, AcceptedTokens([TOKEN]), **(sources | changes))


@dataclass
class Shops:
    """`main` has every source, `bare` only Mage-OS."""

    main: WebhookConnection = field(default_factory=shop)
    intuit: QuickBooksApp = field(
        default_factory=lambda: QuickBooksApp(
            Verifiers(["the-former-verifier", VERIFIER]), frozenset({REALM, "4620816"})
        )
    )

    def connection(self, name: str) -> WebhookConnection | None:
        bare = WebhookConnection("bare", REALM, AcceptedTokens([TOKEN]))
        return {"main": self.main, "bare": bare}.get(name)

    def awaited(self, name: str) -> bool:
        return name == "new"

    def app(self) -> QuickBooksApp:
        return self.intuit


@dataclass
class KeyHost:
    """Serves public keys as Adobe does, and the address that validates a registration."""

    base: str = ""
    keys: dict[str, bytes] = field(default_factory=lambda: {KEY_1: pem("adobe 1"), KEY_2: pem("adobe 2")})
    status: int = 200
    redirect: str = ""
    """Where to a status of 3xx leads."""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if self.status != 200:
            return web.Response(status=self.status, headers={"Location": self.redirect or self.base})
        if request.path == "/csm/registrations/validate":
            return web.Response(text="validated")
        found = self.keys.get(request.path)
        return web.Response(status=404) if found is None else web.Response(body=found)


@asynccontextmanager
async def key_host() -> AsyncIterator[KeyHost]:
    """A running one."""
    host = KeyHost()
    runner = web.ServerRunner(web.Server(host.answer), shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield host
    finally:
        await runner.cleanup()


@dataclass
class Clock:
    """A clock that the test turns."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """All of it."""

    peer: Peer
    host: KeyHost
    clock: Clock

    async def send(
        self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> tuple[int, dict[str, Any]]:
        """Status and document of the answer; headers are as given and no others."""
        async with self.peer.session.request(
            method,
            self.peer.url + path,
            data=io.BytesIO(body) if body else None,
            headers=headers,
            skip_auto_headers=["content-type"],
            allow_redirects=False,
        ) as answer:
            document = orjson.loads(await answer.read())
            assert isinstance(document, dict)
            return answer.status, document

    async def adobe(self, body: bytes, **changes: str) -> tuple[int, dict[str, Any]]:
        return await self.send(ADOBE, body, adobe_headers(body, **changes))

    async def records(self) -> list[Record]:
        return await self.peer.records()


@asynccontextmanager
async def world(folder: Path, *, call_seconds: float = 10.0) -> AsyncIterator[World]:
    """A receiver on an embedded log of its own, and a key host."""
    log = EmbeddedLog(folder / "log.sqlite", call_seconds=call_seconds)
    await log.start()
    clock = Clock()
    try:
        async with key_host() as host:
            shops = Shops(shop(adobe_io=AdobeIo(CLIENT_ID, host.base)))
            async with running_on(log, connections=shops, key_host=host.base, clock=clock) as peer:
                yield World(peer, host, clock)
    finally:
        await log.close()


def adobe_headers(body: bytes, **changes: str) -> dict[str, str]:
    """Headers of a delivery by Adobe I/O; with `_` for `-`, changes replace them, "" leaves one out."""
    headers = {
        "content-type": "application/json",
        "user-agent": "Adobe/1.0",
        "x-adobe-event-id": "b0f2b088-5490-4d16-9ce9-0cb1fb3e5ed0",
        "x-adobe-digital-signature-1": rsa_sign("adobe 1", body),
        "x-adobe-digital-signature-2": rsa_sign("adobe 2", body),
        "x-adobe-public-key1-path": KEY_1,
        "x-adobe-public-key2-path": KEY_2,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in headers.items() if value}


def adobe_event(code: str, value: Mapping[str, Any], event_id: str = "b0f2b088-0001", **changes: Any) -> dict[str, Any]:
    """A CloudEvent as Adobe I/O delivers it."""
    return {
        "specversion": "1.0",
        "id": "23f76cef-9f14-44b1-bbd0-29995789c98e",
        "source": "urn:uuid:fb58963f-d2e7-4ab4-83da-b6ff15b8ebc0",
        "type": f"com.adobe.commerce.{code}",
        "datacontenttype": "application/json",
        "time": "2025-07-17T15:48:42.436Z",
        "eventid": event_id,
        "event_id": event_id,
        "recipient_client_id": CLIENT_ID,
        "recipientclientid": CLIENT_ID,
        "data": {"key": "31a86bbd", "value": value, "source": "main.Stage", "_metadata": {"storeId": "0"}},
    } | changes


def commerce_headers(body: bytes, key: str = "commerce") -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-adobe-commerce-request-id": "6f1f4f0e-0000-4000-8000-000000000001",
        "x-adobe-commerce-webhook-signature": rsa_sign(key, base64.b64encode(body)),
    }


def basic(username: str = "bookbridge", password: str = PASSWORD) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}
