"""How many rows to ask for at once. Pure.

A page fails as a whole when one of its orders can't be shown (status 500), or when it takes longer than a proxy waits:
halves find the order, and stay small for a while where the shop is slow.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared import limits


@dataclass(slots=True)
class PageSize:
    """Rows of the next page."""

    rows: int = limits.MAGENTO_PAGE_MAX
    most: int = limits.MAGENTO_PAGE_MAX
    _whole: int = 0  # pages in a row that came since it was made smaller

    def failed(self) -> bool:
        """The last page didn't come. False when it was a single row: then it is that row's fault."""
        self._whole = 0
        if self.rows == 1:
            return False
        self.rows //= 2
        return True

    def came(self) -> None:
        """The last page came."""
        self._whole += 1
        if self._whole >= limits.SWEEP_PAGES_BEFORE_GROWING and self.rows < self.most:
            self.rows, self._whole = min(2 * self.rows, self.most), 0

    def found(self) -> None:
        """The one bad row is known: the next pages have nothing to fear."""
        self.rows, self._whole = self.most, 0


class Hunt:
    """Finds the lowest id above `above` that a search lets through, when lists that hold it fail: doubling steps, then
    halves. Ask for the list of ids up to `probe`, tell `answer` whether it failed, until `found` is known."""

    def __init__(self, above: int) -> None:
        self._above = above
        self._clear = above  # lists up to here came, and held nothing
        self._bad: int | None = None  # a list up to here failed

    @property
    def probe(self) -> int:
        """The highest id of the next list."""
        if self._bad is None:
            return self._clear + max(1, self._clear - self._above)
        return (self._clear + self._bad) // 2

    @property
    def found(self) -> int | None:
        """The id, as soon as it is known."""
        return self._bad if self._bad == self._clear + 1 else None

    def answer(self, failed: bool) -> None:
        """What came of the list up to `probe`."""
        if failed:
            self._bad = self.probe
        else:
            self._clear = self.probe
