"""Hints in, snapshots out: a webhook only says that something happened; what happened is read from the shop.

All hints that wait for an entity are one reading, made after the last of them came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

import structlog

from services.ingest.commands import Commands
from services.ingest.hints import Hints, key_parts
from services.ingest.reading.fetched import Fetched, Kind, gone
from services.ingest.reading.published import Published
from services.ingest.reading.publisher import Publisher, Verdict
from services.ingest.reading.reader import KINDS, SKU, read_one
from services.ingest.rereads import Rereads
from services.ingest.shops import NoRight, Shop, Shops
from shared import limits
from shared.log.port import Log, NewRecord, Record
from shared.log.signals import PoisonRecord, RetryLater
from shared.magento.faults import BadAnswer, NotFound
from shared.secrets import SecretsError
from shared.settings.loader import Loaded
from shared.settings.store import SettingsStore
from shared.telemetry.metrics import Metrics
from shared.topics import COMMANDS, OUTCOMES
from shared.wire import encode

_log = structlog.get_logger(__name__)


class HintsHandler:
    """Handles the hints of one entity, or one command. Reading twice publishes once."""

    def __init__(
        self,
        log: Log,
        settings: SettingsStore,
        shops: Shops,
        published: Published,
        publisher: Publisher,
        commands: Commands,
        metrics: Metrics,
    ) -> None:
        self._log = log
        self._settings = settings
        self._shops = shops
        self._published = published
        self._publisher = publisher
        self._commands = commands
        self._metrics = metrics
        self._rereads = Rereads()

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises RetryLater, PoisonRecord, LogUnavailable, NotOwner: see shared.log.lanes."""
        if records[0].topic == COMMANDS:
            for record in records:
                await self._commands.obey(record)
            return
        connection, kind, entity = key_parts(records[0].key)
        if kind not in KINDS:
            raise PoisonRecord(f"{kind!r} is no kind of entity")
        loaded = self._settings.get(connection)
        if loaded is None:
            raise RetryLater(limits.NO_SETTINGS_SECONDS, f"no settings are published for connection {connection!r}")
        self._rereads.check(records[0].key, len(records))
        await self._read(loaded, kind, entity, Hints(records))
        self._metrics.hints_read.labels(connection, KINDS[kind].value).inc(len(records))

    async def _read(self, loaded: Loaded, kind: str, entity: str, hints: Hints) -> None:
        fetched_at = datetime.now(UTC)
        shop = self._shop(loaded)
        try:
            fetched = await read_one(shop, kind, entity)
        except ValueError as error:
            raise PoisonRecord(f"{entity!r} is not the number of an entity") from error
        except NotFound:
            await self._missing(loaded, shop, kind, entity, hints, fetched_at)
            return
        except NoRight as error:
            await shop.confirm()  # else it is nothing but a shop that refuses us altogether
            await self._tell(loaded, hints, "refused", str(error))
            return
        except BadAnswer as error:
            await self._broken(loaded, shop, hints, str(error))
            return
        if hints.say_deleted and hints.age_seconds < limits.NOT_FOUND_SECONDS:
            raise RetryLater(hints.pause(), "it is still in the shop, which says that it is deleted")
        self._rereads.note(hints.key)
        await self._publish(loaded, fetched, hints)

    def _shop(self, loaded: Loaded) -> Shop:
        try:
            return self._shops.shop(loaded)
        except SecretsError as error:
            raise RetryLater(limits.SHOP_REFUSED_SECONDS, str(error)) from error

    async def _publish(self, loaded: Loaded, fetched: Fetched, hints: Hints) -> None:
        connection = loaded.settings.connection
        verdict = await self._publisher.publish(loaded, fetched, hints.headers(), force=hints.by_command)
        if verdict is Verdict.PUBLISHED and fetched.kind is Kind.ORDER:
            self._metrics.hint_to_snapshot_seconds.labels(connection).observe(hints.waited_seconds)
        _log.info(
            f"{fetched.kind} read",
            connection=connection,
            **{fetched.kind.value: fetched.id},
            verdict=verdict.value,
            deleted=bool(fetched.content.get("deleted")),
            hints=len(hints.records),
            cause=hints.last.headers.get("cause", ""),
            hinted_by=hints.last.headers.get("event", ""),
            trace=hints.last.headers.get("trace-id", ""),
            seconds=round((datetime.now(UTC) - fetched.fetched_at).total_seconds(), 3),
        )

    async def _missing(
        self, loaded: Loaded, shop: Shop, kind: str, entity: str, hints: Hints, fetched_at: datetime
    ) -> None:
        """An event may be sent before its entity is committed: waits, and after a minute believes it, if it is the shop
        that says 404: a gateway before it says so of everything. What an event calls deleted isn't waited for."""
        if hints.age_seconds < limits.NOT_FOUND_SECONDS and not hints.say_deleted:
            raise RetryLater(hints.pause(), f"the shop doesn't have the {kind} yet")
        await shop.confirm()
        if kind == SKU:
            known = await self._published.product_of(loaded.settings.connection, unquote(entity))
            if known is not None:  # gone, or under another SKU by now
                await self._read(loaded, "product", str(known), hints)
                return
        elif KINDS[kind] is not Kind.ORDER:
            await self._publish(loaded, gone(KINDS[kind], int(entity), fetched_at), hints)
            return
        event = hints.last.headers.get("event", "a hint")
        await self._tell(loaded, hints, "not_found", f"the shop sent {event} but does not have the {kind}")

    async def _broken(self, loaded: Loaded, shop: Shop, hints: Hints, why: str) -> None:
        """The shop answers, but not sensibly to this. Plugins get mended: it is tried for long, then told of."""
        if hints.age_seconds <= limits.BAD_ANSWER_SECONDS:
            pause = min(max(hints.age_seconds / 2, limits.SHOP_DOWN_SECONDS), limits.SHOP_REFUSED_SECONDS)
            raise RetryLater(pause, f"the shop's answer makes no sense: {why}")
        await shop.confirm()
        await self._tell(loaded, hints, "unreadable", f"the shop can't show it: {why}")

    async def _tell(self, loaded: Loaded, hints: Hints, status: str, text: str) -> None:
        realm = loaded.settings.quickbooks.realm
        headers = {**hints.headers(), "schema": "1", "realm": realm}
        await self._log.append(NewRecord(OUTCOMES, hints.key, encode({"status": status, "text": text}), realm, headers))
        _log.warning(text, key=hints.key, status=status, trace=hints.last.headers.get("trace-id", ""))
