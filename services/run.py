"""Runs services in this process until a signal or a failure: one of them, or all on the embedded log."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from services import quotas
from services.catalog.app import CatalogService
from services.ingest.app import IngestService
from services.inventory.app import InventoryService
from services.orders.app import OrdersService
from services.process import Process, open_process
from shared import limits
from shared.config import Config
from shared.log.port import LogUnavailable
from shared.settings.loader import Loaded, SettingsError, load
from shared.settings.store import SettingsStore, publish
from shared.telemetry import logs

_log = structlog.get_logger(__name__)
ALL = "run"


async def run_services(service: str, config: Config) -> None:
    """`service` is one of them, or run for all. Returns after SIGTERM or SIGINT; raises what stopped it else."""
    logs.configure(service, config.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_process(service, config, stop) as process:
        _log.info("started", version=process.health.version, health_port=process.health_port, log=config.log.value)
        parts = [part(process) for part in _parts(service)]
        if config.settings is not None:
            parts.append(_follow_folder(process, config.settings))
        await _until_stopped(stop, parts)
    _log.info("stopped")


def _parts(service: str) -> list[Callable[[Process], Awaitable[None]]]:
    shares = quotas.whole() if service == ALL else quotas.share_of(service)
    known: dict[str, Callable[[Process], Awaitable[None]]] = {
        "ingest": lambda process: IngestService(process, shares).run(),
        "orders": lambda process: OrdersService(process, shares).run(),
        "catalog": lambda process: CatalogService(process, shares).run(),
        "inventory": lambda process: InventoryService(process, shares).run(),
    }
    return list(known.values()) if service == ALL else [known[service]]


async def _until_stopped(stop: asyncio.Event, parts: list[Awaitable[None]]) -> None:
    """All parts until the first ends; then the others are asked to stop. An error of any is raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.wait(tasks, timeout=limits.SHUTDOWN_SECONDS)
        for task in tasks:
            task.cancel()
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


async def _follow_folder(process: Process, folder: Path) -> None:
    """Publishes each TOML document of the folder, at the start and whenever it changes."""
    seen: dict[str, bytes | str] = {}
    while not process.stop.is_set():
        for name, content in (await asyncio.to_thread(_documents, folder)).items():
            if seen.get(name) == content:
                continue
            if isinstance(content, str):
                _log.error("settings not taken, the ones before stay in force", file=name, problem=content)
            elif not await _publish_file(process, name, content):
                continue
            seen[name] = content
        try:
            async with asyncio.timeout(limits.SETTINGS_WATCH_SECONDS):
                await process.stop.wait()
        except TimeoutError:
            continue


def _documents(folder: Path) -> dict[str, bytes | str]:
    """Each document's bytes, or as text why it can't be read. One that an editor is just replacing isn't there."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            found[path.name] = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            found[path.name] = f"can't be read: {error.strerror}"
    return found


async def _publish_file(process: Process, name: str, content: bytes) -> bool:
    """Whether the document needs no other look until it changes."""
    try:
        loaded = load(content.decode(), name)
        check_move(process.settings, loaded)
    except (SettingsError, UnicodeDecodeError) as error:
        _log.error("settings not taken, the ones before stay in force", file=name, problem=str(error))
        return True
    before = process.settings.get(loaded.settings.connection)
    if before is not None and before.version == loaded.version:
        return True
    try:
        await process.settings.reach(await publish(process.log, loaded, f"file {name}", datetime.now(UTC)))
    except LogUnavailable as error:
        _log.error("settings not taken yet", file=name, problem=str(error))
        return False
    _log.info("settings in force", connection=loaded.settings.connection, settings=loaded.version, file=name)
    return True


def check_move(settings: SettingsStore, loaded: Loaded) -> None:
    """A connection never changes its company: what was written to the old one would be lost from sight."""
    before = settings.get(loaded.settings.connection)
    if before is not None and before.settings.quickbooks.realm != loaded.settings.quickbooks.realm:
        raise SettingsError(
            loaded.settings.connection,
            [
                f"quickbooks.realm: was {before.settings.quickbooks.realm} and can't become "
                f"{loaded.settings.quickbooks.realm}; make a new connection for the other company"
            ],
        )
