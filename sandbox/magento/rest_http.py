"""REST as HTTP: a request finds its route, is admitted, served and answered in the format it asks for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial

from aiohttp import web

from sandbox.faulting.sending import before_work, sent
from sandbox.magento import fields_filter, php_json, query, rendering, request_bodies
from sandbox.magento.auth import Gate
from sandbox.magento.bulk.accepting import Accepting
from sandbox.magento.data_objects import UnknownProperty
from sandbox.magento.errors import InvalidInput, MagentoError, NotAcceptable, masked_failure
from sandbox.magento.fault_pages import magento_error, planned_answer
from sandbox.magento.faults import Faults
from sandbox.magento.life import stopping
from sandbox.magento.router import Call, Found, Router
from sandbox.magento.shop import Shop
from sandbox.magento.webhooks.performing import Performer
from shared import wire

_METHODS = ("GET", "POST", "PUT", "DELETE")
# nginx in front of the shop refuses it (client_max_body_size).
_TOO_LARGE = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body></body>\r\n</html>\r\n"


class RestHttp:
    def __init__(
        self,
        shop: Shop,
        router: Router,
        gate: Gate,
        faults: Faults,
        usage: Counter[str],
        accepting: Accepting,
        performer: Performer,
    ) -> None:
        self._shop = shop
        self._router = router
        self._gate = gate
        self._faults = faults
        self._usage = usage
        self._accepting = accepting
        self._performer = performer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call: what the fault plan does before the work, the work, how its answer goes out."""
        accept = request.headers.get("Accept", "")
        form = rendering.asked_for(accept)
        path = request.raw_path.partition("?")[0]
        try:
            if form is None:
                raise NotAcceptable(accept)
            if request.method not in _METHODS:
                raise InvalidInput("The request method is invalid.")
            found = self._router.find(request.method, path.removeprefix("/index.php"))
        except MagentoError as error:
            return _refused(error, form or "json")
        self._usage[found.name] += 1
        taken = self._faults.take_call(request.method, found.route.pattern)
        instead = await before_work(request, taken, lambda rule: planned_answer(rule, found.route.resource))
        if instead is not None:
            return instead
        if taken.active is not None and taken.effect == "hold_before_commit":
            await taken.active.hold()
        if taken.effect == "expire_token":
            self._gate.expire_tokens(request.headers.get("Authorization", "").partition(" ")[2].strip())
        response = await self._done(request, found, form)
        response.headers["Date"] = _http_date(self._shop.now())
        return await sent(request, response, taken.active)

    async def _done(self, request: web.Request, found: Found, form: rendering.Format) -> web.Response:
        try:
            status, text = await self._served(request, found)
        except MagentoError as error:
            return _refused(error, form)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413, text=_TOO_LARGE, content_type="text/html")
        return _rendered(status, text, form)

    async def _served(self, request: web.Request, found: Found) -> tuple[int, str]:
        """Status and JSON text. Raises MagentoError, HTTPRequestEntityTooLarge."""
        by_administrator = False
        if found.route.resource is not None:
            by_administrator = self._gate.admit(request, found.route.resource)
        stopping.cancel_expired(self._shop)
        if found.mode != "sync":
            given = await request_bodies.read(request)
            with self._shop.atomic():
                return 202, php_json.encode(self._accepting.take(found, given, by_administrator=by_administrator))
        body = request_bodies.parameters(await request_bodies.read(request)) if request.method != "GET" else {}
        parsed = query.parse(request.raw_path.partition("?")[2])
        text = await self._handled(found, Call(found.parameters, parsed, body, found.store_code))
        self._break_lists(found, text)
        fields = parsed.get("fields")
        if isinstance(fields, str) and fields:
            return 200, php_json.encode(fields_filter.apply(wire.decode(text.encode()), fields))
        return 200, text

    async def _handled(self, found: Found, call: Call) -> str:
        if found.route.method == "GET":
            return found.route.handler(call)
        try:
            if found.route.saves:
                return await self._performer.perform(partial(found.route.handler, call))
            with self._shop.atomic():
                return found.route.handler(call)
        except UnknownProperty as unknown:
            if self._shop.config.unknown_properties == "masked":
                raise masked_failure() from unknown
            raise

    def _break_lists(self, found: Found, text: str) -> None:
        """Raises MagentoError: the page has an order that Magento can't show (reference 8.12), so all of it is 500."""
        route = found.route
        if route.method != "GET" or not self._faults.has_bad_orders:
            return
        document = wire.decode(text.encode())
        if not isinstance(document, dict):
            return
        items = document.get("items", []) if "total_count" in document else [document]
        if self._faults.spoils(route.pattern, [item.get("entity_id", 0) for item in items if isinstance(item, dict)]):
            raise magento_error(500, "", route.resource)


def _http_date(utc: str) -> str:
    """The shop's clock, as it was moved, for the header Date."""
    return format_datetime(datetime.fromisoformat(utc).replace(tzinfo=UTC), usegmt=True)


def _refused(error: MagentoError, form: rendering.Format) -> web.Response:
    return _rendered(error.status, php_json.encode(error.body()), form)


def _rendered(status: int, text: str, form: rendering.Format) -> web.Response:
    if form == "xml":
        text = rendering.xml(wire.decode(text.encode()))
    return web.Response(text=text, status=status, content_type=rendering.MEDIA_TYPES[form], charset="utf-8")
