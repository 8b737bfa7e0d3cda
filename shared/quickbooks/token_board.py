"""Tokens by realm, followed from `bookbridge.tokens`: what keepers save, every process reads, sealed at rest."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Protocol

import structlog

from shared import limits
from shared.log.port import Log, NewRecord, Record
from shared.log.projection import Projection
from shared.quickbooks.vault import TokenRecord, Vault, VaultError
from shared.topics import TOKENS

_log = structlog.get_logger(__name__)


class Adopter(Protocol):
    """A keeper or a follower."""

    def adopt(self, record: TokenRecord) -> None: ...


class TokenBoard:
    """The newest token record of every realm."""

    def __init__(self, log: Log, vault: Vault, path: Path) -> None:
        self._log = log
        self._vault = vault
        self._adopters: dict[str, list[Adopter]] = {}
        self._projection = Projection(log, TOKENS, path, self._newer, on_change=self._changed)

    async def __aenter__(self) -> TokenBoard:
        await self._projection.start()
        await self._projection.add(range(limits.PARTITIONS))
        for realm, sealed in self._projection.scan():
            self._open(realm, sealed)  # a missing key is found now, not by the first order
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._projection.close()

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

    async def save(self, realm: str, record: TokenRecord) -> None:
        """Durable on return, and read by our own board. Raises LogUnavailable."""
        headers = {"schema": "1", "version": str(record.version)}
        sealed = self._vault.seal(realm, record)
        position = await self._log.append(NewRecord(TOKENS, realm, sealed, realm, headers))
        await self._projection.reach(position)

    def _open(self, realm: str, sealed: bytes) -> TokenRecord:
        try:
            return self._vault.open(realm, sealed)
        except VaultError as error:
            raise VaultError(f"the tokens of company {realm} in the log: {error}") from error

    def _newer(self, current: bytes | None, record: Record) -> bytes | None:
        return record.value

    async def _changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if after is None:
            return
        for adopter in self._adopters.get(record.key, []):
            adopter.adopt(self._open(record.key, after))
        _log.info("token record", realm=record.key, version=record.headers.get("version", ""))
