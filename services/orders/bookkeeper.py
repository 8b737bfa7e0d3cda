"""Brings the books of one realm to where a sale says they should be. Desired state, plan, apply (design, idea 2).

`book` is one turn of the crank, repeated while the ground moves under it (another writer was first, a SyncToken was
stale, a number was taken): settle what is pending -> compute the document -> compare -> write. It ends with an Outcome
or with an error that tells the lane when to come again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from services.lacks import ways
from services.orders.documents import find_created, find_document, references
from services.orders.identities import Identities
from services.orders.outcome import Outcome, Status
from services.reference import Known, Reference, Used
from shared import limits
from shared.commerce.sale import Line, Sale, Stage
from shared.links.moves import after_write
from shared.links.state import Booked, Held, Intent, LinkState, SnapshotRef
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import Done, Write, Writer
from shared.log.signals import RetryLater
from shared.mapping.customer import CustomerNeed, customer_need
from shared.mapping.document import Document, DocumentKind
from shared.mapping.item import ItemNeed, generic_need, item_need
from shared.mapping.parked import Parked, Reason
from shared.mapping.plan import Action, Written, plan
from shared.mapping.sale import check_bookable, document_kind, sale_document
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import (
    BooksClosed,
    Missing,
    NameTaken,
    NumberTaken,
    Refused,
    StaleObject,
)
from shared.settings.loader import Loaded
from shared.settings.model import MissingItem, Settings
from shared.wire import decode

_STATUS = {Action.CREATE: Status.POSTED, Action.UPDATE: Status.UPDATED, Action.VOID: Status.VOIDED}


class Bookkeeper:
    """The books of one realm. One task at a time per sale; many sales at once."""

    def __init__(self, client: QuickBooksClient, links: RealmLinks, writer: Writer, reference: Reference) -> None:
        self._client = client
        self._links = links
        self._writer = writer
        self._reference = reference
        self._identities = Identities(links, writer, reference)

    @property
    def home_currency(self) -> str:
        """The currency that the books are kept in."""
        return self._reference.books.company.home_currency

    @property
    def ways(self) -> str:
        """What to wait for when the company's ways are in the way: see `lacking.ways`."""
        return ways(self._reference.books.company)

    def has(self, lack: str) -> bool:
        """Whether the books have now what an order lacked."""
        return self._reference.has(lack)

    async def book(self, sale: Sale, snapshot: SnapshotRef, loaded: Loaded) -> Outcome:
        """Raises Parked; Throttled, Unavailable, OutcomeUnknown, Reconnect; LogUnavailable, RetryLater."""
        key, settings = sale.source.key, loaded.settings
        done: Done | None = None
        for _ in range(limits.REPLANS):
            state, known = self._links.get(key), self._reference.known
            used: set[Used] = set()
            # In every turn: a process that was overtaken sees it when it has lost, and must not put the old state back.
            if snapshot.older_than(state.snapshot):
                return _outcome(Status.STALE, sale, state.booked)
            try:
                if state.intent is not None:
                    used |= references(decode(state.intent.body.encode()))
                    done = await self._writer.settle(key, state, self._find)
                    continue
                return await self._turn(key, state, sale, snapshot, loaded, done, used)
            except (LinkLost, StaleObject):
                continue
            except NumberTaken:
                await self._number_taken(key, sale, settings, snapshot)
            except Missing as error:
                await self._reference_gone(key, used, self._link_names(sale, settings), known, error)
            except BooksClosed as error:
                raise Parked(
                    Reason.BOOKS_CLOSED,
                    f"the books are closed on {sale.placed_at.date()}: {error.detail or error.message}",
                ) from error
            except (Refused, NameTaken) as error:
                raise Parked(
                    Reason.REFUSED, f"QuickBooks refuses it ({error.code}): {error.detail or error.message}"
                ) from error
        raise RetryLater(limits.REPLAN_PAUSE_SECONDS, "the books or the log kept changing under the plan")

    async def _turn(
        self,
        key: str,
        state: LinkState,
        sale: Sale,
        snapshot: SnapshotRef,
        loaded: Loaded,
        done: Done | None,
        used: set[Used],
    ) -> Outcome:
        """`used` is filled with what the document refers to as it is written: by the time QuickBooks finds a reference
        gone, another order may have replaced it already."""
        await self._undo_if_different(key, state, sale)
        desired = await self._desired(state, sale, loaded.settings)
        if desired is not None:
            used |= references(desired.body)
        operation = plan(desired, _written(state.booked))
        if operation is None:
            newer = state.snapshot is None or state.snapshot.older_than(snapshot)
            if newer or state.held is not None:
                state = await self._links.put(key, state, held=None, snapshot=snapshot)
            # What was done for this very record is told now if the process that did it died before it could.
            ours = done is not None or snapshot.same_record(state.acted_on)
            status = _STATUS[Action(state.acted)] if ours and state.acted else Status.UNCHANGED
            return _outcome(status, sale, state.booked)
        if operation.action is Action.CREATE:
            _refuse_same_difference(state, operation.content_hash, loaded.version, sale)
        write = Write(
            operation.kind.entity,
            operation.action.value,
            operation.body,
            operation.content_hash,
            operation.total,
            operation.tax,
        )
        done = await self._writer.perform(key, state, write, self._find, snapshot=snapshot, acted="", acted_on=snapshot)
        await self._undo_if_different(key, done.state, sale)
        return _outcome(_STATUS[operation.action], sale, done.state.booked)

    async def _desired(self, state: LinkState, sale: Sale, settings: Settings) -> Document | None:
        if sale.stage is Stage.CANCELLED:
            if state.booked is None:
                raise Parked(Reason.CANCELLED, "the order was cancelled before it reached the books")
            return None
        check_bookable(sale, settings, self._reference.books)
        customer, items = _needs(sale, settings, self._reference)
        booked = state.booked
        standing = booked is not None and not booked.voided
        kind = _kind(booked) if standing and booked is not None else document_kind(settings.sales)

        def document(customer_id: str, ids: Mapping[Line, str]) -> Document:
            return sale_document(
                sale,
                settings,
                self._reference.books,
                kind=kind,
                customer=customer_id,
                items=ids,
                attempt=state.numbers_taken,
            )

        document("", dict.fromkeys(items, ""))  # whatever parks the sale does so before anything is made for it
        ids = {line: await self._identities.item(need, settings.items) for line, need in items.items()}
        return document(await self._identities.customer(customer), ids)

    async def _undo_if_different(self, key: str, state: LinkState, sale: Sale) -> None:
        """The identity on the answer. A document that came out otherwise is voided at once and the sale is parked; the
        difference stands in the link, so that a crash in between changes nothing of that."""
        booked = state.booked
        if booked is None or booked.voided or not booked.difference:
            return
        void = plan(None, _written(booked))
        if void is not None:
            write = Write(void.kind.entity, void.action.value, void.body)
            await self._writer.perform(key, state, write, self._find)
        raise _differs(booked, sale)

    async def _number_taken(self, key: str, sale: Sale, settings: Settings, snapshot: SnapshotRef) -> None:
        """6140: perhaps the number is on our own document, which QuickBooks' memory of requests has forgotten."""
        state = self._links.get(key)
        desired = await self._desired(state, sale, settings)
        if desired is None:
            return
        number = str(desired.body.get("DocNumber", ""))
        ours = f"{sale.source.connection}:order:"
        known = any(
            link.booked and link.booked.number == number for other, link in self._links.scan(ours) if other != key
        )
        found = None if known else await find_created(self._client, desired.kind.entity, desired.body)
        if found is None:
            await self._links.put(key, state, numbers_taken=state.numbers_taken + 1)
            return
        booked = Booked(
            entity=desired.kind.entity,
            id=str(found["Id"]),
            sync_token=str(found["SyncToken"]),
            content_hash="",  # unknown: the next turn writes it as it should be
            requestid="",
            total=desired.total,
            number=str(found.get("DocNumber", "")),
            moves=after_write(None, "create", desired.kind.entity, found),
        )
        await self._links.put(key, state, booked=booked, snapshot=snapshot)

    async def _reference_gone(
        self, key: str, used: Collection[Used], links: Collection[str], known: Known, error: Missing
    ) -> None:
        """610 or 2500: the document itself was deleted, or an item or customer was made inactive."""
        booked = self._links.get(key).booked
        if booked is not None and not booked.voided:
            try:
                await self._client.read(booked.entity, booked.id)
            except Missing as gone:
                raise Parked(
                    Reason.DOCUMENT_GONE, f"{booked.entity} {booked.number or booked.id} was deleted in QuickBooks"
                ) from gone
        if not await self._identities.forget_gone(used, links, known):
            raise Parked(
                Reason.REFUSED, f"QuickBooks misses something ({error.code}): {error.detail or error.message}"
            ) from error

    def _link_names(self, sale: Sale, settings: Settings) -> list[str]:
        """The links that the sale's document may refer to; the generic item may stand for any other."""
        customer, items = _needs(sale, settings, self._reference)
        names = [f"customer:{customer.key}", *(f"item:{need.key}" for need in items.values())]
        if settings.items.missing is MissingItem.GENERIC:
            names.append(f"item:{generic_need(settings.items).key}")
        return names

    async def _find(self, intent: Intent) -> Mapping[str, Any] | None:
        return await find_document(self._client, intent)

    async def finish(self, key: str) -> None:
        """Ends a standing intent of a sale that can't be read any more: what was sent may be in the books.

        Raises as `book`; an intent that QuickBooks certainly refuses is withdrawn, and that is its end."""
        state = self._links.get(key)
        if state.intent is None:
            return
        try:
            await self._writer.settle(key, state, self._find)
        except (StaleObject, NumberTaken, NameTaken, Missing, BooksClosed, Refused):
            return

    async def hold(self, key: str, snapshot: SnapshotRef, held: Held) -> None:
        """Records why the sale waits, unless that stands there already."""
        state = self._links.get(key)
        if snapshot.older_than(state.snapshot):
            return
        if state.held is not None and state.snapshot is not None:
            same = state.held.model_copy(update={"since": held.since}) == held
            if same and snapshot.same_record(state.snapshot):
                return
        await self._links.put(key, state, held=held, snapshot=snapshot)


