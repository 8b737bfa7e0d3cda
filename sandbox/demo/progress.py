"""Progress on standard error: a bar on a terminal, else a line every two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.demo import limits


class Shown(Protocol):
    """Where progress goes."""

    def say(self, text: str) -> None:
        """What is being done now."""

    def count(self, text: str, done: int, of: int) -> None:
        """How far it is."""

    def note(self, text: str) -> None:
        """Something that must stay to be read."""


class _Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def say(self, text: str) -> None:
        self._progress.update(self._task, description=text, total=None)

    def count(self, text: str, done: int, of: int) -> None:
        self._progress.update(self._task, description=text, completed=done, total=of)

    def note(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Lines:
    def __init__(self) -> None:
        self._start = time.monotonic()
        self._last = 0.0

    def say(self, text: str) -> None:
        self._print(text)

    def count(self, text: str, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._last >= limits.PROGRESS_SECONDS:
            self._last = now
            self._print(f"{text}: {done} of {of}")

    def note(self, text: str) -> None:
        self._print(text)

    def _print(self, text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._start:6.1f} s  {text}\n")
        sys.stderr.flush()


@contextmanager
def progress() -> Iterator[Shown]:
    """Until the block ends."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)
