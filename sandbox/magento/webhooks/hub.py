"""All registrations of a shop, and the way of its changes to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.magento import limits
from sandbox.magento.announcing import ADDRESS
from sandbox.magento.errors import ControlError
from sandbox.magento.shop import Body, Document, Shop
from sandbox.magento.subscriptions import Subscription, Subscriptions
from sandbox.magento.webhooks import mageos
from sandbox.magento.webhooks.commerce import CommerceHook, ask_all
from sandbox.magento.webhooks.delivery import Delivery, Lost
from sandbox.magento.webhooks.disturbance import UNDISTURBED
from sandbox.magento.webhooks.engine import Engine
from sandbox.magento.webhooks.io_keys import KeyPair, Keys, new_pair
from sandbox.magento.webhooks.io_registration import IoRegistration
from sandbox.magento.webhooks.mageos_plan import MageosRegistration
from sandbox.magento.webhooks.mageplaza import MageplazaHook
from sandbox.magento.webhooks.models import completed
from sandbox.magento.webhooks.moments import Moment
from sandbox.magento.webhooks.performing import Performer
from sandbox.magento.webhooks.registration import Registration


class Hub:
    """start() it inside a running loop, close() it at the end."""

    def __init__(self, shop: Shop, subscriptions: Subscriptions, clock: Callable[[], float]) -> None:
        self.engine = Engine(clock)
        self.keys = Keys()
        self._signing: KeyPair | None = None
        self.performer = Performer(shop, self)
        self._registrations: dict[str, Registration] = {}
        self._shop = shop
        self._subscriptions = subscriptions
        self._rest = mageos.MageosSender("rest", UNDISTURBED, self.engine)
        shop.on_event(self._announced)

    @property
    def registrations(self) -> Mapping[str, Registration]:
        """By name, in order of registration."""
        return self._registrations

    @property
    def any(self) -> bool:
        return any(not isinstance(one, MageosRegistration) for one in self._registrations.values())

    @property
    def waiting(self) -> bool:
        return any(
            isinstance(one, CommerceHook) or (isinstance(one, MageplazaHook) and not one.plan.cron)
            for one in self._registrations.values()
        )

    def tell(self, moment: Moment) -> None:
        moment = completed(self._shop, moment)
        for one in self._registrations.values():
            if isinstance(one, IoRegistration):
                one.hear(moment)
            elif isinstance(one, MageplazaHook) and one.plan.cron and one.wants_cron(moment):
                one.schedule(moment)

    async def ask(self, moment: Moment) -> Body | None:
        """Commerce's hooks, then those of Mageplaza in order of priority."""
        everyone = list(self._registrations.values())
        changed = await ask_all([one for one in everyone if isinstance(one, CommerceHook)], moment)
        moment = completed(self._shop, moment)
        fired = [one for one in everyone if isinstance(one, MageplazaHook) and not one.plan.cron and one.wants(moment)]
        for one in sorted(fired, key=lambda hook: hook.plan.priority):
            await one.fire(moment)
        return changed

    def signing_key(self) -> KeyPair:
        """Of Commerce's webhooks, made when it is first needed."""
        if self._signing is None:
            self._signing = new_pair()
        return self._signing

    def regenerate_signing_key(self) -> KeyPair:
        """Stores > Configuration > Adobe Services > Webhooks > Regenerate key pair."""
        self._signing = new_pair()
        return self._signing

    def register(self, one: Registration) -> None:
        """Take it, in place of what had its name. Raises ControlError: there are too many."""
        if one.name not in self._registrations and len(self._registrations) >= limits.WEBHOOK_REGISTRATIONS:
            raise ControlError(
                400, f"there are {limits.WEBHOOK_REGISTRATIONS} registrations already; DELETE /_sandbox/webhooks"
            )
        if one.name in self._registrations:
            self.remove(one.name)
        self._registrations[one.name] = one
        if isinstance(one, MageosRegistration):  # as in one shop: its consumers treat all its subscriptions alike
            self._rest.disturbance = one.plan

    def remove(self, name: str) -> None:
        """What is still under way to it is dropped. Raises KeyError: there is none."""
        self._registrations.pop(name).closed = True

    def clear(self) -> None:
        """No registrations, nothing under way, counts and log as new."""
        for name in list(self._registrations):
            self.remove(name)
        self._rest.closed = True
        self._rest = mageos.MageosSender("rest", UNDISTURBED, self.engine)
        self.engine.forget()

    def replay(self, delivery: Delivery) -> Delivery:
        """Send it once more. Raises Lost: its registration is gone, or its kind has no replay."""
        if delivery.sender is self._rest:
            return mageos.replay(self.engine, delivery)
        one = self._registrations.get(delivery.sender.name)
        if one is None or delivery.sender.closed:
            raise Lost(f"registration {delivery.sender.name} is gone")
        return one.replay(delivery)

    def shown(self) -> list[dict[str, Any]]:
        """As the control interface tells them."""
        return [{"name": one.name, **one.shown(), "counts": one.counts.shown()} for one in self._registrations.values()]

    def _announced(self, event: str, document: Document) -> None:
        store_id = _store_of(document)
        subscribers: list[tuple[mageos.MageosSender, Subscription]] = [
            (self._rest, one) for one in self._subscriptions.of(event, store_id)
        ]
        for registration in self._registrations.values():
            if isinstance(registration, MageosRegistration):
                subscribers += [(registration.sender, one) for one in registration.of(event, store_id)]
        if subscribers:
            kind, entity_id, shop = document.kind, document.entity_id, self._shop
            address = document.hidden.get(ADDRESS)

            def load() -> dict[str, Any] | None:
                """As a queue consumer reads it: as it is now, with row totals as stored."""
                now = shop.get(kind, entity_id)
                if now is None or address is None:
                    return None if now is None else now.body
                return next((one for one in now.body["addresses"] if one["id"] == address), None)

            mageos.publish(self.engine, subscribers, event, load)


def _store_of(document: Document) -> int:
    store = document.body.get("store_id")
    return store if isinstance(store, int) else 0
