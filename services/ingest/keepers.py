"""The tokens of the realms that this process owns: refreshed here and nowhere else (design, idea 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import structlog

from services.process import Process
from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import LogUnavailable, NotOwner
from shared.quickbooks.faults import QuickBooksError, Reconnect
from shared.quickbooks.oauth2 import ClientCredentials, OAuth2Client, TokenPair, discover
from shared.quickbooks.tokens import TokenKeeper, TokenSource
from shared.quickbooks.vault import TokenRecord
from shared.settings.loader import Loaded

_log = structlog.get_logger(__name__)


class Keepers:
    """One TokenKeeper per owned realm."""

    def __init__(self, process: Process, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._process = process
        self._now = now
        self._owned: set[int] = set()
        self._keepers: dict[str, TokenKeeper] = {}
        self._oauth: OAuth2Client | None = None
        self._discovering = asyncio.Lock()
        self._look_now = asyncio.Event()
        self._tried: dict[str, tuple[str | None, ...]] = {}  # grants of the file that this process began with
        process.settings.subscribe(self._settings_changed)

    def own(self, partitions: Iterable[int]) -> None:
        """From now on the realms of these partitions are ours."""
        self._owned |= set(partitions)
        self._look_now.set()

    async def _settings_changed(self, loaded: Loaded) -> None:
        self._look_now.set()

    async def release(self, partitions: Iterable[int]) -> None:
        """They are another's. A refresh under way may finish: its answer holds the only copy of the new token."""
        gone = set(partitions)
        self._owned -= gone
        for realm in [realm for realm in self._keepers if partition_for(realm, limits.PARTITIONS) in gone]:
            keeper = self._keepers.pop(realm)
            await keeper.close()
            self._process.tokens.leave(realm, keeper)

    def source(self, realm: str) -> TokenSource:
        """The tokens of a realm of ours, for calls made in this process. Raises NotOwner for another's."""
        keeper = self._keeper(realm)
        if keeper is None:
            raise NotOwner(f"realm {realm} belongs to another process")
        return keeper

    async def refresh(self, realm: str, version: int) -> None:
        """A follower's wish: its token, of this version, was refused. Nothing to do when a newer one was published."""
        keeper = self._keeper(realm)
        published = self._process.tokens.record(realm)
        if keeper is None or keeper.record is None or (published is not None and published.version > version):
            return
        try:
            await keeper.refused(keeper.record.pair.access_token)
        except Reconnect as error:
            self._reconnect(realm, keeper, error)
        except QuickBooksError as error:
            self._say(realm, error)

    async def watch(self) -> None:
        """Keeps every owned realm's token fresh, until cancelled."""
        while True:
            self._look_now.clear()
            for realm in self._realms():
                keeper = self._keeper(realm)
                if keeper is not None:
                    await self._look(realm, keeper)
            try:
                async with asyncio.timeout(limits.TOKEN_CHECK_SECONDS):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    async def _look(self, realm: str, keeper: TokenKeeper) -> None:
        try:
            await keeper.access_token()
            state = "valid"
        except Reconnect as error:
            state = "reconnect"
            self._reconnect(realm, keeper, error)
        except (QuickBooksError, LogUnavailable) as error:
            state = "refreshing"
            self._say(realm, error)
        metrics = self._process.metrics
        for name in ("valid", "refreshing", "reconnect"):
            metrics.token_state.labels(realm, name).set(name == state)
        if (record := keeper.record) is not None:
            metrics.token_expiry.labels(realm, "access").set(record.pair.access_expires_at.timestamp())
            metrics.token_expiry.labels(realm, "refresh").set(record.pair.refresh_expires_at.timestamp())

    def _reconnect(self, realm: str, keeper: TokenKeeper, error: Reconnect) -> None:
        """The grant is dead: perhaps a person has connected again while the old one still looked alive."""
        self._say(realm, error)
        if self._take_from_file(realm, keeper):
            self._look_now.set()

    def _realms(self) -> list[str]:
        realms = {loaded.settings.quickbooks.realm for loaded in self._process.settings.all().values()}
        return sorted(realm for realm in realms if partition_for(realm, limits.PARTITIONS) in self._owned)

    def _keeper(self, realm: str) -> TokenKeeper | None:
        if partition_for(realm, limits.PARTITIONS) not in self._owned:
            return None
        keeper = self._keepers.get(realm)
        if keeper is None:
            keeper = self._keepers[realm] = TokenKeeper(realm, self._refresh, self._process.tokens.save)
            self._process.tokens.inform(realm, keeper)
            self._take_from_file(realm, keeper)
        return keeper

    def _take_from_file(self, realm: str, keeper: TokenKeeper) -> bool:
        """The grant in the secrets file starts a realm, and restarts one that must be reconnected, if it is another and
        wasn't tried before. Whether it was taken."""
        given = self._process.secrets.realms.get(realm)
        record = keeper.record
        if given is None or (record is not None and record.state == "active"):
            return False
        token = given.refresh_token.get_secret_value()
        used = (record.pair.refresh_token, record.previous_refresh_token) if record is not None else ()
        if token in used or token in self._tried.get(realm, ()):
            return False
        self._tried[realm] = (*used, token)
        now = self._now()
        version = 1 if record is None else record.version + 1
        keeper.adopt(TokenRecord(version, TokenPair("", token, now, now), now))
        return True

    async def _refresh(self, refresh_token: str) -> TokenPair:
        async with self._discovering:
            if self._oauth is None:
                endpoints = await discover(self._process.session, self._process.config.discovery)
                keys = self._process.secrets.quickbooks
                credentials = ClientCredentials(keys.client_id, keys.client_secret.get_secret_value())
                self._oauth = OAuth2Client(self._process.session, endpoints, credentials)
        return await self._oauth.refresh(refresh_token)

    def _say(self, realm: str, error: Exception) -> None:
        _log.warning("no fresh token", realm=realm, error_class=type(error).__name__, reason=str(error))
