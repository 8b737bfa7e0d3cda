"""From a connection's settings to its shop's stock: who may write it, and how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from services.inventory.shelf import LEGACY, Shelf, open_shelf
from shared import limits
from shared.log.signals import RetryLater
from shared.magento.client import MagentoClient
from shared.secrets import SecretsError
from shared.settings.loader import Loaded
from shared.settings.model import Settings
from shared.settings.stock import StockDirection

All = Callable[[], Iterable[Loaded]]
"""The settings of all connections, other companies' too."""

OpenShop = Callable[[Loaded], MagentoClient]


class Access:
    """Of one connection."""

    def __init__(self, connection: str, every: All, open_shop: OpenShop) -> None:
        self._connection = connection
        self._every = every
        self._open_shop = open_shop
        self._shelf: tuple[str, Shelf] | None = None

    def settings(self) -> Loaded:
        """Those in force. Raises RetryLater when they say that nothing is to be written to the shop."""
        for loaded in self._every():
            settings = loaded.settings
            if settings.connection == self._connection and settings.stock.direction is StockDirection.BOOKS_TO_SHOP:
                return loaded
        raise RetryLater(limits.STOCK_REFUSED_SECONDS, "its settings don't say that stock goes to the shop")

    def unchanged(self, loaded: Loaded) -> bool:
        """Whether these settings are still in force."""
        ours = (one for one in self._every() if one.settings.connection == self._connection)
        return any(one.version == loaded.version for one in ours)

    async def shelf(self, loaded: Loaded) -> Shelf:
        """The shop's stock. Raises MagentoError; RetryLater when another connection writes the same, or nothing signs
        us in."""
        if self._shelf is None or self._shelf[0] != loaded.version:
            self.check(loaded.settings, loaded.settings.stock.source)
            try:
                client = self._open_shop(loaded)
            except SecretsError as error:
                raise RetryLater(limits.STOCK_REFUSED_SECONDS, str(error)) from error
            self._shelf = (loaded.version, await open_shelf(client, loaded.settings.stock.source))
        shelf = self._shelf[1]
        self.check(loaded.settings, shelf.source)
        return shelf

    def forget(self) -> None:
        """The shop may be another than it was: the next call looks anew."""
        self._shelf = None

    def check(self, settings: Settings, source: str) -> None:
        """One writer per source: of two, each would take the other's writes for somebody's edits."""
        for loaded in self._every():
            other = loaded.settings
            if other.connection != settings.connection and _writes_the_same(settings, source, other):
                what = f"source {source!r}" if source != LEGACY else "stock"
                text = (
                    f"the connections {settings.connection} and {other.connection} both name the {what} of the shop "
                    f"{settings.magento.url}; one of them must have another stock.source, or stock.direction off"
                )
                raise RetryLater(limits.STOCK_REFUSED_SECONDS, text)


def _writes_the_same(settings: Settings, source: str, other: Settings) -> bool:
    stock = other.stock
    if stock.direction is not StockDirection.BOOKS_TO_SHOP or stock.preview:
        return False
    return same_shop(settings, other) and source in (stock.source, LEGACY)


def same_shop(settings: Settings, other: Settings) -> bool:
    """Whether both connections are of one shop."""
    return _shop(settings.magento.url) == _shop(other.magento.url)


def _shop(url: str) -> tuple[str, int | None, str]:
    """What of an address tells shops apart."""
    parts = urlsplit(url)
    port = None if parts.port == {"http": 80, "https": 443}.get(parts.scheme) else parts.port
    return (parts.hostname or "", port, parts.path.rstrip("/"))
