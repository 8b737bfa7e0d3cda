"""The sandbox's own routes that disturb it and move its time."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.clock import wanted_seconds, wanted_stand
from sandbox.magento.auth import Gate
from sandbox.magento.clock import KeptClock
from sandbox.magento.control_routes import Handler, answering, json_answer, object_of
from sandbox.magento.errors import ControlError
from sandbox.magento.faults import Faults
from sandbox.magento.life import stopping
from sandbox.magento.shop import Shop


class FaultControl:
    def __init__(self, shop: Shop, gate: Gate, faults: Faults, clock: KeptClock) -> None:
        self._shop = shop
        self._gate = gate
        self._faults = faults
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("POST", "faults", self._arm),
            ("GET", "faults", self._armed),
            ("DELETE", "faults", self._disarm),
            ("POST", "faults/{id}/release", self._release),
            ("GET", "clock", self._show_clock),
            ("POST", "clock", self._advance),
            ("POST", "expire-tokens", self._expire_tokens),
        ]
        return [web.route(method, f"/_sandbox/{path}", answering(handler)) for method, path, handler in table]

    async def _arm(self, request: web.Request) -> web.Response:
        return json_answer(self._faults.arm(await _object(request)), 201)

    async def _armed(self, request: web.Request) -> web.Response:
        return json_answer({"faults": [active.as_json() for active in self._faults.rules()]})

    async def _disarm(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return json_answer({"cleared": True})

    async def _release(self, request: web.Request) -> web.Response:
        if not self._faults.release(request.match_info["id"]):
            raise ControlError(400, f"there is no fault rule {request.match_info['id']}")
        return json_answer({"released": True})

    async def _show_clock(self, request: web.Request) -> web.Response:
        return json_answer({"now": self._clock.now().isoformat(timespec="seconds"), "ahead_seconds": self._clock.ahead})

    async def _advance(self, request: web.Request) -> web.Response:
        """Move the clock; what Magento's cron would have done meanwhile is done."""
        try:
            body = await _object(request)
            seconds, still = wanted_seconds(body), wanted_stand(body)
            self._clock.advance(seconds)
            if still is not None:
                self._clock.stand(still)
        except ValueError as error:
            raise ControlError(400, str(error)) from error
        stopping.cancel_expired(self._shop)
        return await self._show_clock(request)

    async def _expire_tokens(self, request: web.Request) -> web.Response:
        self._gate.expire_tokens()
        return json_answer({"expired": True})


async def _object(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; no body is an empty one."""
    return object_of(await request.read() or b"{}")
