"""Behaviour of both logs: topics and their policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.log.port import Cleanup, Log, TopicMismatch, TopicSpec
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, STATE, append_events, partitions_of, read_everything

FOR_EVER = TopicSpec("for-ever", 2, Cleanup.DELETE)


async def test_topics_that_are_as_they_must_be_are_left_alone(any_log: Log, open_log: LogFactory) -> None:
    await any_log.ensure_topics([EVENTS, STATE, FOR_EVER])
    await append_events(any_log, 5)
    other = await open_log()
    await other.ensure_topics([EVENTS, STATE, FOR_EVER])
    assert len(await read_everything(other, partitions_of(EVENTS))) == 5


@pytest.mark.parametrize(
    ("present", "wanted", "told"),
    [
        (EVENTS, replace(EVENTS, partitions=6), "partitions.* wanted 6"),
        (EVENTS, TopicSpec("events", 4, Cleanup.COMPACT), "delete, wanted compact"),
        (EVENTS, replace(EVENTS, retention=timedelta(days=2)), "86400000, wanted 172800000"),
        (FOR_EVER, replace(FOR_EVER, retention=timedelta(days=1)), "wanted 86400000"),
        (STATE, replace(STATE, compaction_lag=timedelta(hours=1)), "86400000, wanted 3600000"),
    ],
    ids=["partitions", "cleanup", "retention", "no retention", "compaction lag"],
)
async def test_another_policy_is_a_mismatch_that_says_what_differs(
    any_log: Log, present: TopicSpec, wanted: TopicSpec, told: str
) -> None:
    await any_log.ensure_topics([present])
    with pytest.raises(TopicMismatch, match=told) as mismatch:
        await any_log.ensure_topics([wanted])
    assert present.name in str(mismatch.value)
    await any_log.ensure_topics([present])
