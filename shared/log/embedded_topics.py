"""Creating the embedded log's topics, and comparing those that exist with what they must be."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

from shared.log import embedded_store as store
from shared.log.port import Cleanup, TopicMismatch, TopicSpec


def ensure_topics(sql: sqlite3.Connection, specs: Sequence[TopicSpec]) -> None:
    """Compares first and writes afterwards, so that a mismatch leaves nothing half done."""
    present = store.load_topics(sql)
    problems = [problem for spec in specs if spec.name in present for problem in _differences(spec, present[spec.name])]
    if problems:
        raise TopicMismatch("; ".join(problems))
    for spec in specs:
        if spec.name not in present:
            row = (spec.name, spec.partitions, spec.cleanup, _ms(spec.retention), _ms(spec.compaction_lag))
            topic_id = sql.execute(
                "INSERT INTO topics (name, partitions, cleanup, retention_ms, compaction_lag_ms)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            ).lastrowid
            sql.executemany(
                "INSERT INTO partitions (topic_id, number) VALUES (?, ?)",
                [(topic_id, number) for number in range(spec.partitions)],
            )


def _differences(spec: TopicSpec, topic: store.Topic) -> list[str]:
    pairs: list[tuple[str, object, object]] = [
        ("partitions", spec.partitions, len(topic.partition_ids)),
        ("cleanup", spec.cleanup.value, topic.cleanup.value),
    ]
    if spec.cleanup is Cleanup.DELETE:
        pairs.append(("retention in ms", _ms(spec.retention), topic.retention_ms))
    else:
        pairs.append(("compaction lag in ms", _ms(spec.compaction_lag), topic.compaction_lag_ms))
    return [
        f"topic {spec.name} has {what} {present}, wanted {wanted}"
        for what, wanted, present in pairs
        if wanted != present
    ]


def _ms(duration: timedelta | None) -> int | None:
    return None if duration is None else duration // timedelta(milliseconds=1)
