"""The contiguous prefix of finished offsets of one partition: how far a commit may go."""

from __future__ import annotations

from collections import deque


class Prefix:
    """Offsets are added in growing order and finished in any order. The commit is never past an unfinished one."""

    def __init__(self) -> None:
        self._open: deque[int] = deque()  # added, from the first unfinished one on
        self._finished: set[int] = set()  # finished, but behind an unfinished one
        self._last = -1
        self._next: int | None = None
        self._taken: int | None = None

    def add(self, offset: int) -> bool:
        """False for an offset that was added before: the log delivered it again, and it is under way or finished."""
        if offset <= self._last:
            return False
        self._last = offset
        self._open.append(offset)
        return True

    def finish(self, offset: int) -> None:
        self._finished.add(offset)
        while self._open and self._open[0] in self._finished:
            passed = self._open.popleft()
            self._finished.discard(passed)
            self._next = passed + 1

    def take(self) -> int | None:
        """The next offset to commit, when it has grown since the last call."""
        if self._next == self._taken:
            return None
        self._taken = self._next
        return self._next

    def __len__(self) -> int:
        """How many offsets are held: those from the first unfinished one on."""
        return len(self._open)
