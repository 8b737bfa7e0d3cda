"""The switches of a shop that runs: seen and turned under /_sandbox/settings, as at the start again after a reset."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from sandbox.magento import switches
from sandbox.magento.auth import Gate
from sandbox.magento.config import Config
from sandbox.magento.control_routes import answering, json_answer, object_of
from sandbox.magento.errors import ControlError
from sandbox.magento.shop import Shop


class Settings:
    """Whoever holds the shop's configuration gets the new one."""

    def __init__(self, shop: Shop, gate: Gate) -> None:
        self._shop = shop
        self._gate = gate
        self._started = shop.config
        shop.furnish(self._as_started)

    def routes(self) -> list[web.RouteDef]:
        path = "/_sandbox/settings"
        return [web.get(path, answering(self._show)), web.patch(path, answering(self._turn))]

    def start_with(self, config: Config) -> None:
        """What holds from now on, and after each reset."""
        self._started = config
        self._use(config)

    def _as_started(self, shop: Shop) -> None:
        self._use(self._started)

    def _use(self, config: Config) -> None:
        self._shop.config = config
        self._gate.use(config)

    async def _show(self, request: web.Request) -> web.Response:
        return json_answer(switches.shown(self._shop.config))

    async def _turn(self, request: web.Request) -> web.Response:
        patch = object_of(await request.read())
        try:
            self._use(replace(self._shop.config, **switches.changed(patch)))
        except ValueError as error:
            raise ControlError(400, str(error)) from error
        return json_answer(switches.shown(self._shop.config))
