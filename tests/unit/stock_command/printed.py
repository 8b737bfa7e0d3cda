"""What a command would print, as lines."""

from __future__ import annotations

from io import StringIO

from rich.cells import cell_len
from rich.console import Console, RenderableType

from shared import limits


def printed(thing: RenderableType) -> list[str]:
    """As it comes out of a pipe."""
    out = StringIO()
    Console(file=out, width=limits.STOCK_WIDTH, highlight=False).print(thing)
    return out.getvalue().splitlines()


def widest(lines: list[str]) -> int:
    """In columns: an ideograph takes two."""
    return max(map(cell_len, lines), default=0)
