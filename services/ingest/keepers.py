"""The tokens of the realms that this process owns: refreshed here and nowhere else (design, idea 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from services.ingest.connect.adoption import Adoption
from services.ingest.connect.attempts import Attempts
from services.ingest.intuit import Intuit
from services.ingest.token_watch import TokenWatch
from services.process import Process
from services.quotas import Quotas
from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import RetryLater
from shared.quickbooks.faults import QuickBooksError, Reconnect, Refused
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.tokens import TokenKeeper, TokenSource
from shared.quickbooks.vault import TokenRecord
from shared.settings.loader import Loaded

_log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Keepers:
    """One TokenKeeper per owned realm."""

    def __init__(
        self,
        process: Process,
        quotas: Quotas,
        intuit: Intuit,
        attempts: Attempts,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._process = process
        self._intuit = intuit
        self._now = now
        self._adoption = Adoption(process, quotas, intuit, attempts, now)
        self._watch = TokenWatch(process, now)
        self._owned: set[int] = set()
        self._resealed: set[int] = set()
        self._keepers: dict[str, TokenKeeper] = {}
        self._look_now = asyncio.Event()
        self._tried: dict[str, tuple[str | None, ...]] = {}  # grants of the file that this process began with
        process.settings.subscribe(self._settings_changed)
        process.tokens.on_grant(self._look_now.set)

    async def own(self, partitions: Iterable[int]) -> None:
        """From now on the realms of these partitions are ours. Returns when all that the owners before us saved is
        known: a token that they have just renewed must not be renewed again. Raises LogUnavailable."""
        coming = set(partitions)
        await self._process.tokens.caught_up(coming)
        self._owned |= coming
        self._look_now.set()

    async def _settings_changed(self, loaded: Loaded) -> None:
        self._look_now.set()

    async def release(self, partitions: Iterable[int]) -> None:
        """They are another's. A refresh under way may finish: its answer holds the only copy of the new token."""
        gone = set(partitions)
        self._owned -= gone
        self._resealed -= gone
        for realm in [realm for realm in self._keepers if partition_for(realm, limits.PARTITIONS) in gone]:
            keeper = self._keepers.pop(realm)
            await keeper.close()
            self._process.tokens.leave(realm, keeper)
            self._watch.forget(realm)

    def source(self, realm: str) -> TokenSource:
        """The tokens of a realm of ours, for calls made in this process. Raises NotOwner for another's."""
        keeper = self._keeper(realm)
        if keeper is None:
            raise NotOwner(f"realm {realm} belongs to another process")
        return keeper

    async def refresh(self, realm: str, command: dict[str, Any]) -> None:
        """A follower's wish: its token, of this version, was refused. Nothing to do when a newer one was published."""
        version = int(command.get("version") or 0)
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

    async def disconnect(self, realm: str, command: dict[str, Any]) -> None:
        """A person's wish: the grant that the command names is given back to Intuit, and orders wait.

        Raises RetryLater, LogUnavailable.
        """
        keeper = self._keeper(realm)
        record = await keeper.settled() if keeper is not None else None  # a refresh may be about to replace the token
        if keeper is None or record is None or record.state == "disconnected" or record.grant != command.get("grant"):
            return
        try:
            await (await self._intuit.client()).revoke(record.pair.refresh_token)
        except Refused as error:
            _log.info("the grant was dead already", realm=realm, reason=str(error))
        except QuickBooksError as error:
            raise RetryLater(limits.RECONNECT_SECONDS, str(error)) from error
        now = self._now()
        await keeper.take(
            replace(record, state="disconnected", since=now, obtained_at=now, previous_refresh_token=None)
        )
        _log.warning("disconnected", realm=realm)

    async def watch(self) -> None:
        """Keeps every owned realm's token fresh, until cancelled."""
        while True:
            self._look_now.clear()
            try:
                await self._reseal()
            except LogUnavailable as error:
                _log.warning("tokens could not be sealed with the new key yet", error_class=type(error).__name__)
            for loaded in self._loaded():
                keeper = self._keeper(loaded.settings.quickbooks.realm)
                if keeper is not None:
                    await self._look(loaded, keeper)
            try:
                async with asyncio.timeout(limits.TOKEN_CHECK_SECONDS):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    async def _look(self, loaded: Loaded, keeper: TokenKeeper) -> None:
        realm = loaded.settings.quickbooks.realm
        try:
            await self._adoption.look(realm, loaded.settings.quickbooks, keeper)
        except (QuickBooksError, LogUnavailable) as error:  # the grant that is in use is kept fresh all the same
            _log.warning("a new grant could not be put in force yet", realm=realm, reason=str(error))
        try:
            if keeper.record is None:  # nobody has connected yet
                state = "reconnect"
            else:
                await keeper.access_token()
                state = "valid"
        except Reconnect as error:
            state = "disconnected" if error.code == "disconnected" else "reconnect"
            self._reconnect(realm, keeper, error)
        except (QuickBooksError, LogUnavailable) as error:
            state = "refreshing"
            self._say(realm, error)
        self._watch.note(loaded.settings.connection, realm, keeper.record, state)

    def _reconnect(self, realm: str, keeper: TokenKeeper, error: Reconnect) -> None:
        """The grant is dead: perhaps a person has put another in the secrets file while it still looked alive."""
        if self._take_from_file(realm, keeper):
            self._say(realm, error)
            self._look_now.set()

    def _loaded(self) -> list[Loaded]:
        """The settings of one connection of each realm of ours."""
        by_realm: dict[str, Loaded] = {}
        for _, loaded in sorted(self._process.settings.all().items()):
            realm = loaded.settings.quickbooks.realm
            if partition_for(realm, limits.PARTITIONS) in self._owned:
                by_realm.setdefault(realm, loaded)
        return [loaded for _, loaded in sorted(by_realm.items())]

    def _keeper(self, realm: str) -> TokenKeeper | None:
        if partition_for(realm, limits.PARTITIONS) not in self._owned:
            return None
        keeper = self._keepers.get(realm)
        if keeper is None:
            tokens = self._process.tokens
            keeper = TokenKeeper(realm, self._refresh, tokens.save, ready=tokens.ready, now=self._now)
            self._keepers[realm] = keeper
            tokens.inform(realm, keeper)
            self._take_from_file(realm, keeper)
        return keeper

    def _take_from_file(self, realm: str, keeper: TokenKeeper) -> bool:
        """The grant in the secrets file starts a realm, and restarts one that must be reconnected, if it is another and
        wasn't tried before; what a person disconnected stays so. Whether it was taken."""
        given = self._process.secrets.realms.get(realm)
        record = keeper.record
        if given is None or (record is not None and record.state != "reconnect"):
            return False
        token = given.refresh_token.get_secret_value()
        used = (record.pair.refresh_token, record.previous_refresh_token) if record is not None else ()
        if token in used or token in self._tried.get(realm, ()):
            return False
        self._tried[realm] = (*used, token)
        now = self._now()
        version = 1 if record is None else record.version + 1
        keeper.adopt(TokenRecord(version, TokenPair("", token, now, now), now, since=now, granted_at=now))
        return True

    async def _reseal(self) -> None:
        """Once for each partition that came: what other keys than the current one have sealed is sealed anew, so that
        those keys can be dropped. Raises LogUnavailable."""
        partitions = self._owned - self._resealed
        for realm in self._process.tokens.under_old_keys(partitions):
            keeper = self._keeper(realm)
            if keeper is not None:
                await keeper.save_again()
            for grant in self._process.tokens.grants(realm):
                await self._process.tokens.save_grant(realm, grant)
            _log.info("tokens sealed with the current key", realm=realm)
        self._resealed |= partitions

    async def _refresh(self, refresh_token: str) -> TokenPair:
        return await (await self._intuit.client()).refresh(refresh_token)

    def _say(self, realm: str, error: Exception) -> None:
        _log.warning("no fresh token", realm=realm, error_class=type(error).__name__, reason=str(error))
