"""What all tests share: the Kafka broker, both logs, Hypothesis' settings.

A test that uses `kafka_broker`, or `open_log` with the kind "kafka", is marked `kafka` by itself. Where Java or Maven
can't be had such tests are skipped, the last line of the run says so, and with CI=true the run fails.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from shared.log.port import Log
from tests.support.kafka_broker import NOT_RUN, Broker, KafkaUnavailable, free_port
from tests.support.log_factory import LogFactory, new_address

settings.register_profile("bookbridge", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("bookbridge")


@pytest.fixture(scope="session")
def kafka_broker(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A running Apache Kafka, started when the first test needs it."""
    broker = Broker(free_port(), tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
    except KafkaUnavailable as why:
        pytestconfig.stash[NOT_RUN] = str(why)
        pytest.skip(f"no Kafka: {why}")
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def log_kind(request: pytest.FixtureRequest) -> str:
    """Which log: tests that use it, `open_log` or `any_log` run on both."""
    kind: str = request.param
    return kind


@pytest.fixture
async def open_log(log_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LogFactory]:
    """`await open_log()` opens the test's log; again, and there is a second handle on the same one."""
    bootstrap = request.getfixturevalue("kafka_broker").bootstrap if log_kind == "kafka" else ""
    factory = LogFactory(new_address(log_kind, tmp_path, bootstrap))
    yield factory
    await factory.close()


@pytest.fixture
async def open_embedded(tmp_path: Path) -> AsyncIterator[LogFactory]:
    """The same for tests of the embedded log alone."""
    factory = LogFactory(new_address("embedded", tmp_path, ""))
    yield factory
    await factory.close()


@pytest.fixture
async def open_kafka(kafka_broker: Broker, tmp_path: Path) -> AsyncIterator[LogFactory]:
    """The same for tests of Kafka alone."""
    factory = LogFactory(new_address("kafka", tmp_path, kafka_broker.bootstrap))
    yield factory
    await factory.close()


@pytest.fixture
async def any_log(open_log: LogFactory) -> Log:
    """A started log, empty."""
    return await open_log()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "kafka_broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if NOT_RUN in session.config.stash and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """After pytest's own summary, so that nobody overlooks it."""
    why = config.stash.get(NOT_RUN, None)
    if why is not None:
        config.get_terminal_writer().line(f"KAFKA TESTS NOT RUN: {why}", red=True, bold=True)
