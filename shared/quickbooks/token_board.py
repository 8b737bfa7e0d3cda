"""Tokens by realm, followed from `bookbridge.tokens`: what keepers save, every process reads, sealed at rest.

Under the realm itself stands the record in use; its owner's keeper is the only one to write it. Under
`realm/grant/attempt` stands what a person has just granted, written by whichever process the browser came back to:
durable, used by nobody until the owner has proven it and put it in force, and removed then. Each has a key of its own,
so that what the owner does with one never touches another that comes at the same moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Protocol, Self

import structlog

from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import Log, NewRecord, Record
from shared.log.projection import Projection
from shared.log.whole_topic import WholeTopic
from shared.quickbooks.vault import TokenRecord, Vault, VaultError
from shared.topics import TOKENS

_GRANT = "/grant/"
_WRITABLE = "/writable"
_log = structlog.get_logger(__name__)


class Adopter(Protocol):
    """A keeper or a follower."""

    def adopt(self, record: TokenRecord) -> None: ...


class TokenBoard(WholeTopic):
    """The newest token record of every realm."""

    def __init__(self, log: Log, vault: Vault, path: Path) -> None:
        self._log = log
        self._vault = vault
        self._adopters: dict[str, list[Adopter]] = {}
        self._on_grant: list[Callable[[], None]] = []
        super().__init__(Projection(log, TOKENS, path, self._newer, on_change=self._changed))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for realm, sealed in self._projection.scan():
            self._open(realm, sealed)  # a missing key is found now, not by the first order
        return self

    def record(self, realm: str) -> TokenRecord | None:
        """The newest record. Raises VaultError (StopService) when it can't be opened with our keys."""
        sealed = self._projection.get(realm)
        return None if sealed is None else self._open(realm, sealed)

    def inform(self, realm: str, adopter: Adopter) -> None:
        """Tells a keeper or follower every newer record from now on, beginning with the one that stands."""
        self._adopters.setdefault(realm, []).append(adopter)
        if (record := self.record(realm)) is not None:
            adopter.adopt(record)

    def leave(self, realm: str, adopter: Adopter) -> None:
        """Ends `inform`."""
        self._adopters[realm].remove(adopter)

    def all(self) -> dict[str, TokenRecord]:
        """The newest record of every realm that has one."""
        return {key: self._open(key, sealed) for key, sealed in self._projection.scan() if _GRANT not in key}

    async def caught_up(self, partitions: Iterable[int]) -> None:
        """Returns when all that these partitions hold now is known here. Raises LogUnavailable."""
        await self._projection.add(partitions)

    async def save(self, realm: str, record: TokenRecord) -> None:
        """Durable on return, and read by our own board. Raises LogUnavailable."""
        await self._append(realm, realm, record)

    async def ready(self, realm: str) -> None:
        """Returns when the log has just taken a record of the realm's partition, and all before it is known here.
        Raises LogUnavailable."""
        await self._forget(realm, realm + _WRITABLE)

    def grants(self, realm: str) -> list[TokenRecord]:
        """What persons have granted and the owner has not decided on yet, the last consent first."""
        found = [self._open(key, sealed) for key, sealed in self._projection.scan(realm + _GRANT)]
        return sorted(found, key=lambda grant: (grant.granted_at or grant.obtained_at, grant.attempt), reverse=True)

    async def save_grant(self, realm: str, record: TokenRecord) -> None:
        """As `save`. Others of the realm that wait stay as they are."""
        await self._append(realm, realm + _GRANT + record.attempt, record)

    async def drop_grant(self, realm: str, attempt: str) -> None:
        """The grant is in force, or never will be. Raises LogUnavailable."""
        await self._forget(realm, realm + _GRANT + attempt)

    def on_grant(self, call: Callable[[], None]) -> None:
        """`call` hears when a grant has come."""
        self._on_grant.append(call)

    def under_old_keys(self, partitions: Collection[int]) -> list[str]:
        """Realms of these partitions whose record or grant is sealed with another key than the current one."""
        old = {_realm(key) for key, sealed in self._projection.scan() if not self._vault.is_current(sealed)}
        return sorted(realm for realm in old if partition_for(realm, limits.PARTITIONS) in partitions)

    async def _append(self, realm: str, key: str, record: TokenRecord) -> None:
        headers = {"schema": "1", "version": str(record.version)}
        position = await self._log.append(NewRecord(TOKENS, key, self._vault.seal(key, record), realm, headers))
        await self._projection.reach(position)

    async def _forget(self, realm: str, key: str) -> None:
        position = await self._log.append(NewRecord(TOKENS, key, None, realm, {"schema": "1"}))
        await self._projection.reach(position)

    def _open(self, key: str, sealed: bytes) -> TokenRecord:
        try:
            return self._vault.open(key, sealed)
        except VaultError as error:
            raise VaultError(f"the tokens of company {_realm(key)} in the log: {error}") from error

    def _newer(self, current: bytes | None, record: Record) -> bytes | None:
        return record.value

    async def _changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if after is None:
            return
        if _GRANT in record.key:
            for call in self._on_grant:
                call()
            return
        for adopter in self._adopters.get(record.key, []):
            adopter.adopt(self._open(record.key, after))
        _log.info("token record", realm=record.key, version=record.headers.get("version", ""))


def _realm(key: str) -> str:
    return key.partition("/")[0]
