"""Which partition a realm's records go to: murmur2, as Kafka's own clients hash, so that any client agrees."""

from __future__ import annotations

from functools import lru_cache

_M = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


@lru_cache(maxsize=4096)  # asked for with every append, and realms are few
def partition_for(realm: str, partitions: int) -> int:
    """The partition of a realm's records in a topic of `partitions` partitions (all topics have the same number)."""
    return (murmur2(realm.encode()) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """32-bit murmur2 with Kafka's seed, unsigned. Source: org.apache.kafka.common.utils.Utils.murmur2."""
    h = _SEED ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little")
        k = (k * _M) & _MASK
        k ^= k >> 24
        k = (k * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    if rest := data[whole:]:
        h ^= int.from_bytes(rest, "little")
        h = (h * _M) & _MASK
    h ^= h >> 13
    h = (h * _M) & _MASK
    return h ^ (h >> 15)
