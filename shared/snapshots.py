"""Which of two snapshots of one entity counts (docs/adr/0011-a-snapshot-says-which-one-it-follows.md). Pure.

Every reader of `magento.orders`, `magento.products` and `magento.customers` goes by this rule, record by record in the
order of the log; so do those that publish them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

FOLLOWS = "follows"
"""A snapshot's header: the `fetched_at` of the one that its publisher took for the last. Without: it knew none."""


def overtaken(fetched_at: datetime, follows: datetime | None, standing: datetime) -> bool:
    """Whether a snapshot comes too late, when one read at `standing` counts already: its publisher didn't know that
    one, or it is that one's predecessor. Of two that follow the same one, so, the first in the log counts.

    Not to be asked of the very record that counts. Instants are of the publishers' clocks; each publisher sees to it
    that a snapshot's is above that which it follows.
    """
    return (follows or fetched_at) < standing


def follows_of(headers: Mapping[str, str]) -> datetime | None:
    """What a snapshot's header says; None when it says nothing. Raises ValueError for what is no instant."""
    told = headers.get(FOLLOWS)
    if told is None:
        return None
    instant = datetime.fromisoformat(told)
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant
