"""The shops we read: a client each, their stores' time zones, and a pause while one is down.

A shop that doesn't answer, or refuses us, is left alone for a moment: its entities wait in their lanes, one call later
tries again, and the other shops go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from services.shop_clients import open_shop
from shared import limits
from shared.log.signals import RetryLater
from shared.magento.client import MagentoClient
from shared.magento.faults import BadAnswer, NotFound, Refused, ShopUnavailable, Throttled, Unauthorised
from shared.secrets import Secrets
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics


class NoRight(RetryLater):
    """The shop refuses a part of what we ask for: its operator must give the integration the right to it."""


@dataclass(slots=True)
class Shop:
    """One shop, under the settings of one version."""

    version: str
    client: MagentoClient
    view: MagentoClient | None = None
    """Reads products as the store view that settings name; None: as the shop's default one."""
    wants_categories: bool = False
    """Whether settings want products with the names of their categories."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Id -> full name of each category, believed until the time beside it."""
    categories_until: float = 0.0
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.SHOP_CALLS_AT_ONCE))
    down_until: float = 0.0
    refusals: dict[str, tuple[float, str]] = field(default_factory=dict)
    """By right: until when we don't ask again, and what the shop said."""
    has_sources: bool = True
    """Whether multi-source inventory is there; believed as long as the time zones are."""
    short_lists_until: float = 0.0
    """Until then lists of orders are known to leave out what an order by itself shows."""
    zones: dict[int, str] = field(default_factory=dict)
    zones_until: float = 0.0

    @asynccontextmanager
    async def calling(self, right: str = "", *, in_parts: bool = False) -> AsyncIterator[MagentoClient]:
        """The client, when it is our turn. Raises RetryLater while the shop is down, and when it turns out to be.

        A status 500, or a time-out, while the shop answers otherwise is about what was asked for, such as one order
        that can't be shown: that raises BadAnswer. With `in_parts`, for what can be asked for in smaller parts, so does
        any failure. A refusal concerns all that needs the same `right` ("" for sales); where others than sales are
        refused, that raises NoRight.
        """
        try:
            async with self._turn(right) as client:
                yield client
        except ShopUnavailable as error:
            if not in_parts and not _may_be_the_question(error):
                raise self._down(limits.SHOP_DOWN_SECONDS, error) from error
            await self.confirm()
            raise BadAnswer(f"{error.message} (the shop answers otherwise)", error.status) from error

    @asynccontextmanager
    async def _turn(self, right: str = "") -> AsyncIterator[MagentoClient]:
        """The same, without a second question."""
        self._check(right)
        async with self.places:
            self._check(right)
            try:
                yield self.client
            except Throttled as error:
                raise self._down(error.wait_seconds, error) from error
            except (Unauthorised, Refused) as error:  # the settings or the shop must change: for all of it alike
                raise self._refused(right, error) from error

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
        async with self._turn() as client:
            try:
                configs = await client.store_configs()
                zones = {int(config["id"]): str(config["timezone"]) for config in configs}
            except ShopUnavailable as error:
                raise self._down(limits.SHOP_DOWN_SECONDS, error) from error
            except (BadAnswer, NotFound, KeyError, TypeError, ValueError) as error:
                raise self._down(limits.SHOP_REFUSED_SECONDS, error) from error
        if not zones:
            raise self._down(limits.SHOP_REFUSED_SECONDS, BadAnswer("the shop has no store views"))
        self.zones, self.zones_until = zones, time.monotonic() + limits.STORE_CONFIG_SECONDS
        self.has_sources = True

    def _check(self, right: str) -> None:
        now = time.monotonic()
        if (left := self.down_until - now) > 0:
            raise RetryLater(left, "the shop doesn't answer")
        until, said = self.refusals.get(right, (0.0, ""))
        if until > now:
            raise _no(right, until - now, said)

    def _refused(self, right: str, error: Exception) -> RetryLater:
        self.refusals[right] = (time.monotonic() + limits.SHOP_REFUSED_SECONDS, str(error))
        return _no(right, limits.SHOP_REFUSED_SECONDS, str(error))

    def _down(self, seconds: float, error: Exception) -> RetryLater:
        self.down_until = time.monotonic() + seconds
        return RetryLater(seconds, str(error))


def _may_be_the_question(error: ShopUnavailable) -> bool:
    """Whether the shop may have failed at what it was asked for, rather than as a whole."""
    return error.status in (500, 504) or isinstance(error.__cause__, TimeoutError)


def _no(right: str, seconds: float, why: str) -> RetryLater:
    return NoRight(seconds, why) if right else RetryLater(seconds, why)


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
            found = self._shops[name] = self._shop(loaded)
        return found

    def _shop(self, loaded: Loaded) -> Shop:
        products = loaded.settings.products
        view = self._client(loaded, products.store_view) if products.store_view else None
        return Shop(loaded.version, self._client(loaded), view, products.mirror_categories)

    def _client(self, loaded: Loaded, store_code: str | None = None) -> MagentoClient:
        return open_shop(self._session, self._secrets, self._metrics, loaded, store_code)
