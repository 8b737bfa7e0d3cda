"""A snapshot or a command in, an outcome out: where the pure core and the two systems meet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.locks import KeyLocks
from services.orders.bookkeeper import Bookkeeper
from services.orders.outcome import Outcome, Status
from services.rereading import read_again
from shared import limits
from shared.commerce.sale import Sale
from shared.links.state import Held, LinkState, SnapshotRef
from shared.links.store import LinkLost, LinkStore
from shared.log.partitions import partition_for
from shared.log.port import Log, NewRecord, Record, TopicPartition
from shared.log.signals import PoisonRecord, RetryLater
from shared.magento.models import Snapshot
from shared.magento.reading import ReadingOptions, Unreadable, parse_snapshot, read_sale
from shared.mapping.parked import OF_THE_COMPANY, Parked, Reason
from shared.quickbooks.faults import OutcomeUnknown, QuickBooksError, Throttled, Unavailable
from shared.settings.loader import Loaded
from shared.settings.store import SettingsStore
from shared.snapshots import follows_of
from shared.topics import ORDERS, OUTCOMES
from shared.wire import NotJson, decode, encode

Keeper = Callable[[str, Loaded], Awaitable[Bookkeeper]]
"""(realm, settings of one of its connections) -> the realm's bookkeeper, its reference data loaded."""

Report = Callable[[Outcome, Record, str], None]
"""(outcome, record, connection): metrics and the wide log line."""

Planning = Callable[[str], None]
"""(the order's key): a plan of it begins, by the books as they are now."""


def _now() -> datetime:
    return datetime.now(UTC)


class OrdersHandler:
    """Handles one record. Safe to call again with the same record: nothing is written twice."""

    def __init__(
        self,
        log: Log,
        settings: SettingsStore,
        links: LinkStore,
        keeper: Keeper,
        report: Report,
        planning: Planning = lambda _: None,
    ) -> None:
        self._log = log
        self._settings = settings
        self._links = links
        self._keeper = keeper
        self._report = report
        self._planning = planning
        self._trouble_since: dict[str, datetime] = {}  # orders in hand that QuickBooks doesn't let through
        self._locks = KeyLocks()  # snapshots and commands of one order come on two topics, in two lanes

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises RetryLater, PoisonRecord, LogUnavailable, NotOwner: see shared.log.lanes."""
        (record,) = records
        async with self._locks.hold(record.key):
            if record.topic == ORDERS:
                await self._snapshot(record)
            elif record.headers.get("to") == "orders":
                await self._again(record)

    async def _again(self, command: Record) -> None:
        """A command asks for the order's last snapshot to be planned anew."""
        state = self._links.get(command.key, command.partition)
        if state.snapshot is None:  # it may be older than what the log keeps, and no change of it is told again
            await self._read_again(command)
            return
        at = TopicPartition(ORDERS, state.snapshot.partition)
        reader = self._log.reader()
        await reader.start()
        try:
            await reader.assign({at: state.snapshot.offset})
            found = await reader.poll(1, limits.LOG_CALL_SECONDS)
        finally:
            await reader.close()
        if found and (found[0].offset, found[0].key) == (state.snapshot.offset, command.key):
            # Not a webhook's: how long the shop's customer has waited says nothing about a plan made anew.
            cause = {"cause": command.headers.get("cause", "command"), "received-at": ""}
            await self._snapshot(replace(found[0], headers={**found[0].headers, **cause}))
        else:
            await self._read_again(command)

    async def _read_again(self, command: Record) -> None:
        """The log keeps snapshots for a time only: a hint like a webhook's lets the shop be asked for a fresh one."""
        loaded = self._settings.get(command.key.partition(":")[0])
        if loaded is None:
            return
        occasion, trace = f"{command.topic}-{command.partition}@{command.offset}", command.headers.get("trace-id", "")
        realm = loaded.settings.quickbooks.realm
        await read_again(self._log, command.key, realm, "bookbridge.plan", occasion, trace)

    async def _snapshot(self, record: Record) -> None:
        document = _document(record)
        connection = str(document.get("connection", ""))
        state = self._links.get(record.key, record.partition)
        try:
            outcome = await self._decide(record, document, connection, state)
        except LinkLost as lost:
            raise RetryLater(limits.REPLAN_PAUSE_SECONDS, "another writer was first") from lost
        except OutcomeUnknown as error:
            self._report(_plain(Status.UNCERTAIN, document), record, connection)
            raise RetryLater(self._pause(record.key, limits.UNKNOWN_OUTCOME_SECONDS), str(error)) from error
        except Throttled as error:  # the realm's quota is paused already
            raise RetryLater(error.wait_seconds, str(error)) from error
        except Unavailable as error:
            raise RetryLater(self._pause(record.key, limits.UNAVAILABLE_SECONDS), str(error)) from error
        except QuickBooksError as error:
            # Reconnect, or a refusal of what concerns no single order (the company's lists): a person must act, and
            # until then the realm's orders wait, each in its lane. What an order is refused for was parked before.
            raise RetryLater(limits.RECONNECT_SECONDS, str(error)) from error
        self._trouble_since.pop(record.key, None)
        await self._publish(record, outcome)
        self._report(outcome, record, connection)

    def _pause(self, key: str, least: float) -> float:
        """Before another try (of an unknown outcome: a metered look-up): longer and longer, as the trouble grows older.
        The write may be the order's, or that of a customer or an item it needs."""
        return min(max(self._age(key) / 2, least), limits.TROUBLE_PAUSE_MAX_SECONDS)

    def _age(self, key: str) -> float:
        """Seconds since the trouble with this order began, which is now if there was none before."""
        return (_now() - self._trouble_since.setdefault(key, _now())).total_seconds()

    async def _decide(self, record: Record, document: dict[str, Any], connection: str, state: LinkState) -> Outcome:
        loaded = self._settings.get(connection)
        if loaded is None:
            raise RetryLater(limits.NO_SETTINGS_SECONDS, f"no settings are published for connection {connection!r}")
        if partition_for(loaded.settings.quickbooks.realm, limits.PARTITIONS) != record.partition:
            raise PoisonRecord(f"the snapshot is not in the partition of {connection}'s company")
        keeper = await self._keeper(loaded.settings.quickbooks.realm, loaded)
        self._planning(record.key)
        ways = keeper.ways
        reference = SnapshotRef(
            updated_at=str(_order(document).get("updated_at") or ""),
            fetched_at=_instant(document),
            partition=record.partition,
            offset=record.offset,
            follows=_follows(record),
        )
        if reference.older_than(state.snapshot):
            return _plain(Status.STALE, document)
        try:
            sale = _read(parse_snapshot(document), loaded, keeper.home_currency)
            return await keeper.book(sale, reference, loaded)
        except Unreadable as error:
            await keeper.finish(record.key)
            parked = Parked(Reason(error.reason), str(error), error.setting)
        except Parked as error:
            parked = error
        except OutcomeUnknown as error:
            if self._age(record.key) < limits.UNCERTAIN_SECONDS:
                raise
            parked = Parked(
                Reason.UNCERTAIN,
                f"QuickBooks answers with errors again and again ({error.code}), and the document is not in the books; "
                "the write stands and is sent again with the next change of the order or the settings",
            )
        held = Held(
            reason=parked.reason.value,
            text=parked.text,
            setting=parked.setting,
            settings=loaded.version,
            since=_now(),
            lacks=parked.lacks or (ways if parked.reason in OF_THE_COMPANY else ""),
        )
        await keeper.hold(record.key, reference, held)
        # What changed meanwhile was told to all who waited then, which this one did not.
        if self._settings.get(connection) is not loaded:
            raise RetryLater(0, "the settings changed while the order was planned")
        if held.lacks and keeper.has(held.lacks):
            raise RetryLater(limits.LACKING_PAUSE_SECONDS, "the books changed while the order was planned")
        return _plain(Status.PARKED, document, reason=parked.reason.value, text=parked.text, setting=parked.setting)

    async def _publish(self, record: Record, outcome: Outcome) -> None:
        realm = record.headers.get("realm", "")
        headers = {
            "schema": "1",
            "realm": realm,
            "cause": record.headers.get("cause", ""),
            "trace-id": record.headers.get("trace-id", ""),
            "received-at": record.headers.get("received-at", ""),
            "source": f"{record.topic}-{record.partition}@{record.offset}",
            "at": _now().isoformat(),
        }
        value = encode(outcome.document())
        await self._log.append(NewRecord(OUTCOMES, record.key, value, realm, headers))


