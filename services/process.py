"""What every service process is made of, in the order in which it is opened and (backwards) closed.

1. secrets and settings of the process are read; a mistake ends it here, in words
2. the data folder is locked: two processes on one folder would spoil each other's projections
3. the log is opened and the topics are verified
4. settings and tokens are restored from the log; lists are, for the companies that services will own
5. health and metrics are served; "ready" comes later, when the service's own parts say so
"""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import aiohttp
import structlog

from shared import limits
from shared.config import Config, LogKind
from shared.log.embedded import EmbeddedLog
from shared.log.kafka import KafkaLog
from shared.log.port import Log
from shared.quickbooks.lists import ListBoard
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import Vault
from shared.secrets import Secrets, SecretsError, load_secrets
from shared.settings.store import SettingsStore
from shared.telemetry.health import Doors, Health, build_app, serve
from shared.telemetry.metrics import Metrics
from shared.telemetry.watchdog import Watchdog
from shared.topics import TOPICS

_log = structlog.get_logger(__name__)


class FolderInUse(Exception):
    """Another process uses the data folder."""


@dataclass(slots=True)
class Process:
    """What the services of one process share. `folder` is for their projections."""

    service: str
    config: Config
    secrets: Secrets
    folder: Path
    log: Log
    metrics: Metrics
    health: Health
    doors: Doors
    watchdog: Watchdog
    settings: SettingsStore
    tokens: TokenBoard
    lists: ListBoard
    session: aiohttp.ClientSession
    stop: asyncio.Event
    health_port: int


@asynccontextmanager
async def open_process(service: str, config: Config, stop: asyncio.Event) -> AsyncIterator[Process]:
    """The process until the block ends. `service` is its name: ingest, orders, or run for all in one."""
    async with AsyncExitStack() as stack:
        secrets = load_secrets(config.secrets)
        folder = config.data / service
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(_locked(folder / "lock"))
        log = await stack.enter_async_context(open_log(config, secrets, f"bookbridge-{service}"))
        await log.ensure_topics(TOPICS)
        vault = Vault([key.get_secret_value() for key in secrets.token_keys], lambda: token_keys_now(config))
        settings = await stack.enter_async_context(SettingsStore(log, folder / "settings.sqlite"))
        tokens = await stack.enter_async_context(TokenBoard(log, vault, folder / "tokens.sqlite"))
        lists = await stack.enter_async_context(ListBoard(log, folder / "lists.sqlite"))
        connector = aiohttp.TCPConnector(limit=limits.OUTGOING_CONNECTIONS)
        jar = aiohttp.DummyCookieJar()  # a PHP session in an answer would tie calls together
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, cookie_jar=jar))
        metrics, watchdog, doors = Metrics(), Watchdog(time.monotonic), Doors()
        health = Health(service, version("bookbridge"), watchdog)
        port = limits.HEALTH_PORTS[service] if config.health_port is None else config.health_port
        served = await serve(build_app(health, metrics, doors), config.health_host, port)
        stack.push_async_callback(served.close)
        yield Process(
            service=service,
            config=config,
            secrets=secrets,
            folder=folder,
            log=log,
            metrics=metrics,
            health=health,
            doors=doors,
            watchdog=watchdog,
            settings=settings,
            tokens=tokens,
            lists=lists,
            session=session,
            stop=stop,
            health_port=served.port,
        )


def token_keys_now(config: Config) -> list[str]:
    """The keys for tokens at rest as the secrets file lists them at this moment: it may have been given a new one since
    we read it. None while the file can't be read."""
    try:
        return [key.get_secret_value() for key in load_secrets(config.secrets).token_keys]
    except SecretsError as error:
        _log.warning("the secrets file can't be read once more", error_class=type(error).__name__)
        return []


@asynccontextmanager
async def open_log(config: Config, secrets: Secrets | None, client_id: str) -> AsyncIterator[Log]:
    """The log that the configuration names, started. `secrets` is needed for Kafka with SASL only."""
    log: Log
    if config.log is LogKind.EMBEDDED:
        config.data.mkdir(parents=True, exist_ok=True)
        log = EmbeddedLog(config.data / "log.sqlite")
    else:
        log = KafkaLog(
            config.kafka,
            client_id=client_id,
            namespace=config.kafka_namespace,
            session_timeout_seconds=config.kafka_session_seconds,
            replication_factor=config.kafka_replication,
            security=_security(config, secrets),
        )
    await log.start()
    try:
        yield log
    finally:
        await log.close()


def _security(config: Config, secrets: Secrets | None) -> dict[str, str]:
    options = {"security_protocol": config.kafka_security_protocol}
    if config.kafka_username:
        options |= {
            "sasl_mechanism": config.kafka_sasl_mechanism,
            "sasl_plain_username": config.kafka_username,
            "sasl_plain_password": secrets.kafka_password.get_secret_value() if secrets else "",
        }
    return options


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(f"another process works in {path.parent}; give each its own BOOKBRIDGE_DATA") from error
        yield
