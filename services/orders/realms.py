"""The companies this process writes to: one client, one reference and one bookkeeper a realm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from services.companies import open_company
from services.orders.bookkeeper import Bookkeeper
from services.process import Process
from services.quotas import Quotas
from services.reference import NEEDED, Reference, unloaded
from shared.links.store import LinkStore
from shared.links.writer import Writer
from shared.log.port import NewRecord
from shared.log.signals import RetryLater
from shared.quickbooks.tokens import TokenFollower
from shared.settings.loader import Loaded
from shared.settings.model import QuickBooks
from shared.topics import COMMANDS
from shared.wire import encode

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Realm:
    follower: TokenFollower
    reference: Reference
    bookkeeper: Bookkeeper


class Realms:
    """Made on first use, from the settings of the connection that came first."""

    def __init__(self, process: Process, links: LinkStore, quotas: Quotas) -> None:
        self._process = process
        self._links = links
        self._quotas = quotas
        self._realms: dict[str, _Realm] = {}
        self._waits: dict[str, str] = {}

    async def bookkeeper(self, realm: str, loaded: Loaded) -> Bookkeeper:
        """The realm's bookkeeper. Raises RetryLater until the company's lists are here."""
        found = self._use(realm, loaded.settings.quickbooks)
        try:
            found.reference.ensure()
        except RetryLater as wait:
            self._say(realm, str(wait))
            raise
        self._say(realm, "")
        return found.bookkeeper

    def drop(self, realm: str) -> None:
        """The realm comes or goes: others work or have worked in these books, so all that was known of them is void,
        also which writes were certainly not carried out and how much of the quota is left."""
        self._waits.pop(realm, None)
        found = self._realms.pop(realm, None)
        if found is not None:
            found.reference.close()
            self._process.tokens.leave(realm, found.follower)
            self._quotas.of(realm).assume_used()

    def distrust(self, realm: str, settings: QuickBooks) -> None:
        """Settings may name new things: nothing is planned by the lists as they are here until `renew`. Those that are
        only being loaded for the first time will be young enough."""
        if self._process.lists.ready(realm) and not self._process.lists.of(realm).missing(NEEDED):
            self._use(realm, settings).reference.distrust()

    async def renew(self, realm: str) -> None:
        """Has the lists read anew that `distrust` was about. Raises LogUnavailable."""
        if (found := self._realms.get(realm)) is not None:
            await found.reference.renew()

    def look(self, realm: str) -> None:
        """Tells, also while there are no orders, when a company's lists aren't here yet."""
        missing = self._process.lists.of(realm).missing(NEEDED)
        if missing or realm not in self._realms:
            self._say(realm, unloaded(realm, missing) if missing else "")

    def waits(self) -> dict[str, str]:
        """Realm -> what its orders wait for."""
        return dict(self._waits)

    def known(self) -> list[str]:
        """Realms that were used so far."""
        return list(self._realms)

    def _use(self, realm: str, settings: QuickBooks) -> _Realm:
        found = self._realms.get(realm)
        if found is None:
            found = self._realms[realm] = self._open(realm, settings)
        return found

    def _say(self, realm: str, why: str) -> None:
        """What a company's orders wait for, told when it changes: each of them asks every second."""
        if why != self._waits.get(realm, ""):
            if why:
                self._waits[realm] = why
                _log.warning("orders wait for the company's lists", realm=realm, reason=why)
            else:
                del self._waits[realm]
                _log.info("the company's lists are here", realm=realm)

    def _open(self, realm: str, settings: QuickBooks) -> _Realm:
        process = self._process
        follower = TokenFollower(realm, self._ask_for_token)
        process.tokens.inform(realm, follower)
        client = open_company(process, realm, settings, follower, self._quotas)
        reference = Reference(client, process.lists.of(realm), partial(self._ask_for_lists, realm))
        links = self._links.of(realm)
        writer = Writer(links, client, lambda: datetime.now(UTC))
        return _Realm(follower, reference, Bookkeeper(client, links, writer, reference))

    async def _ask_for_token(self, realm: str, version: int) -> None:
        value = encode({"command": "refresh-token", "version": version})
        await self._process.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))

    async def _ask_for_lists(self, realm: str, names: Mapping[str, Any]) -> int:
        value = encode({"command": "reload", **names})
        headers = {"schema": "1", "to": "ingest"}
        return (await self._process.log.append(NewRecord(COMMANDS, realm, value, realm, headers))).offset
