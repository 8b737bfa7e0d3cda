"""`bookbridge catalog status`: how far a load is, read from the log, from whichever machine the service runs on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from services.beside import Beside, fail, run_beside
from services.catalog.status import CatalogStatus, State, read_status, status_key
from services.catalog_status_view import NOBODY, headline, pace, progress_line, status_lines
from services.ingest.cursors import Cursors
from shared import limits
from shared.settings.products import Workflow


def status_command(
    connection: Annotated[str, typer.Argument(help="name of the connection")],
    follow: Annotated[bool, typer.Option("--follow", help="until everything is in the books")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for machines: the document, one a line")] = False,
) -> None:
    """Shows how far products have become items: how many, how fast, how long it takes, and what it waits for.

    Exit code 0: everything that the last plan asked for is in the books. 1: not yet, or QuickBooks refused some."""

    async def act(beside: Beside) -> CatalogStatus:
        loaded = beside.settings.get(connection)
        if loaded is None:
            fail(2, [f"there are no settings in force for {connection!r}; see bookbridge settings show"])
        if loaded.settings.products.workflow is Workflow.OFF:
            fail(1, [f"{connection}: products.workflow is off, so no product becomes an item"])
        async with Cursors(beside.log, beside.folder / "cursors.sqlite") as cursors:

            def read() -> CatalogStatus | None:
                return read_status(cursors.get(status_key(connection)))

            if follow:
                return await _follow(read, _show(as_json))
            found = read()
        if found is None:
            fail(1, [f"{connection}: no process has told anything yet: {NOBODY}"])
        return found

    try:
        found = run_beside(act)
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    if as_json and not follow:
        typer.echo(found.model_dump_json())
    elif not as_json:
        for line in status_lines(found):
            typer.echo(line)
    if found.state is not State.DONE or found.refused:
        raise typer.Exit(1)


class Show(Protocol):
    """Where the progress goes."""

    def update(self, status: CatalogStatus) -> None: ...

    def say(self, text: str) -> None: ...

    def close(self) -> None: ...


async def _follow(read: Callable[[], CatalogStatus | None], show: Show) -> CatalogStatus:
    start, told, last = time.monotonic(), False, None
    try:
        while True:
            status = read()
            if status is not None and status != last:
                last, told = status, False
                show.update(status)
                if status.state is State.DONE:
                    return status
            silent = status.silent if status is not None else time.monotonic() - start > limits.BACKFILL_SILENCE_SECONDS
            if silent and not told:
                told = True
                show.say(f"nobody tells how far it is: {NOBODY}")
            await asyncio.sleep(limits.BACKFILL_LOOK_SECONDS)
    finally:
        show.close()


def _show(as_json: bool) -> Show:
    console = Console()
    if as_json:
        return Documents()
    return Bar(console) if console.is_terminal else Lines()


class Bar:
    """A bar that is drawn over itself."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.fields[done]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, done="")
        self._progress.start()

    def update(self, status: CatalogStatus) -> None:
        done = f"{status.done:,}/{status.total:,}" if status.total else ""
        more = pace(status) if status.state is State.APPLYING else headline(status)
        total = status.total or None
        self._progress.update(self._task, description=more, total=total, completed=status.done, done=done)

    def say(self, text: str) -> None:
        self._progress.console.print(text, style="yellow", markup=False, highlight=False)

    def close(self) -> None:
        self._progress.stop()


class Lines:
    """A line when the state changes, and one now and then."""

    def __init__(self) -> None:
        self._state: tuple[State, str] | None = None
        self._at = 0.0

    def update(self, status: CatalogStatus) -> None:
        now, state = time.monotonic(), (status.state, status.why)
        if status.state is State.DONE or (state == self._state and now - self._at < limits.BACKFILL_PLAIN_SECONDS):
            return
        self._state, self._at = state, now
        typer.echo(progress_line(status))

    def say(self, text: str) -> None:
        typer.echo(text, err=True)

    def close(self) -> None:
        pass


class Documents:
    """For machines."""

    def update(self, status: CatalogStatus) -> None:
        typer.echo(status.model_dump_json())

    def say(self, text: str) -> None:
        typer.echo(text, err=True)

    def close(self) -> None:
        pass
