"""Faults on demand: a rule matches a route and slows, refuses or drops the next calls of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal, cast

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.errors import ControlError

Effect = Literal["delay", "status", "drop", "not_found"]
EFFECTS = ("delay", "status", "drop", "not_found")


@dataclass
class Fault:
    """`times` None = until reset. not_found concerns each newly placed order's first `times` reads."""

    route: str | None
    effect: Effect
    seconds: float = 0.0
    status: int = 503
    times: int | None = 1


class Faults:
    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def arm(self, body: dict[str, Any]) -> Fault:
        """Raises ControlError (400) naming the key that is wrong."""
        unknown = set(body) - {"match", "effect", "seconds", "status", "times"}
        if unknown:
            raise ControlError(400, f"a fault has match, effect, seconds, status and times, not {sorted(unknown)}")
        if body.get("effect") not in EFFECTS:
            raise ControlError(400, f"effect is one of {', '.join(EFFECTS)}, not {body.get('effect')!r}")
        match = body.get("match") or {}
        if not isinstance(match, dict) or set(match) - {"route"}:
            raise ControlError(400, 'match is {"route": "orders/:id"} or left out for every route')
        seconds, times = float(body.get("seconds", 0)), body.get("times", 1)
        if not 0 <= seconds <= limits.FAULT_DELAY_MAX_SECONDS:
            raise ControlError(400, f"seconds is 0 to {limits.FAULT_DELAY_MAX_SECONDS:g}, not {seconds:g}")
        if len(self.armed) >= limits.FAULTS_MAX:
            raise ControlError(400, f"{limits.FAULTS_MAX} faults are armed already")
        effect = cast(Effect, body["effect"])
        fault = Fault(match.get("route"), effect, seconds, int(body.get("status", 503)), times)
        self.armed.append(fault)
        return fault

    def reset(self) -> None:
        self.armed.clear()

    def misses(self) -> int:
        """How many reads of a just placed order find nothing: the event came before the commit."""
        return max((fault.times or 0 for fault in self.armed if fault.effect == "not_found"), default=0)

    async def before(self, route: str, request: web.Request) -> web.Response | None:
        """Act on one call of the route. A response here answers instead of the shop."""
        for fault in list(self.armed):
            if fault.effect == "not_found" or (fault.route is not None and fault.route != route):
                continue
            self._spend(fault)
            if fault.effect == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.effect == "status":
                return web.Response(
                    status=fault.status, text="<html>the shop is in trouble</html>", content_type="text/html"
                )
            elif request.transport is not None:
                request.transport.close()
                return web.Response(status=500)  # never arrives
        return None

    def _spend(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.armed.remove(fault)
