"""What `bookbridge stock preview` shows: rows, sums, and the guard's verdict in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from services.inventory.preview import Preview, PreviewRow
from services.stock_words import OUTCOMES, number, percent, plain, visible
from shared import limits
from shared.mapping.stock.decision import Outcome

_SKU_WIDTH, _NUMBER_WIDTH = 28, 16  # 16: -99,999,999.9999, the most that the shop's column holds


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says, and whether a person must decide; `how` is the command, in a line that can be copied."""

    text: str
    waits: bool
    how: tuple[str, ...] = ()


def shown_rows(preview: Preview, every: bool) -> list[PreviewRow]:
    """Those that would be written, or all; what is emptied first, then by SKU."""
    rows = [row for row in preview.rows if every or row.outcome is Outcome.WRITE]
    return sorted(rows, key=lambda row: (not row.emptied, row.sku))


def tables_of(rows: Sequence[PreviewRow], to_books: bool = False) -> Iterator[Table]:
    """Three numbers a SKU, under one heading; in parts that fit together, since a table is laid out as a whole, which
    takes long for many rows. `to_books`: QuickBooks is what is corrected."""
    names = ("SKU", "shop now", "books would be" if to_books else "would be")
    widths = [cell_len(name) for name in names]
    for row in rows:
        widths = [max(width, cell_len(cell)) for width, cell in zip(widths, _figures(row), strict=True)]
    for start in range(0, len(rows), limits.STOCK_ROWS_SHOWN):
        table = Table(
            box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True,
            header_style="bold underline", show_header=start == 0,
        )  # fmt: skip
        for name, width, most in zip(names, widths, (_SKU_WIDTH, _NUMBER_WIDTH, _NUMBER_WIDTH), strict=True):
            justify: JustifyMethod = "left" if name == "SKU" else "right"
            table.add_column(name, justify=justify, overflow="fold", width=min(width, most))
        table.add_column("why", overflow="fold", ratio=1)
        for row in rows[start : start + limits.STOCK_ROWS_SHOWN]:
            style = "red" if row.emptied else ""
            table.add_row(*(Text(cell, style=style) for cell in (*_figures(row), why(row, to_books))))
        yield table


def _figures(row: PreviewRow) -> tuple[str, str, str]:
    return visible(row.sku), number(row.shop_now), number(row.would_be)


def why(row: PreviewRow, to_books: bool = False) -> str:
    """The sum or the reason, after what strikes the eye, before what a person should know beside it."""
    parts = [_emptied(to_books)] if row.emptied else []
    if row.outcome is Outcome.WRITE and row.shop_now == row.would_be and not to_books:
        parts.append(f'the flag "in stock" is {"set" if row.in_stock else "taken away"}')
    if row.outcome not in (Outcome.WRITE, Outcome.UNCHANGED):
        parts.append(row.outcome.value)
    return ": ".join(filter(None, ["; ".join(parts), plain("; ".join((row.why, *row.notes)))]))


def sums(preview: Preview) -> Iterator[tuple[int, str]]:
    """How many SKUs have which outcome, without those that none has."""
    counts = preview.counts
    for outcome, words in OUTCOMES.items():
        if not (found := counts.get(outcome, 0)):
            continue
        emptied = f"; of {preview.emptied:,} {_emptied(preview.to_books)}" if preview.emptied else ""
        yield found, words + (emptied if outcome is Outcome.WRITE else "")


def verdict(preview: Preview) -> Verdict:
    """Whether it is written, and what that takes."""
    would = f"{_would_empty(preview)}."
    pause = " Settings say stock.preview = true: nothing is written until that is taken away." if preview.paused else ""
    if preview.approved:
        return Verdict(f"{would} It may be written: {plain(preview.approved)}.{pause}", waits=False)
    would = f"{would[:-1]}; stock.guard_percent is {number(preview.guard_percent)}."
    if preview.harmless:
        return Verdict(f"{would} That needs nobody's word.{pause}", waits=False)
    how = f"    bookbridge stock confirm {preview.connection} {preview.digest}"
    return Verdict(f"{would}{pause} Nothing is written until you confirm with:", waits=True, how=(how,))


def _emptied(to_books: bool) -> str:
    return "QuickBooks would have nothing more" if to_books else "nothing can be sold any more"


def _would_empty(preview: Preview) -> str:
    if preview.to_books:
        return _would_empty_books(preview)
    if not preview.stocked:
        return "no SKU can be sold from this source today, so none would be emptied"
    text = f"would empty {preview.emptied:,} of {preview.stocked:,} stocked SKUs"
    if preview.unsure:
        text += f", and of {preview.unsure:,} it can't be said yet"
    return f"{text}: {percent(preview.emptied_percent)}"


def _would_empty_books(preview: Preview) -> str:
    text = f"of {preview.emptied:,} of {preview.stocked:,} items QuickBooks would have nothing more"
    if preview.unsure:
        text += f", and of {preview.unsure:,} it can't be said yet"
    return f"{text}: {percent(preview.emptied_percent)}; what the pieces are worth, QuickBooks computes itself"
