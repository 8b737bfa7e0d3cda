"""Hints in, snapshots out: a webhook only says that something happened; what happened is read from the shop.

All hints that wait for an entity are one reading, made after the last of them came.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from services.ingest.commands import Commands
from services.ingest.shops import Shop, Shops, read_order
from shared import limits
from shared.log.port import Log, NewRecord, Record
from shared.log.signals import PoisonRecord, RetryLater
from shared.magento.faults import BadAnswer, NotFound
from shared.secrets import SecretsError
from shared.settings.store import SettingsStore
from shared.telemetry.metrics import Metrics
from shared.topics import COMMANDS, ORDERS, OUTCOMES
from shared.wire import encode

_log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class HintsHandler:
    """Handles the hints of one entity, or one command. Reading twice publishes twice, which changes nothing."""

    def __init__(self, log: Log, settings: SettingsStore, shops: Shops, commands: Commands, metrics: Metrics) -> None:
        self._log = log
        self._settings = settings
        self._shops = shops
        self._commands = commands
        self._metrics = metrics
        self._read_at: dict[str, float] = {}  # entities read in the last moment

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises RetryLater, PoisonRecord, LogUnavailable, NotOwner: see shared.log.lanes."""
        if records[0].topic == COMMANDS:
            for record in records:
                await self._commands.obey(record)
            return
        connection, kind, name = _parts(records[0].key)
        if kind != "order":
            return  # others have no reader yet; their hints stay in the log for when they have
        entity_id = _number(name)
        loaded = self._settings.get(connection)
        if loaded is None:
            raise RetryLater(limits.NO_SETTINGS_SECONDS, f"no settings are published for connection {connection!r}")
        self._check_pause(records[0].key, len(records))
        realm = loaded.settings.quickbooks.realm
        fetched_at = _now()  # before the reading: what happens meanwhile comes with a hint of its own
        try:
            shop = self._shops.shop(loaded)
        except SecretsError as error:
            raise RetryLater(limits.SHOP_REFUSED_SECONDS, str(error)) from error
        try:
            read = await read_order(shop, entity_id)
        except NotFound:
            await self._not_found(records, realm, shop)
            return
        except BadAnswer as error:
            if (_now() - _instant(records[-1])).total_seconds() > limits.BAD_ANSWER_SECONDS:
                await shop.confirm()
                raise
            raise RetryLater(limits.SHOP_REFUSED_SECONDS, f"the shop's answer makes no sense: {error}") from error
        self._read_at[records[0].key] = time.monotonic()
        snapshot = {"schema": 1, "connection": connection, "fetched_at": fetched_at.isoformat(), **read}
        await self._log.append(NewRecord(ORDERS, records[0].key, encode(snapshot), realm, _headers(records, realm)))
        self._count(connection, records)
        _log.info(
            "order read",
            connection=connection,
            order=entity_id,
            hints=len(records),
            cause=records[-1].headers.get("cause", ""),
            hinted_by=records[-1].headers.get("event", ""),
            trace=records[-1].headers.get("trace-id", ""),
            seconds=round((_now() - fetched_at).total_seconds(), 3),
        )

    def _check_pause(self, key: str, hints: int) -> None:
        """A first hint is read at once; those that follow it within a moment are one more reading, after that moment:
        an order's events come in bursts and more than once. Many of them don't wait, since they keep the realm's other
        orders from being taken. Raises RetryLater."""
        now = time.monotonic()
        left = self._read_at.get(key, -math.inf) + limits.REREAD_SECONDS - now
        if left > 0 and hints < limits.REREAD_HINTS:
            raise RetryLater(min(left, limits.REREAD_LOOK_SECONDS), "read a moment ago")
        if len(self._read_at) >= limits.REREADS_REMEMBERED:
            self._read_at = {one: at for one, at in self._read_at.items() if at + limits.REREAD_SECONDS > now}

    async def _not_found(self, records: Sequence[Record], realm: str, shop: Shop) -> None:
        """An event may be sent before its order is committed: waits, and after a minute says so in the outcomes, if it
        is the shop that says 404: a gateway before it says so of everything."""
        last = records[-1]
        waited = (_now() - _instant(last)).total_seconds()
        if waited < limits.NOT_FOUND_SECONDS:
            pause = min(max(waited, limits.NOT_FOUND_FIRST_SECONDS), limits.NOT_FOUND_PAUSE_MAX_SECONDS)
            raise RetryLater(pause, "the shop doesn't have the order yet")
        await shop.confirm()
        value = {
            "status": "not_found",
            "text": f"the shop sent {last.headers.get('event', 'a hint')} but does not have the order",
        }
        await self._log.append(NewRecord(OUTCOMES, last.key, encode(value), realm, _headers(records, realm)))
        _log.warning("order not found in the shop", key=last.key, trace=last.headers.get("trace-id", ""))

    def _count(self, connection: str, records: Sequence[Record]) -> None:
        metrics = self._metrics
        metrics.snapshots.labels(connection, "order", records[0].headers.get("cause", "")).inc()
        waited = (_now() - _instant(records[0])).total_seconds()
        metrics.hint_to_snapshot_seconds.labels(connection).observe(max(0.0, waited))


def _parts(key: str) -> tuple[str, str, str]:
    try:
        connection, kind, name = key.split(":")
    except ValueError as error:
        raise PoisonRecord(f"{key!r} is not connection:kind:id") from error
    return connection, kind, name


def _number(entity_id: str) -> int:
    try:
        return int(entity_id)
    except ValueError as error:
        raise PoisonRecord(f"{entity_id!r} is not the number of an entity") from error


def _instant(record: Record) -> datetime:
    """When the hint came in; when it was appended, if it doesn't say."""
    try:
        return datetime.fromisoformat(record.headers["received-at"])
    except (KeyError, ValueError):
        return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)


def _headers(records: Sequence[Record], realm: str) -> dict[str, Any]:
    """The first hint's headers say how long the shop's customer has waited; the last one's id is the newest cause."""
    first, last = records[0].headers, records[-1].headers
    return {
        "schema": "1",
        "realm": realm,
        "cause": last.get("cause", ""),
        "event": last.get("event", ""),
        "event-id": last.get("event-id", ""),
        "received-at": first.get("received-at", ""),
        "trace-id": last.get("trace-id", ""),
        "hints": str(len(records)),
    }
