"""The shops we read: a client each, their stores' time zones, and a pause while one is down.

A shop that doesn't answer, or refuses us, is left alone for a moment: its entities wait in their lanes, one call later
tries again, and the other shops go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from shared import limits
from shared.log.signals import RetryLater
from shared.magento.client import Authentication, Bearer, MagentoClient, OAuth1
from shared.magento.faults import BadAnswer, NotFound, Refused, ShopUnavailable, Throttled, Unauthorised
from shared.magento.oauth1 import Credentials
from shared.secrets import ConnectionSecrets, Secrets
from shared.settings.loader import Loaded
from shared.settings.model import ShopAuth
from shared.telemetry.metrics import Metrics


@dataclass(slots=True)
class Shop:
    """One shop, under the settings of one version."""

    version: str
    client: MagentoClient
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.SHOP_CALLS_AT_ONCE))
    down_until: float = 0.0
    zones: dict[int, str] = field(default_factory=dict)
    zones_until: float = 0.0

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[MagentoClient]:
        """The client, when it is our turn. Raises RetryLater while the shop is down, and when it turns out to be."""
        self._check()
        async with self.places:
            self._check()
            try:
                yield self.client
            except Throttled as error:
                raise self._down(error.wait_seconds, error) from error
            except ShopUnavailable as error:
                raise self._down(limits.SHOP_DOWN_SECONDS, error) from error
            except (Unauthorised, Refused) as error:  # the settings or the shop must change: for every order alike
                raise self._down(limits.SHOP_REFUSED_SECONDS, error) from error

    async def time_zone(self, store_id: int) -> str:
        """The time zone of a store view. Raises RetryLater."""
        if store_id not in self.zones or time.monotonic() >= self.zones_until:
            await self.confirm()
            # A store view may have been deleted since: then that of the first, which is the shop's own, and remembered,
            # so that its orders don't ask again and again.
            self.zones.setdefault(store_id, next(iter(self.zones.values())))
        return self.zones[store_id]

    async def confirm(self) -> None:
        """Returns when the shop gives its stores' configuration: then it is Magento itself that answers, and what it
        says of one order is of that order. Raises RetryLater: a gateway, or a shop that is broken as a whole."""
        async with self.calling() as client:
            try:
                configs = await client.store_configs()
                zones = {int(config["id"]): str(config["timezone"]) for config in configs}
            except (BadAnswer, NotFound, KeyError, TypeError, ValueError) as error:
                raise self._down(limits.SHOP_REFUSED_SECONDS, error) from error
        if not zones:
            raise self._down(limits.SHOP_REFUSED_SECONDS, BadAnswer("the shop has no store views"))
        self.zones, self.zones_until = zones, time.monotonic() + limits.STORE_CONFIG_SECONDS

    def _check(self) -> None:
        left = self.down_until - time.monotonic()
        if left > 0:
            raise RetryLater(left, "the shop doesn't answer")

    def _down(self, seconds: float, error: Exception) -> RetryLater:
        self.down_until = time.monotonic() + seconds
        return RetryLater(seconds, str(error))


class Shops:
    """Shops by connection name, made anew when settings change."""

    def __init__(self, session: aiohttp.ClientSession, secrets: Secrets, metrics: Metrics) -> None:
        self._session = session
        self._secrets = secrets
        self._metrics = metrics
        self._shops: dict[str, Shop] = {}

    def shop(self, loaded: Loaded) -> Shop:
        """The shop of these settings. Raises SecretsError when nothing signs us in."""
        name = loaded.settings.connection
        found = self._shops.get(name)
        if found is None or found.version != loaded.version:
            found = self._shops[name] = Shop(loaded.version, self._client(loaded))
        return found

    def _client(self, loaded: Loaded) -> MagentoClient:
        name, magento = loaded.settings.connection, loaded.settings.magento
        auth = authentication(magento.auth, self._secrets.connection(name))

        def observe(resource: str, outcome: str, seconds: float) -> None:
            self._metrics.magento_calls.labels(name, resource, outcome).inc()

        return MagentoClient(self._session, magento.url, auth, observe=observe)


def authentication(kind: ShopAuth, secrets: ConnectionSecrets) -> Authentication:
    """How an integration signs in to its shop."""
    token = secrets.access_token.get_secret_value()
    if kind is ShopAuth.BEARER:
        return Bearer(token)
    return OAuth1(
        Credentials(
            consumer_key=secrets.consumer_key.get_secret_value(),
            consumer_secret=secrets.consumer_secret.get_secret_value(),
            access_token=token,
            access_token_secret=secrets.access_token_secret.get_secret_value(),
        )
    )


async def read_order(shop: Shop, order_id: int) -> dict[str, Any]:
    """The order with what belongs to it: {order, invoices, creditmemos, time_zone}. Raises NotFound, RetryLater,
    BadAnswer."""
    async with shop.calling() as client:
        order, invoices, memos = await asyncio.gather(
            client.get_order(order_id), client.invoices_of(order_id), client.creditmemos_of(order_id)
        )
    zone = await shop.time_zone(int(order.get("store_id") or 0))
    return {"order": order, "invoices": invoices, "creditmemos": memos, "time_zone": zone}
