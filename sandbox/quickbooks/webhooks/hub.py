"""All endpoints of a sandbox, and the way of changes to them."""

from __future__ import annotations

import asyncio
import random
import uuid

import aiohttp

from sandbox import limits
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.entity_names import WEBHOOK_ENTITIES
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.webhooks.deliveries import DeliveryLog
from sandbox.quickbooks.webhooks.endpoint import Endpoint
from sandbox.quickbooks.webhooks.events import Event, Kind, kind_of_change
from sandbox.quickbooks.webhooks.plan import Disturbances, EndpointPlan


class TooManyEndpoints(ValueError):
    """No more endpoints can be registered."""


class WebhookHub:
    """Endpoints and the log of what went to them. Use it inside a running loop; close() at the end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._next_id = 1
        self.usual = Disturbances()
        """What a registration leaves open."""
        self.endpoints: dict[str, Endpoint] = {}
        self.log = DeliveryLog()

    def watch(self, company: Company) -> None:
        """From now on the company's changes become events."""
        company.watch = lambda entity, object_id, new: self._changed(company, entity, object_id, new)

    def register(self, plan: EndpointPlan) -> Endpoint:
        """A new endpoint, or a new plan in place of one with the same address. Raises TooManyEndpoints."""
        same = next((endpoint for endpoint in self.endpoints.values() if endpoint.plan.url == plan.url), None)
        if same is not None:
            self._stop(same)
        elif len(self.endpoints) >= limits.QB_WEBHOOK_ENDPOINTS:
            raise TooManyEndpoints(f"at most {limits.QB_WEBHOOK_ENDPOINTS} endpoints; DELETE /_sandbox/webhooks")
        if self._session is None:
            self._session = _session()
        endpoint = Endpoint(same.id if same else str(self._next_id), plan, self._clock, self.log)
        self._next_id += same is None
        self.endpoints[endpoint.id] = endpoint
        endpoint.start(self._session)
        return endpoint

    def clear(self) -> None:
        """No endpoints, nothing under way, an empty log."""
        for endpoint in list(self.endpoints.values()):
            self._stop(endpoint)
        self.log.clear()

    def wake(self) -> None:
        """The clock was moved: what waits for an instant looks again."""
        for endpoint in self.endpoints.values():
            endpoint.wake()

    async def close(self) -> None:
        """End all sending."""
        self.clear()
        await asyncio.gather(*self._ending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _stop(self, endpoint: Endpoint) -> None:
        task = endpoint.stop()
        if task is not None:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        del self.endpoints[endpoint.id]

    def _changed(self, company: Company, entity: str, object_id: str, new: Record | None) -> None:
        """Nothing is looked up while no endpoint is there."""
        if not self.endpoints or entity not in WEBHOOK_ENTITIES:
            return
        kind = kind_of_change(company.get(entity, object_id), new)
        if kind is not None:
            company.after_commit(lambda: self._publish(company.realm, entity, object_id, kind))

    def _publish(self, realm: str, entity: str, object_id: str, kind: Kind) -> None:
        now = self._clock.now()
        nanoseconds = now.microsecond * 1000 + random.randrange(1000)
        # Receivers tell events apart by their id: no seed, no reset and no restart may bring one a second time.
        event = Event(str(uuid.uuid4()), realm, entity, object_id, kind, now, nanoseconds)
        for endpoint in self.endpoints.values():
            endpoint.add(event)


def _session() -> aiohttp.ClientSession:
    """A connection for each delivery, and no cookies: a receiver that ends its idle connections must not look as if it
    hadn't answered."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar())
