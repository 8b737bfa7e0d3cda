"""The companies this process writes to: one client, one reference and one bookkeeper a realm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from services.companies import open_company
from services.orders.bookkeeper import Bookkeeper
from services.orders.reference import Reference
from services.process import Process
from services.quotas import Quotas
from shared.links.store import LinkStore
from shared.links.writer import Writer
from shared.log.port import NewRecord
from shared.quickbooks.tokens import TokenFollower
from shared.settings.loader import Loaded
from shared.settings.model import QuickBooks
from shared.topics import COMMANDS
from shared.wire import encode


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

    async def bookkeeper(self, realm: str, loaded: Loaded) -> Bookkeeper:
        """The realm's bookkeeper with its reference loaded. Raises the errors of `faults`."""
        found = self._realms.get(realm)
        if found is None:
            found = self._realms[realm] = self._open(realm, loaded.settings.quickbooks)
        await found.reference.ensure()
        return found.bookkeeper

    def drop(self, realm: str) -> None:
        """The realm comes or goes: others work or have worked in these books, so all that was known of them is void,
        also which writes were certainly not carried out and how much of the quota is left."""
        found = self._realms.pop(realm, None)
        if found is not None:
            self._process.tokens.leave(realm, found.follower)
            self._quotas.of(realm).assume_used()

    def forget(self, realm: str) -> None:
        """The next use loads the reference anew: settings may name new things."""
        if (found := self._realms.get(realm)) is not None:
            found.reference.loaded = False

    def known(self) -> list[str]:
        """Realms that were used so far."""
        return list(self._realms)

    def _open(self, realm: str, settings: QuickBooks) -> _Realm:
        process = self._process
        follower = TokenFollower(realm, self._ask_for_token)
        process.tokens.inform(realm, follower)
        client = open_company(process, realm, settings, follower, self._quotas)
        reference = Reference(client)
        links = self._links.of(realm)
        writer = Writer(links, client, lambda: datetime.now(UTC))
        return _Realm(follower, reference, Bookkeeper(client, links, writer, reference))

    async def _ask_for_token(self, realm: str, version: int) -> None:
        value = encode({"command": "refresh-token", "version": version})
        await self._process.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))
