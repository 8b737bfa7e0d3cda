"""The sandbox's own interface to its webhooks: /_sandbox/webhooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.control_input import known
from sandbox.magento.control_routes import answering, json_answer, object_of
from sandbox.magento.errors import ControlError
from sandbox.magento.faults import Faults
from sandbox.magento.shop import Kind, Shop
from sandbox.magento.subscriptions import Subscriptions
from sandbox.magento.webhooks.commerce import CommerceHook
from sandbox.magento.webhooks.commerce_plan import CommercePlan
from sandbox.magento.webhooks.delivery import Delivery, Lost, State
from sandbox.magento.webhooks.hub import Hub
from sandbox.magento.webhooks.io_handshake import shake_hands
from sandbox.magento.webhooks.io_plan import IoPlan
from sandbox.magento.webhooks.io_registration import IoRegistration
from sandbox.magento.webhooks.mageos_plan import MageosPlan, MageosRegistration
from sandbox.magento.webhooks.mageplaza import MageplazaHook
from sandbox.magento.webhooks.plans import read_plan
from sandbox.magento.webhooks.registration import Registration


class WebhookControl:
    """Register, list and remove; read, filter and replay deliveries."""

    def __init__(self, hub: Hub, subscriptions: Subscriptions, shop: Shop, faults: Faults) -> None:
        self._hub = hub
        self._shop = shop
        self._subscriptions = subscriptions
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        root = "/_sandbox/webhooks"
        return [
            web.post(root, answering(self._register)),
            web.get(root, answering(self._list)),
            web.delete(root, answering(self._clear)),
            web.get(f"{root}/deliveries", answering(self._deliveries)),
            web.post(f"{root}/replay", answering(self._replay)),
            web.get(f"{root}/commerce-key", answering(self._commerce_key)),
            web.post(f"{root}/commerce-key", answering(self._commerce_key)),
            web.post("/_sandbox/customers/{id}/login", answering(self._login)),
            web.delete(root + "/{name}", answering(self._remove)),
        ]

    async def _register(self, request: web.Request) -> web.Response:
        """What isn't said is as in the fault plan in force."""
        usual = self._faults.webhooks.model_dump(exclude_unset=True)
        plan = read_plan(usual | object_of(await request.read()))
        name, hub = plan.name or plan.kind, self._hub
        one: Registration
        if isinstance(plan, MageosPlan):
            one = MageosRegistration(name, plan, hub.engine)
        elif isinstance(plan, IoPlan):
            one = IoRegistration(name, plan, hub.engine, hub.keys)
        elif isinstance(plan, CommercePlan):
            one = CommerceHook(name, plan, hub.engine, hub.signing_key)
        else:
            one = MageplazaHook(name, plan, hub.engine, self._shop)
        hub.register(one)
        if isinstance(one, IoRegistration):
            await shake_hands(hub.engine, one, str(request.url.origin()))
        return json_answer({"name": name, **one.shown()})

    async def _list(self, request: web.Request) -> web.Response:
        made = [one.shown() for one in self._subscriptions.made.values()]
        return json_answer({"registrations": self._hub.shown(), "subscriptions": made})

    async def _clear(self, request: web.Request) -> web.Response:
        for name in list(self._hub.registrations):
            self._hub.remove(name)
        return json_answer({"cleared": True})

    async def _remove(self, request: web.Request) -> web.Response:
        name = self._named(request)
        self._hub.remove(name)
        return json_answer({"removed": name})

    async def _deliveries(self, request: web.Request) -> web.Response:
        """Counts over all, and the latest deliveries, oldest first. last: how many; state, registration, event: only
        those; bodies=1: with headers and body as they were sent."""
        query = request.query
        strange = set(query) - {"last", "state", "registration", "event", "bodies"}
        if strange:
            raise ControlError(400, f"{', '.join(sorted(strange))}: last, state, registration, event, bodies are known")
        last = _number("last", query.get("last", str(limits.WEBHOOK_SHOWN)), limits.WEBHOOK_LOG)
        if "state" in query and query["state"] not in set(State):
            raise ControlError(400, f"state is one of {', '.join(State)}, not {query['state']!r}")
        found = [one for one in self._hub.engine.log() if _is_wanted(one, query)]
        shown = [one.shown(body=query.get("bodies") == "1") for one in found[-last:]] if last else []
        engine = self._hub.engine
        states = Counter(one.state.value for one in found)
        return json_answer(
            {**engine.counts.shown(), "pending": engine.pending, "states": dict(states), "deliveries": shown}
        )

    async def _replay(self, request: web.Request) -> web.Response:
        body = object_of(await request.read())
        known(body, "deliveries")
        wanted = body.get("deliveries")
        if not isinstance(wanted, list) or not wanted:
            raise ControlError(400, "deliveries is a list of ids, as GET /_sandbox/webhooks/deliveries tells them")
        found = [(one, self._hub.engine.logged(str(one))) for one in wanted]
        unknown = [str(one) for one, delivery in found if delivery is None]
        if unknown:
            raise ControlError(404, f"the log has no delivery {', '.join(unknown)}")
        try:
            again = [self._hub.replay(delivery) for _, delivery in found if delivery is not None]
        except Lost as lost:
            raise ControlError(409, f"that can't be sent again: {lost}") from lost
        return json_answer({"replayed": [one.id for one in again]})

    async def _login(self, request: web.Request) -> web.Response:
        """A customer signs in at the storefront, which REST has no part in."""
        text = request.match_info["id"]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
        customer = self._shop.get(Kind.CUSTOMER, number)
        if customer is None:
            raise ControlError(404, f"there is no customer {text[:40]!r} in this shop")
        self._shop.announce("customer.login", customer)
        return json_answer({"signed_in": customer.entity_id})

    async def _commerce_key(self, request: web.Request) -> web.Response:
        """The public key of Commerce's webhooks; POST makes a new pair first."""
        pair = self._hub.signing_key() if request.method == "GET" else self._hub.regenerate_signing_key()
        return json_answer({"pem": pair.pem.decode()})

    def _named(self, request: web.Request) -> str:
        name = request.match_info["name"]
        if name not in self._hub.registrations:
            there = ", ".join(self._hub.registrations) or "there are none"
            raise ControlError(404, f"there is no registration {name!r} ({there})")
        return name


def _is_wanted(one: Delivery, query: Mapping[str, str]) -> bool:
    told = {"state": one.state.value, "registration": one.sender.name, "event": one.event}
    return all(query.get(name, value) == value for name, value in told.items())


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= most):
        raise ControlError(400, f"{name} is a number up to {most}, not {text!r}")
    return int(text)
