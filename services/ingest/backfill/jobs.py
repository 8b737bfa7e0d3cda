"""The backfills that this process knows of, in `bookbridge.cursors`, and the commands that make, end and resume them.

A command may be handled twice (a crash before the offset is committed): the second time it changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.ingest.backfill.job import Job, NotPossible, key_of, prefix_of
from services.ingest.backfill.wanted import Kind, Wanted
from services.ingest.cursors import Cursors
from shared import limits
from shared.log.signals import PoisonRecord, RetryLater
from shared.settings.store import SettingsStore

_log = structlog.get_logger(__name__)

BACKFILL, CANCEL, RESUME = "backfill", "backfill-cancel", "backfill-resume"
COMMANDS = frozenset({BACKFILL, CANCEL, RESUME})


class Command(BaseModel):
    """What the command line appends to `bookbridge.commands`, keyed by connection, with the header to=ingest."""

    model_config = ConfigDict(frozen=True)

    command: str
    id: str = Field(pattern=r"^[0-9a-z]{1,20}$")
    by: str = ""
    wanted: Wanted | None = None


def job_in(cursors: Cursors, connection: str, name: str) -> Job | None:
    """One backfill; None when there is none."""
    document = cursors.get(key_of(connection, name))
    return None if document is None else _read(name, document)


def jobs_of(cursors: Cursors, connection: str) -> list[Job]:
    """A connection's backfills, oldest first."""
    found = (_read(key, document) for key, document in cursors.scan(prefix_of(connection)))
    return sorted((job for job in found if job is not None), key=lambda job: (job.asked_at, job.id))


def _read(key: str, document: Mapping[str, Any]) -> Job | None:
    """None for one that this version can't read: told, and left as it is."""
    try:
        return Job.model_validate(document)
    except ValidationError as error:
        _log.error("a backfill's document can't be read", key=key, problem=error.errors(include_input=False)[0]["msg"])
        return None


Step = Callable[[Job, datetime], Job]
"""(job as it is, now) -> job as it shall be. Raises NotPossible."""


class Jobs:
    """Changes jobs one at a time: the worker turns pages while commands come in."""

    def __init__(
        self, cursors: Cursors, settings: SettingsStore, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._cursors = cursors
        self._settings = settings
        self._now = now
        self._changing = asyncio.Lock()
        self._news: dict[str, asyncio.Event] = {}

    def next(self, connection: str, without: Collection[Kind] = ()) -> Job | None:
        """The one to work on: the oldest that hasn't ended, of other kinds than these or to be cancelled."""
        jobs = (job for job in jobs_of(self._cursors, connection) if not job.ended)
        return next((job for job in jobs if job.cancel or job.wanted.kind not in without), None)

    def get(self, connection: str, name: str) -> Job | None:
        """One of them, as it is now."""
        return job_in(self._cursors, connection, name)

    async def wait(self, connection: str, seconds: float | None = None) -> None:
        """Until a command came in for the connection, or the time is over."""
        news = self._news.setdefault(connection, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            return
        news.clear()

    async def change(self, connection: str, realm: str, name: str, step: Step) -> Job:
        """The job after `step`, durable. Raises NotPossible, LogUnavailable."""
        async with self._changing:
            before = self.get(connection, name)
            if before is None:
                raise NotPossible(f"there is no backfill {name} of {connection}")
            after = step(before, self._now())
            if after is not before:
                await self._put(after, realm)
            return after

    async def obey(self, connection: str, document: dict[str, Any]) -> None:
        """Carries out a command. Raises PoisonRecord for one that is none, RetryLater, LogUnavailable."""
        loaded = self._settings.get(connection)
        if loaded is None:
            raise RetryLater(limits.NO_SETTINGS_SECONDS, f"no settings are published for connection {connection!r}")
        realm = loaded.settings.quickbooks.realm
        try:
            command = Command.model_validate(document)
        except ValidationError as error:
            raise PoisonRecord(f"not a command for backfills: {error.errors(include_input=False)}") from error
        try:
            if command.command == BACKFILL:
                await self._accept(connection, realm, command)
            elif command.command == CANCEL:
                await self.change(connection, realm, command.id, lambda job, at: job.ask_cancel(at))
            else:
                await self.change(connection, realm, command.id, lambda job, at: job.resume(at))
        except NotPossible as error:
            _log.warning("command of no effect", command=command.command, connection=connection, why=str(error))
        self._news.setdefault(connection, asyncio.Event()).set()

    async def _accept(self, connection: str, realm: str, command: Command) -> None:
        async with self._changing:
            if command.wanted is None or self.get(connection, command.id) is not None:
                return  # handled before
            now = self._now()
            job = Job(id=command.id, connection=connection, wanted=command.wanted, asked_by=command.by, asked_at=now)
            known = jobs_of(self._cursors, connection)
            if sum(not one.ended for one in known) >= limits.BACKFILLS_WAITING_MAX:
                job = job.fail(f"{limits.BACKFILLS_WAITING_MAX} backfills of {connection} wait already", now)
            await self._put(job, realm)
            ended = [one for one in known if one.ended]
            for old in ended[: max(0, len(ended) - limits.BACKFILLS_KEPT)]:
                await self._cursors.forget(key_of(connection, old.id), realm)
            _log.info(
                "backfill asked for", connection=connection, backfill=job.id, by=job.asked_by, state=job.state.value
            )

    async def _put(self, job: Job, realm: str) -> None:
        await self._cursors.put(key_of(job.connection, job.id), realm, job.model_dump(mode="json", by_alias=True))
