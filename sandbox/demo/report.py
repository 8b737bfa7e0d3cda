"""The tables at the end of a demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sandbox.demo import limits
from sandbox.demo.audit import BOOKS_CURRENCY
from sandbox.demo.recorded import NOT_AN_ORDER
from sandbox.demo.result import Result, percentile
from sandbox.demo.verdict import Judged

WIDTH = 100


def print_report(result: Result) -> None:
    """On standard output, at most 100 columns wide."""
    console = Console(width=WIDTH, highlight=False)
    console.print(_shapes(result))
    console.print("Totals leave out orders that are rightly parked.", style="dim")
    if parked := [order for order in result.verdict.orders if order.parked]:
        console.print(_parked(parked))
    for left in result.left_out:
        console.print(f"{NOT_AN_ORDER}: {left.file}: {left.why}", markup=False)
    _usage(console, result)
    if problems := result.problems():
        console.print(f"NOT AS PROMISED, {len(problems)} times:", style="red bold")
        for problem in problems[: limits.PROBLEMS_SHOWN]:
            console.print(f"- {problem}", style="red", markup=False)
        _more(console, len(problems) - limits.PROBLEMS_SHOWN)
    else:
        console.print("As promised: every order once and to the cent, or parked with its reason.", style="green")


def _shapes(result: Result) -> Table:
    orders = result.verdict.orders
    table = Table(
        title=f"Orders into books (log {result.log}, seed {result.seed})",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("shape", no_wrap=True)
    for heading in ("orders", "posted", "parked", "documents", "in the shop", "in the books", "difference"):
        table.add_column(heading, justify="right")
    for label in dict.fromkeys(sorted(map(_label, orders), key=lambda label: (label.startswith("recorded"), label))):
        _row(table, label, [order for order in orders if _label(order) == label])
    if strays := result.verdict.strays:
        total = sum((Decimal(stray["total"]) for stray in strays), Decimal(0))
        table.add_row("(no order)", "", "", "", str(len(strays)), "", _money(total), _money(total), style="red")
    table.add_section()
    for currency in sorted({order.expected.currency for order in orders}):
        chosen = [order for order in orders if order.expected.currency == currency]
        _row(table, f"all {currency or 'without currency'}", chosen)
    if result.left_out:
        table.add_section()
        table.add_row(f"{NOT_AN_ORDER} (left out)", str(len(result.left_out)))
    return table


def _label(order: Judged) -> str:
    foreign = order.expected.currency not in ("", BOOKS_CURRENCY)
    return f"{order.shape} ({order.expected.currency})" if foreign else order.shape


def _row(table: Table, label: str, orders: Sequence[Judged]) -> None:
    def count(of: Callable[[Judged], int]) -> str:
        return str(sum(map(of, orders)))

    shop = sum((order.expected.total for order in orders if order.expected.posted), Decimal(0))
    books = sum((order.booked("total") for order in orders), Decimal(0))
    difference = sum((order.difference for order in orders), Decimal(0))
    table.add_row(
        label,
        str(len(orders)),
        count(lambda order: order.posted),
        count(lambda order: order.parked),
        count(lambda order: len(order.documents)),
        _money(shop),
        _money(books),
        _money(difference),
        style="red" if difference else None,
    )


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _parked(orders: Sequence[Judged]) -> Table:
    table = Table(title=f"Parked: {len(orders)}", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("order", "reason", "in words"):
        table.add_column(heading, overflow="fold")
    for order in orders[: limits.PARKED_SHOWN]:
        table.add_row(order.number, order.seen.reason, order.seen.text)
    if len(orders) > limits.PARKED_SHOWN:
        table.add_row("", "", f"and {len(orders) - limits.PARKED_SHOWN} more")
    return table


def _usage(console: Console, result: Result) -> None:
    usage = result.usage
    kinds = usage["by_kind"]
    writes = sum(number for kind, number in kinds.items() if kind in ("create", "update", "void"))
    console.print(
        f"QuickBooks: {writes} writes, {usage['metered']} metered reads of which {result.metered} after the warm-up "
        f"({result.metered_per_order} an order) and {usage['coreplus']['cdc']} for changes, "
        f"{usage['throttled']} times throttled, "
        f"at most {usage['peak_per_second']} calls a second",
    )
    p50, p99 = percentile(result.seconds, 50), percentile(result.seconds, 99)
    if p50 is not None:
        console.print(f"From the shop's webhook to the books: half within {p50} s, 99 of 100 within {p99} s")


def _more(console: Console, count: int) -> None:
    if count > 0:
        console.print(f"and {count} more")
