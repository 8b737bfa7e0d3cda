"""Progress on standard error, of what takes longer than a moment."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from shared import limits


class Telling:
    """A bar on a terminal, lines elsewhere; nothing at all of what is over within TELL_SILENT_SECONDS."""

    def __init__(self, first: str = "reading") -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[done]}"),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self._lines = None if console.is_terminal else console
        self._task = self._bar.add_task(first, total=None, done="")
        self._next = time.monotonic() + limits.TELL_SILENT_SECONDS
        self._shown = False

    def __enter__(self) -> Telling:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """What is under way; `total` is 0 while nobody knows how much it is."""
        now = time.monotonic()
        if now < self._next:
            return
        words = f"{done:,} of {total:,}" if total else ""
        if self._lines is not None:
            self._next = now + limits.TELL_PLAIN_SECONDS
            self._lines.print(f"{what}: {words}" if words else what, highlight=False)
            return
        if not self._shown:
            self._shown = True
            self._bar.start()
        self._bar.update(self._task, description=what, total=total or None, completed=done, done=words)
