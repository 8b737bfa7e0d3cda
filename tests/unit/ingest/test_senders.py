"""Who sends a request, and what share of what strangers may ask for is theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.senders import Shares, sender


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("9.9.9.9", [], "9.9.9.9"),
        ("9.9.9.9", ["198.51.100.1"], "9.9.9.9"),  # no proxy of ours has a public address: it is made up
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.9", ["192.0.2.1, 198.51.100.1"], "198.51.100.1"),  # only the last one is the proxy's own
        ("10.0.0.9", ["192.0.2.1", "198.51.100.1"], "198.51.100.1"),
        ("100.64.0.9", ["198.51.100.1"], "198.51.100.1"),
        ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("2620:fe:1:2::9", ["198.51.100.1"], "2620:fe:1:2::/64"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("10.0.0.9", ["nonsense"], "10.0.0.9"),
        ("10.0.0.9", [""], "10.0.0.9"),
        (None, ["198.51.100.1"], "unknown"),
    ],
)
def test_the_sender_is_whom_the_connection_or_our_proxy_names(peer: str | None, forwarded: list[str], who: str) -> None:
    assert sender(peer, forwarded) == who


@given(st.none() | st.text(max_size=50), st.lists(st.text(max_size=60), max_size=3))
def test_any_header_is_read(peer: str | None, forwarded: list[str]) -> None:
    assert 0 < len(sender(peer, forwarded)) <= 45


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from("abcd")), max_size=60))
def test_within_any_minute_no_more_than_all_and_of_one_sender_no_more_than_each(asked: list[tuple[float, str]]) -> None:
    shares, now, taken = Shares(6, 2), 0.0, list[tuple[float, str]]()
    for wait, who in asked:
        now += wait
        recent = [one for at, one in taken if now - at < 60]
        left = len(recent) < 6 and recent.count(who) < 2
        assert shares.take(who, now) is left
        if left:
            taken.append((now, who))
