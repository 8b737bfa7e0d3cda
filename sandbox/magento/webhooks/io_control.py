"""What receivers of Adobe I/O Events fetch from the sandbox, and its control of keys, journals and states."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.control_input import known
from sandbox.magento.control_routes import answering, json_answer, object_of
from sandbox.magento.errors import ControlError
from sandbox.magento.webhooks.hub import Hub
from sandbox.magento.webhooks.io_handshake import VALIDATION_PATH, expire, shake_hands, validated
from sandbox.magento.webhooks.io_keys import SLOTS
from sandbox.magento.webhooks.io_registration import IoRegistration


class IoControl:
    """Public keys, validation, journal; POST keys {"rotate": [1], "stale": [2]}."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[web.RouteDef]:
        root = "/_sandbox/webhooks"
        return [
            web.get("/prod/keys/{name}", self._key),
            web.get(VALIDATION_PATH, self._validate),
            web.get(f"{root}/keys", answering(self._keys)),
            web.post(f"{root}/keys", answering(self._change_keys)),
            web.get(root + "/{name}/journal", answering(self._journal)),
            web.post(root + "/{name}/enable", answering(self._enable)),
        ]

    async def _key(self, request: web.Request) -> web.Response:
        pem = self._hub.keys.served(request.path)
        if pem is None:
            return web.Response(status=404)
        return web.Response(body=pem, content_type="application/x-pem-file")

    async def _validate(self, request: web.Request) -> web.Response:
        now = self._hub.engine.clock()
        number, challenge = request.query.get("id", ""), request.query.get("challenge", "")
        for one in self._hub.registrations.values():
            if isinstance(one, IoRegistration) and validated(one, number, challenge, now):
                return web.Response(text="OK")
        return web.Response(status=404)

    async def _keys(self, request: web.Request) -> web.Response:
        return json_answer(self._hub.keys.shown())

    async def _change_keys(self, request: web.Request) -> web.Response:
        body = object_of(await request.read())
        known(body, "rotate", "stale")
        rotate, stale = _slots(body, "rotate"), _slots(body, "stale")
        self._hub.keys.rotate(rotate)
        if "stale" in body:
            self._hub.keys.stale = stale
        return json_answer(self._hub.keys.shown())

    async def _journal(self, request: web.Request) -> web.Response:
        one = self._named(request)
        strange = set(request.query) - {"since", "limit"}
        if strange:
            raise ControlError(400, f"{', '.join(sorted(strange))}: since and limit are known")
        since = _number(request, "since", 0, 10**9)
        count = _number(request, "limit", limits.IO_PAGE, limits.IO_JOURNAL)
        return json_answer(one.journal.page(since, count))

    async def _enable(self, request: web.Request) -> web.Response:
        """What an administrator does with a disabled registration: the handshake is made again."""
        one = self._named(request)
        await shake_hands(self._hub.engine, one, str(request.url.origin()))
        return json_answer({"name": one.name, **one.shown()})

    def _named(self, request: web.Request) -> IoRegistration:
        one = self._hub.registrations.get(request.match_info["name"])
        if not isinstance(one, IoRegistration):
            raise ControlError(404, f"there is no registration {request.match_info['name']!r} of kind adobe_io")
        expire(one, self._hub.engine.clock())
        return one


def _slots(body: dict[str, Any], name: str) -> set[int]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(type(one) is int and one in SLOTS for one in value):
        raise ControlError(400, f"{name} is a list of the slots 1 and 2, not {value!r}")
    return set(value)


def _number(request: web.Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most):
        raise ControlError(400, f"{name} is a number up to {most}, not {text!r}")
    return int(text)