def _differs(booked: Booked, sale: Sale) -> Parked:
    return Parked(
        Reason.BOOKS_DIFFER,
        f"QuickBooks' sum was off by {booked.difference} {sale.currency} (it should be {booked.total}); "
        "the document was voided",
    )


def _refuse_same_difference(state: LinkState, content_hash: str, version: str, sale: Sale) -> None:
    """Raises Parked when just this content was voided for its difference under these settings: a replay, or a restart
    between the voiding and the parking."""
    booked, held = state.booked, state.held
    same = booked is not None and booked.voided and booked.difference and booked.content_hash == content_hash
    if booked is not None and same and (held is None or held.settings == version):
        raise _differs(booked, sale)


def _needs(sale: Sale, settings: Settings, reference: Reference) -> tuple[CustomerNeed, dict[Line, ItemNeed]]:
    customer = customer_need(sale, settings.customers, reference.books.company)
    return customer, {line: item_need(line, settings.items) for line in sale.lines}


def _kind(booked: Booked) -> DocumentKind:
    return next(kind for kind in DocumentKind if kind.entity == booked.entity)


def _written(booked: Booked | None) -> Written | None:
    if booked is None:
        return None
    return Written(_kind(booked), booked.id, booked.sync_token, booked.content_hash, booked.voided)


def _outcome(status: Status, sale: Sale, booked: Booked | None) -> Outcome:
    return Outcome(
        status=status,
        order=sale.source.entity_id,
        number=sale.source.number,
        entity=booked.entity if booked else "",
        id=booked.id if booked else "",
        document_number=booked.number if booked else "",
        currency=sale.currency,
        total=sale.total,
        tax=sale.tax,
        notes=sale.notes,
    )
