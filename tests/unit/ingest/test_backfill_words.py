"""What `bookbridge backfill` shows, and how it refuses what makes no sense, before any log is opened."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.console import Console
from typer.testing import CliRunner

from services.backfill_client import table_of
from services.backfill_view import Speed, end_lines, progress_line, seconds_left, span, start_warning
from services.cli import app
from services.ingest.backfill.job import Flaw, Job, Page
from services.ingest.backfill.wanted import Kind, Wanted

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
SPRING = Wanted(first_day=date(2026, 1, 1), last_day=date(2026, 3, 31))


def job(wanted: Wanted = SPRING) -> Job:
    return Job(id="a1b2c3", connection="main", wanted=wanted, asked_by="ann", asked_at=NOW)


def half() -> Job:
    page = Page(part=0, after_id=900, read=600, published=590, unchanged=10)
    return job().begin(1234, 300, (), NOW).turn(page, NOW + timedelta(minutes=2))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["main"], "which orders?"),
        (["main", "--ids", "1,x"], "'x' is neither"),
        (["main", "--ids", "1", "--from", "2026-01-01"], "choose one of"),
        (["main", "--list", "--ids", "1"], "--list goes with no other choice"),
        (["main", "--watch", "a", "--cancel", "b"], "--watch goes with no other choice"),
        (["main", "--resume", "a", "--dry-run"], "--resume goes with no other choice"),
        (["main", "--list", "--detach"], "--list goes with no other choice"),
        (["main", "--kind", "invoices", "--ids", "1"], "customers"),
        (["--list"], "CONNECTION"),
    ],
)
def test_wrong_use_ends_with_2_and_names_what_is_allowed(words: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["backfill", *words])
    assert result.exit_code == 2
    assert message.lower() in result.stderr.lower()


def test_progress_names_what_is_done_the_speed_and_the_time_left() -> None:
    assert (
        progress_line(half(), 300.0)
        == "backfill a1b2c3: running, 600 of 1,234, 590 published, 10 unchanged, 300 a minute, 2 min 06 s left"
    )
    paused = half().pause("the shop doesn't answer", NOW)
    assert progress_line(paused, None).startswith("backfill a1b2c3: paused (the shop doesn't answer), 600 of 1,234")
    assert progress_line(job(), None) == "backfill a1b2c3: waiting"


def test_the_time_left_comes_from_the_speed_seen_and_before_that_from_the_rate() -> None:
    assert seconds_left(half(), None) == 634 * 60 / 300
    assert seconds_left(half(), 634.0) == 60
    assert seconds_left(job(), None) is None
    assert seconds_left(half().pause("down", NOW), 300.0) is None


def test_speed_is_that_of_the_last_minute() -> None:
    speed = Speed()
    speed.saw(0.0, 0)
    assert speed.a_minute is None
    for second in range(1, 200):
        speed.saw(float(second), min(second, 100) * 10 + max(0, second - 100))
    assert speed.a_minute == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (130, "2 min 10 s"), (3500, "58 min"), (11100, "3 h 05 min")]
)
def test_spans_are_short(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_the_end_tells_counts_flaws_what_is_not_there_and_what_stays_out_of_the_books() -> None:
    page = Page(
        part=0, after_id=950, read=10, flaws=(Flaw(name="907", why="HTTP 500"),), missing=("#7",), before_start=3
    )
    lines = list(end_lines(half().turn(page, NOW).finish(NOW + timedelta(minutes=4))))
    assert lines == [
        "backfill a1b2c3 of main (orders of 2026-01-01 to 2026-03-31): done in 4 min 00 s",
        "610 orders read: 590 published, 10 unchanged, 1 unreadable",
        "unreadable: 907: HTTP 500",
        "not in the shop: #7",
        "3 orders were placed before the start date and stay out of the books; "
        "to book them, set sales.start_date to an earlier day",
    ]


def test_a_failed_one_says_why_and_how_to_go_on() -> None:
    lines = list(end_lines(half().fail("the shop is broken", NOW + timedelta(minutes=4))))
    assert lines[0].endswith("failed in 4 min 00 s: the shop is broken")
    assert lines[-1] == "to go on from where it was: bookbridge backfill main --resume a1b2c3"


def test_a_dry_run_says_how_many_how_long_and_how_many_calls() -> None:
    dry = job(SPRING.model_copy(update={"dry_run": True})).begin(500, 100, (), NOW)
    dry = dry.turn(Page(part=1, after_id=0, read=500, unchanged=300), NOW).estimate(12).finish(NOW)
    assert list(end_lines(dry))[1:] == [
        "500 orders: 300 known and unchanged, 200 new or changed",
        "reading them all takes some 5 min 00 s at 100 a minute, and 12 calls to the shop",
        "nothing was published",
    ]


def test_before_orders_of_before_the_start_date_are_read_the_setting_is_named() -> None:
    assert start_warning(SPRING, date(2026, 2, 1), "main") == (
        "orders placed before 2026-02-01 will be read but stay out of the books: that is sales.start_date in the "
        "settings of main; to book them, set it to 2026-01-01 or earlier"
    )
    assert not start_warning(SPRING, date(2026, 1, 1), "main")
    assert not start_warning(SPRING, None, "main")
    assert not start_warning(Wanted(kind=Kind.PRODUCTS, first_day=date(2020, 1, 1)), date(2026, 1, 1), "main")


def test_the_list_fits_100_columns_with_large_figures() -> None:
    large = job(Wanted(ids=tuple((10**9 * n, 10**9 * n + 5) for n in range(1, 4)), dry_run=True)).begin(
        9_999_999, 600, (), NOW
    )
    page = Page(part=0, after_id=1, read=9_999_999, published=9_999_999, unchanged=9_999_999)
    out = io.StringIO()
    console = Console(file=out, width=100)
    console.print(table_of([half().finish(NOW + timedelta(hours=30)), large.turn(page, NOW), job()]))
    lines = out.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    assert out.getvalue().count("9,999,999") == 3
    assert "…" not in out.getvalue().replace("4000000000, …", "")
    assert "orders of 2026-01-01" in out.getvalue()
