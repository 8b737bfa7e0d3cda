"""The rule that makes an intent a lock: of all records made from one state, the first in the log counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.links.state import LinkState, SnapshotRef, fold, parse
from shared.log.port import Record
from shared.log.projection import KEEP, CorruptRecord


def record(state: LinkState, offset: int) -> Record:
    return Record("links", 0, offset, 0, "key", state.model_dump_json(exclude_none=True).encode(), {})


@dataclass
class History:
    """What a projection has seen; `counted` are the states that stood, oldest first, from the empty one on."""

    counted: list[LinkState]
    log: list[Record]

    def append(self, made_from: LinkState, stamp: str) -> bool:
        """Whether the record counted."""
        new = made_from.model_copy(update={"revision": made_from.revision + 1, "stamp": stamp})
        self.log.append(record(new, len(self.log)))
        current = self.counted[-1]
        row = None if current.revision == 0 else current.model_dump_json(exclude_none=True).encode()
        after = fold(row, self.log[-1])
        if after is KEEP:
            return False
        assert isinstance(after, bytes)
        self.counted.append(parse(after))
        return True


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=40))
def test_a_record_counts_exactly_when_it_was_made_from_the_state_that_stands(views: list[int]) -> None:
    """Each entry is a writer whose view is so many states behind: it was paused, or reads late."""
    history = History([LinkState()], [])
    for number, behind in enumerate(views):
        made_from = history.counted[max(0, len(history.counted) - 1 - behind)]
        stands = history.counted[-1]
        assert history.append(made_from, str(number)) is (made_from == stands)
    assert [state.revision for state in history.counted] == list(range(len(history.counted)))
    row: bytes | None = None
    for one in history.log:
        if (after := fold(row, one)) is not KEEP:
            assert after is None or isinstance(after, bytes)
            row = after
    assert parse(row) == history.counted[-1], "a rebuild ends where the first reading ended"


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"revision": "many"}', b'{"booked": {"id": "1"}}'])
def test_what_is_no_link_stops_the_service(value: bytes) -> None:
    with pytest.raises(CorruptRecord, match="not a link"):
        fold(None, Record("links", 0, 7, 0, "key", value, {}))


INSTANTS = st.datetimes(timezones=st.just(UTC))
REFERENCES = st.builds(
    SnapshotRef,
    updated_at=st.sampled_from(["2026-01-01 00:00:00", "2026-01-01 00:00:01", ""]),
    fetched_at=INSTANTS,
    partition=st.just(0),
    offset=st.integers(0, 9),
)


@given(REFERENCES, REFERENCES)
def test_of_two_snapshots_that_follow_nothing_the_one_read_earlier_is_older(
    one: SnapshotRef, other: SnapshotRef
) -> None:
    other = other.model_copy(update={"offset": other.offset + 10})
    assert one.older_than(other) is (one.fetched_at < other.fetched_at), "whatever the shop's clock said"
    assert not one.older_than(one) and not one.older_than(None)


def test_what_a_snapshot_follows_is_not_kept_in_the_link() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    state = LinkState(snapshot=SnapshotRef(updated_at="", fetched_at=now, partition=0, offset=1, follows=now))
    assert parse(state.model_dump_json().encode()).snapshot == SnapshotRef(
        updated_at="", fetched_at=now, partition=0, offset=1
    )
