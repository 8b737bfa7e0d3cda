"""What `bookbridge backfill` does: appends a command, follows the document that the ingest process keeps, shows it."""

from __future__ import annotations

import asyncio
import getpass
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import typer
from rich.console import Console
from rich.table import Table

from services.backfill_follow import Bar, Lines, Show, Silent, follow
from services.backfill_view import COLUMNS, NUMBERS, end_lines, notes, row, start_warning
from services.beside import Beside, fail, run_beside
from services.ingest.backfill.job import Job, NotPossible, State
from services.ingest.backfill.jobs import BACKFILL, CANCEL, RESUME, Command, job_in, jobs_of
from services.ingest.backfill.wanted import Wanted
from services.ingest.cursors import Cursors
from shared import limits
from shared.log.port import NewRecord
from shared.settings.loader import Loaded
from shared.topics import COMMANDS

T = TypeVar("T")


class Choice(StrEnum):
    """What to do with a backfill that there is."""

    WATCH = "watch"
    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class _Open:
    """The log, opened, and what it knows of the connection."""

    beside: Beside
    loaded: Loaded
    cursors: Cursors

    async def send(self, command: str, name: str, wanted: Wanted | None = None) -> None:
        """Durable on return."""
        settings = self.loaded.settings
        value = Command(command=command, id=name, by=getpass.getuser(), wanted=wanted).model_dump_json().encode()
        headers = {"schema": "1", "to": "ingest", "cause": "command"}
        record = NewRecord(COMMANDS, settings.connection, value, settings.quickbooks.realm, headers)
        await self.beside.log.append(record)


class Client:
    """One use of the command. Its methods end the process by typer.Exit."""

    def __init__(self, connection: str, *, detach: bool, as_json: bool) -> None:
        self._connection = connection
        self._detach = detach
        self._json = as_json
        self._errors = Console(stderr=True, soft_wrap=True)
        self._following = ""  # the id of what runs on without us

    def list(self) -> None:
        """Shows the connection's backfills, oldest first."""

        async def act(opened: _Open) -> list[Job]:
            return jobs_of(opened.cursors, self._connection)

        jobs = self._run(act)
        if self._json:
            typer.echo(json.dumps([job.model_dump(mode="json", by_alias=True) for job in jobs]))
            return
        if not jobs:
            typer.echo(f"no backfill of {self._connection} is known; begin one with --from, --ids or --numbers")
            return
        console = Console()
        console.print(table_of(jobs))
        for note in notes(jobs):
            console.print(note, markup=False, highlight=False)

    def ask(self, wanted: Wanted) -> None:
        """Asks for a new backfill, and follows it unless detached."""
        name = secrets.token_hex(3)

        async def act(opened: _Open) -> Job | None:
            warning = start_warning(wanted, opened.loaded.settings.sales.start_date, self._connection)
            if warning:
                self._warn(warning)
            await opened.send(BACKFILL, name, wanted)
            self._following = name
            return None if self._detach else await self._follow(opened, name)

        job = self._run(act)
        if job is None:
            self._say_detached(name)
        else:
            self._end(job)

    def go_on(self, choice: Choice, name: str) -> None:
        """Watches, resumes or cancels a backfill that there is."""

        async def act(opened: _Open) -> Job | None:
            job, since = job_in(opened.cursors, self._connection, name), None
            if job is None:
                fail(2, [f"there is no backfill {name!r}; see bookbridge backfill {self._connection} --list"])
            if choice is Choice.CANCEL:
                return await self._cancel(opened, job)
            if choice is Choice.RESUME:
                _check_resume(job)
                since = job.changed_at if job.ended else None
                await opened.send(RESUME, name)
            self._following = name
            return None if self._detach else await self._follow(opened, name, since)

        job = self._run(act)
        if choice is Choice.CANCEL and job is None:
            self._warn("it ends with the page under way, or as soon as an ingest process runs")
        elif choice is Choice.CANCEL and job is not None and job.state is State.CANCELLED:
            typer.echo(
                f"backfill {name} is cancelled; to go on: bookbridge backfill {self._connection} --resume {name}"
            )
        elif job is None:
            self._say_detached(name)
        else:
            self._end(job)

    async def _cancel(self, opened: _Open, job: Job) -> Job | None:
        if job.ended:
            fail(1, [f"backfill {job.id} is {job.state.value} already"])
        await opened.send(CANCEL, job.id)
        try:
            async with asyncio.timeout(limits.BACKFILL_CANCEL_SECONDS):
                return await self._follow(opened, job.id, show=Silent(self._warn))
        except TimeoutError:
            return None

    async def _follow(self, opened: _Open, name: str, since: datetime | None = None, show: Show | None = None) -> Job:
        def read() -> Job | None:
            return job_in(opened.cursors, self._connection, name)

        return await follow(read, show or self._show(name), since)

    def _show(self, name: str) -> Show:
        console = Console()
        if self._json:
            return Silent(self._warn)
        return Bar(console, name) if console.is_terminal else Lines(typer.echo)

    def _run(self, act: Callable[[_Open], Awaitable[T]]) -> T:
        async def go(beside: Beside) -> T:
            loaded = beside.settings.get(self._connection)
            if loaded is None:
                known = (
                    ", ".join(sorted(beside.settings.all())) or "none; publish some: bookbridge settings publish FILE"
                )
                fail(2, [f"there is no connection {self._connection!r}; those with settings are: {known}"])
            async with Cursors(beside.log, beside.folder / "cursors.sqlite") as cursors:
                return await act(_Open(beside, loaded, cursors))

        try:
            return run_beside(go)
        except KeyboardInterrupt:
            if not self._following:
                raise
            self._errors.print(f"backfill {self._following} goes on without you", highlight=False)
            self._say_how_to_come_back(self._following)
            raise typer.Exit(0) from None

    def _say_detached(self, name: str) -> None:
        if self._json:
            typer.echo(json.dumps({"id": name, "connection": self._connection}))
        else:
            typer.echo(f"backfill {name} of {self._connection} is asked for")
            self._say_how_to_come_back(name)

    def _say_how_to_come_back(self, name: str) -> None:
        how = f"bookbridge backfill {self._connection}"
        self._errors.print(f"to see it: {how} --watch {name}; to end it: {how} --cancel {name}", highlight=False)

    def _end(self, job: Job) -> None:
        """Shows the end. Exit code 1 unless everything that was wanted was read."""
        if self._json:
            typer.echo(json.dumps(job.model_dump(mode="json", by_alias=True)))
        else:
            for line in end_lines(job):
                typer.echo(line)
        if job.state is not State.DONE or job.unreadable or job.missing:
            raise typer.Exit(1)

    def _warn(self, text: str) -> None:
        self._errors.print(text, style="yellow", markup=False, highlight=False)


def table_of(jobs: Sequence[Job]) -> Table:
    """What `--list` shows."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold underline")
    for name in COLUMNS:
        width = limits.BACKFILL_WHAT_CHARS if name == "what" else None
        table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=width is None, min_width=width)
    for job in jobs:
        table.add_row(*row(job))
    return table


def _check_resume(job: Job) -> None:
    try:
        job.resume(job.asked_at)
    except NotPossible as error:
        fail(1, [str(error)])
