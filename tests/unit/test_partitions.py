"""Realms are spread as Kafka's own clients would spread them."""

from __future__ import annotations

from collections import Counter

import pytest
from aiokafka.partitioner import murmur2 as kafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from shared.log.partitions import murmur2, partition_for


@given(st.binary(max_size=64))
def test_the_hash_is_the_one_of_kafkas_clients(data: bytes) -> None:
    assert murmur2(data) == kafka_murmur2(data) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "hashed"),
    [  # figures of Apache Kafka's own test of Utils.murmur2, signed there
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_known_hashes(data: bytes, hashed: int) -> None:
    assert murmur2(data) == hashed & 0xFFFFFFFF


@given(st.text(max_size=30), st.integers(1, 100))
def test_a_realm_has_one_partition_and_it_exists(realm: str, partitions: int) -> None:
    assert 0 <= partition_for(realm, partitions) < partitions
    assert partition_for(realm, partitions) == partition_for(realm, partitions)


def test_realms_are_spread_over_all_partitions() -> None:
    spread = Counter(partition_for(str(9_130_350_000_000_000 + n), 12) for n in range(12_000))
    assert set(spread) == set(range(12))
    assert max(spread.values()) < 1.3 * min(spread.values())