def _read(snapshot: Snapshot, loaded: Loaded, home_currency: str) -> Sale:
    settings = loaded.settings
    fees = {fee.attribute: fee.name for fee in settings.fees}
    return read_sale(snapshot, ReadingOptions(home_currency, settings.time_zone, fees))


def _document(record: Record) -> dict[str, Any]:
    try:
        document = decode(record.value or b"")
    except NotJson as error:
        raise PoisonRecord(f"not a snapshot: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("order"), dict):
        raise PoisonRecord("not a snapshot: it holds no order")
    named = f"{document.get('connection')}:order:{document['order'].get('entity_id')}"
    if named != record.key:
        raise PoisonRecord("not a snapshot: its key names another order than its content")
    return document


def _order(document: dict[str, Any]) -> dict[str, Any]:
    order: dict[str, Any] = document["order"]
    return order


def _instant(document: dict[str, Any]) -> datetime:
    try:
        instant = datetime.fromisoformat(str(document.get("fetched_at")))
    except ValueError as error:
        raise PoisonRecord("not a snapshot: fetched_at is no instant") from error
    if instant.tzinfo is None:
        raise PoisonRecord("not a snapshot: fetched_at has no time zone")
    return instant


def _follows(record: Record) -> datetime | None:
    try:
        return follows_of(record.headers)
    except ValueError as error:
        raise PoisonRecord("not a snapshot: what it follows is no instant") from error


def _plain(status: Status, document: dict[str, Any], reason: str = "", text: str = "", setting: str = "") -> Outcome:
    order = _order(document)
    return Outcome(
        status, int(order.get("entity_id") or 0), str(order.get("increment_id") or ""), reason, text, setting
    )
