"""The two sandboxes' own interfaces, as the demo uses them."""

from __future__ import annotations

from typing import Any

import aiohttp

from sandbox.demo import limits
from sandbox.demo.failures import CouldNotRun
from sandbox.magento.cart import Cart
from sandbox.magento.config import Credentials
from shared.wire import NotJson, decode, encode


class NotTaken(CouldNotRun):
    """The sandbox refuses what it was given; the text is its own."""


class _Server:
    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self.url = f"http://127.0.0.1:{port}"

    async def load_faults(self, plan: dict[str, Any]) -> None:
        """Put a fault plan in force. Raises NotTaken."""
        await self._call("POST", "/_sandbox/faults", encode({"rules": [], **plan}))

    async def faults(self) -> list[dict[str, Any]]:
        """The rules in force with how often each acted."""
        rules: list[dict[str, Any]] = (await self._call("GET", "/_sandbox/faults"))["faults"]
        return rules

    async def clear_faults(self) -> None:
        """End the plan; what it holds goes on."""
        await self._call("DELETE", "/_sandbox/faults")

    async def _call(self, method: str, path: str, body: bytes | None = None, token: str = "") -> Any:
        return decode(await self._raw(method, path, body, token))

    async def _raw(self, method: str, path: str, body: bytes | None = None, token: str = "") -> bytes:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(method, self.url + path, data=body, headers=headers) as response:
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CouldNotRun(f"{method} {self.url}{path}: {error or type(error).__name__}") from error
        if response.status in (400, 409, 413):
            raise NotTaken(_reason(answer))
        if response.status >= 300:
            raise CouldNotRun(f"{method} {self.url}{path}: {response.status} {_reason(answer)}")
        return answer


def _reason(answer: bytes) -> str:
    try:
        document = decode(answer)
    except NotJson:
        return answer.decode(errors="replace")[:300]
    return str(document.get("error", document) if isinstance(document, dict) else document)[:300]


class Books(_Server):
    """The sandbox QuickBooks."""

    async def grant(self) -> str:
        """A refresh token, as if a person had consented."""
        return str((await self._call("POST", "/_sandbox/grant", b"{}"))["refresh_token"])

    async def settings(self, **switches: Any) -> None:
        await self._call("POST", "/_sandbox/settings", encode(switches))

    async def seed(self, objects: dict[str, list[dict[str, Any]]]) -> None:
        """Creates objects by the rules of the API, uncounted."""
        await self._call("POST", "/_sandbox/seed", encode(objects))

    async def send_webhooks(self, url: str, verifier_token: str) -> None:
        """From now on every change goes there, signed, and as the fault plan says."""
        await self._call("POST", "/_sandbox/webhooks", encode({"url": url, "verifier_token": verifier_token}))

    async def deliveries(self) -> dict[str, Any]:
        """What was delivered of them, with counts."""
        document: dict[str, Any] = await self._call("GET", "/_sandbox/webhooks/deliveries")
        return document

    async def usage(self) -> dict[str, Any]:
        """Counters of calls."""
        document: dict[str, Any] = await self._call("GET", "/_sandbox/usage")
        return document

    async def ledger(self) -> list[dict[str, Any]]:
        """Every document, voided ones too."""
        documents: list[dict[str, Any]] = (await self._call("GET", "/_sandbox/ledger"))["documents"]
        return documents

    @property
    def discovery(self) -> str:
        """Address of the OAuth2 discovery document."""
        return f"{self.url}/.well-known/openid_sandbox_configuration"


class ShopServer(_Server):
    """A sandbox Magento."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        super().__init__(session, port)
        self._token = ""

    async def send_webhooks(
        self, url_template: str, token: str, copies: tuple[int, int], seed: int, disturbed: dict[str, Any]
    ) -> None:
        """From now on every event goes there, signed, in so many copies and in random order, or as `disturbed` says."""
        plan = {
            "url_template": url_template,
            "token": token,
            "format": "3.x" if seed % 2 else "4.x",
            "copies_min": copies[0],
            "copies_max": copies[1],
            "shuffle": copies[1] > 1,
            "seed": seed,
            **disturbed,
        }
        await self._call("POST", "/_sandbox/webhooks", encode(plan))

    async def place(self, cart: Cart) -> dict[str, Any]:
        """An order of this cart: entity_id, increment_id, grand_total, tax_amount, shape."""
        answer = await self._call("POST", "/_sandbox/place", cart.model_dump_json().encode())
        placed: dict[str, Any] = answer["placed"][0]
        return placed

    async def load(self, document: bytes) -> None:
        """A recorded order, served unchanged from now on. Raises NotTaken."""
        await self._raw("POST", "/_sandbox/orders", document)

    async def deliveries(self) -> dict[str, int]:
        """Counts of webhooks: scheduled, sent, delivered, lost, dead, pending."""
        counts: dict[str, int] = await self._call("GET", "/_sandbox/webhooks/deliveries")
        return counts

    async def order(self, entity_id: int) -> bytes:
        """What REST serves, byte for byte, to an administrator."""
        return await self._raw("GET", f"/rest/V1/orders/{entity_id}", token=await self._signed_in())

    async def administer(self, method: str, path: str, document: dict[str, Any]) -> None:
        """A call of REST by an administrator; `path` is below /V1/."""
        await self._raw(method, f"/rest/V1/{path}", encode(document), await self._signed_in())

    async def _signed_in(self) -> str:
        if not self._token:
            keys = Credentials()
            sign_in = encode({"username": keys.admin_username, "password": keys.admin_password})
            self._token = str(await self._call("POST", "/rest/V1/integration/admin/token", sign_in))
        return self._token


def new_session() -> aiohttp.ClientSession:
    """For calls to the sandboxes."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=limits.CALL_SECONDS))
