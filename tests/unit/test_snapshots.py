"""Which of two snapshots counts: two processes with clocks of their own, one of which is frozen now and then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.reading.standing import Standing, fold, parse
from shared.log.port import Record
from shared.snapshots import FOLLOWS, follows_of, overtaken

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Order:
    """One order, its snapshots in the log, and what counts for whoever has read them all. The order's content is a
    number that grows with each change."""

    content: int = 0
    log: list[Record] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    row: bytes | None = None

    @property
    def stands(self) -> datetime | None:
        return parse(self.row).fetched_at if self.row else None

    def append(self, content: int, fetched_at: datetime, follows: datetime | None) -> bool:
        """Whether it counts."""
        standing = Standing.of(Fetched(Kind.ORDER, 1, fetched_at, {"order": {"entity_id": 1, "n": content}}))
        headers = standing.headers() | ({FOLLOWS: follows.isoformat()} if follows else {})
        record = Record("magento.orders", 0, len(self.log), 0, "main:order:1", str(content).encode(), headers)
        stands = self.stands
        self.log.append(record)
        self.row = fold(self.row, record)
        counts = stands is None or not overtaken(fetched_at, follows, stands)
        if counts:
            self.counted.append(content)
        return counts


def published() -> Order:
    """Of the first snapshot of all nothing but its instant can be told."""
    order = Order()
    order.append(0, START - SECOND, None)
    return order


@dataclass
class Process:
    """`ahead`: its clock. What it has in hand: content, when it began to read, what it took for the last."""

    ahead: timedelta
    in_hand: tuple[int, datetime, datetime | None] | None = None

    def read(self, order: Order, now: datetime) -> None:
        """Reads and looks at what was published last; whether it is stopped then is up to the caller."""
        last, by_ours = order.stands, now + self.ahead
        self.in_hand = order.content, max(by_ours, last + timedelta(microseconds=1)) if last else by_ours, last

    def publish(self, order: Order, now: datetime) -> None:
        """A loser reads again."""
        while self.in_hand is not None and not order.append(*self.in_hand):
            self.read(order, now)
        self.in_hand = None


STEPS = st.lists(st.tuples(st.sampled_from(["change", "read", "publish"]), st.integers(0, 1)), max_size=30)
SKEWS = st.integers(-3600, 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(SKEWS, SKEWS, STEPS)
def test_what_counts_never_goes_back_and_ends_with_what_the_shop_showed_last(
    one: timedelta, other: timedelta, steps: list[tuple[str, int]]
) -> None:
    order, processes = published(), (Process(one), Process(other))
    for second, (what, who) in enumerate([*steps, ("publish", 0), ("publish", 1)]):
        now = START + second * SECOND
        if what == "change":
            order.content += 1
        elif what == "publish":
            processes[who].publish(order, now)
        elif processes[who].in_hand is None:
            processes[who].read(order, now)
    assert order.counted == sorted(order.counted), "an older snapshot that lands last doesn't count"
    for process in processes:
        process.read(order, START + 99 * SECOND)
        process.publish(order, START + 99 * SECOND)
        assert order.counted[-1] == order.content, "the next reading counts, whatever the clocks say"


@given(SKEWS, SKEWS, STEPS, st.data())
def test_one_who_reads_a_part_of_the_log_again_keeps_what_counts(
    one: timedelta, other: timedelta, steps: list[tuple[str, int]], data: st.DataObject
) -> None:
    order, processes = published(), (Process(one), Process(other))
    for second, (what, who) in enumerate(steps):
        if what == "change":
            order.content += 1
        elif what == "publish":
            processes[who].publish(order, START + second * SECOND)
        elif processes[who].in_hand is None:
            processes[who].read(order, START + second * SECOND)
    stands = order.stands
    for record in order.log[data.draw(st.integers(0, len(order.log))) :]:
        fetched_at = datetime.fromisoformat(record.headers["fetched-at"])
        if stands is not None and not overtaken(fetched_at, follows_of(record.headers), stands):
            assert fetched_at == stands, "none but the first of all, which names nothing, when it is what counts"
    assert order.stands == stands


def test_what_counts_is_published_once_more_when_something_else_stands_last_in_the_log() -> None:
    order = Order()
    assert order.append(1, START, None)
    assert order.append(2, START + SECOND, START)
    assert not order.append(1, START + 5 * SECOND, START)
    assert order.row is not None and parse(order.row) == Standing("", START + SECOND), "no reading is equal to it"
    assert order.append(2, START + 9 * SECOND, START + SECOND)
    assert parse(order.row).hash


def test_the_same_content_twice_needs_no_repair() -> None:
    order = Order()
    order.append(1, START, None)
    order.append(2, START + SECOND, START)
    before = order.row
    assert not order.append(2, START + 5 * SECOND, START)
    assert order.row == before


def test_a_header_that_is_no_instant_is_told() -> None:
    assert follows_of({}) is None
    for text in ("soon", "2026-01-01T00:00:00"):
        with pytest.raises(ValueError, match=r"."):
            follows_of({FOLLOWS: text})
