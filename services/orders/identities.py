"""The customer and the items that a sale refers to: known, found in the books, or created once.

Each has a link of its own (`realm:customer:key`, `realm:item:key`), written under an intent like a document. One task
at a time works on a key; the realm has one owner; so two orders of a new customer make one customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from services.items import ItemKeeper, booked_as
from services.locks import KeyLocks
from services.reference import Known, Reference, Used, fits_customer
from shared.links.state import Intent, LinkState
from shared.links.store import RealmLinks
from shared.links.writer import Write, Writer
from shared.mapping.customer import CustomerNeed
from shared.mapping.item import ItemNeed, generic_need, item_body
from shared.mapping.parked import Parked, Reason
from shared.quickbooks.faults import NameTaken
from shared.quickbooks.listed import email_of
from shared.settings.model import Items, MissingItem
from shared.wire import decode


class Identities:
    """Customers and items of one realm."""

    def __init__(self, links: RealmLinks, writer: Writer, reference: Reference) -> None:
        self._links = links
        self._writer = writer
        self._reference = reference
        self._locks = KeyLocks()
        self._items = ItemKeeper(links, writer, reference, self._locks)

    async def customer(self, need: CustomerNeed) -> str:
        """The customer's Id. Raises Parked when all its names are other people's, and what Writer raises."""
        key = f"{self._links.realm}:customer:{need.key}"
        async with self._locks.hold(key):
            state = await self._settled(key)
            if state.booked is not None:
                return state.booked.id
            if (known := self._reference.customer(need)) is not None:
                async with self._locks.hold(
                    f"customer {known['Id']}"
                ):  # two buyers, one name, one customer without mail
                    if not self._is_anothers(key, known, need):
                        return await self._adopt(key, state, known)
            for name in need.names[state.numbers_taken :]:
                async with self._locks.hold(f"customer named {name.lower()}"):  # two new customers, one name
                    made = await self._create_customer(key, need, name)
                if made is not None:
                    return made
        raise Parked(
            Reason.NAME_TAKEN, "every name for the customer belongs to somebody else in QuickBooks", "customers"
        )

    async def item(self, need: ItemNeed, settings: Items) -> str:
        """The item's Id. Raises Parked when it is missing and may not be created, and what Writer raises."""
        key = f"{self._links.realm}:item:{need.key}"
        async with self._items.hold(key):
            if (booked := self._links.get(key).booked) is not None:  # also while the catalogue changes the item
                return booked.id
            state = await self._items.settled(key)
            if state.booked is not None:
                return state.booked.id
            if (known := self._reference.item(need)) is not None:
                return await self._items.adopt(key, state, known)
            if not need.create and need.sku and (late := await self._reference.find_item_by_sku(need.sku)) is not None:
                self._reference.add_item(late)
                return await self._items.adopt(key, state, late)
            if need.create or settings.missing is not MissingItem.GENERIC:
                return await self._create_item(key, state, need, settings)
        return await self.item(generic_need(settings), settings)

    async def forget_gone(self, used: Collection[Used], links: Collection[str], known: Known) -> bool:
        """After a reference turned out missing: has it read anew, and forgets those of the links (names without the
        realm) that lead to what is no longer active.

        `used` is what the refused document referred to, planned by what was `known`. True when any of it is gone, or a
        list has changed: then a new try differs, though another order with the same trouble may have replaced it before
        us. Raises RetryLater, LogUnavailable.
        """
        await self._reference.reload(used, known)
        gone = {one for one in used if not self._reference.knows(*one)}
        for name in links:
            key = f"{self._links.realm}:{name}"
            async with self._locks.hold(key):
                state = self._links.get(key)
                if state.booked is not None and (state.booked.entity, state.booked.id) in gone:
                    await self._links.put(key, state, booked=None)
        return bool(gone) or self._reference.changed(known)

    async def _create_customer(self, key: str, need: CustomerNeed, name: str) -> str | None:
        """The Id, or None when the name is somebody else's."""
        if self._reference.customer_named(name) is not None:
            return None  # as we know without asking
        state = self._links.get(key)
        try:
            write = Write("Customer", "create", need.with_name(name))
            done = await self._writer.perform(key, state, write, self._find_customer)
        except NameTaken:
            state = self._links.get(key)
            other = await self._reference.find_customer(name)
            fits = other is not None and fits_customer(other, need, self._reference.books.company)
            if other is not None and fits and not self._is_anothers(key, other, need):
                self._reference.add_customer(other)
                return await self._adopt(key, state, other)
            await self._next_name(key, state)
            return None
        self._reference.add_customer(done.answer)
        return str(done.answer["Id"])

    def _is_anothers(self, key: str, row: Mapping[str, Any], need: CustomerNeed) -> bool:
        """Whether a customer without an e-mail, found by name, stands for another buyer of that name already."""
        if not need.email or email_of(row):
            return False
        number = str(row["Id"])
        buyers = self._links.scan(f"{self._links.realm}:customer:email:")
        return any(link.booked is not None and link.booked.id == number for other, link in buyers if other != key)

    async def _create_item(self, key: str, state: LinkState, need: ItemNeed, settings: Items) -> str:
        for name in need.names[state.numbers_taken :]:
            body = item_body(need, name, settings, self._reference.books)
            made = await self._items.create(key, body, lambda row: _fits_item(row, need))
            if made is not None:
                return made
        raise Parked(
            Reason.NAME_TAKEN, f"every name for the item {need.sku or need.name!r} is taken in QuickBooks", "items"
        )

    async def _settled(self, key: str) -> LinkState:
        """The link of a customer without an intent."""
        state = self._links.get(key)
        if state.intent is None:
            return state
        try:
            done = await self._writer.settle(key, state, self._find_customer)
        except NameTaken:
            return self._links.get(key)
        self._reference.add_customer(done.answer)
        return done.state

    async def _adopt(self, key: str, state: LinkState, row: Mapping[str, Any]) -> str:
        await self._links.put(key, state, booked=booked_as("Customer", row))
        return str(row["Id"])

    async def _next_name(self, key: str, state: LinkState) -> None:
        await self._links.put(key, state, numbers_taken=state.numbers_taken + 1)

    async def _find_customer(self, intent: Intent) -> Mapping[str, Any] | None:
        body = decode(intent.body.encode())
        row = await self._reference.find_customer(body["DisplayName"])
        wanted = (body.get("PrimaryEmailAddr") or {}).get("Address", "").lower()
        found = row is not None and (row.get("PrimaryEmailAddr") or {}).get("Address", "").lower() == wanted
        return row if found else None


def _fits_item(row: Mapping[str, Any], need: ItemNeed) -> bool:
    """Whether an item found by name may stand for the need: active, and not another SKU's."""
    same = not need.sku or str(row.get("Sku") or "").lower() in ("", need.sku.lower())
    return bool(row.get("Active", True)) and same and row.get("Type") != "Category"
