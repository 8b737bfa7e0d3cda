"""What is done about one product: its item is made, taken over, changed, made inactive or active, or left. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from shared.commerce.product import Product
from shared.mapping.catalog import fields
from shared.mapping.catalog.choosing import may_be_made
from shared.mapping.catalog.content import QUICKBOOKS_TYPE, Contents
from shared.mapping.catalog.differing import Difference, differences
from shared.mapping.catalog.matching import EVIDENCE_WORDS, Match, Standing, Undecided
from shared.mapping.catalog.naming import Names
from shared.mapping.catalog.plan import ConflictKind, Drift, ItemOperation, OperationKind, SkipReason
from shared.mapping.catalog.report import Report
from shared.mapping.catalog.standing import BooksItem
from shared.mapping.identity import SkuIdentity
from shared.mapping.text import same_name
from shared.settings.model import ItemMatch, Settings
from shared.settings.products import ItemType, Leaving, Owner
from shared.wire import encode_canonical


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product that needs an item."""

    product: Product
    identity: SkuIdentity
    item_type: ItemType


class Decider:
    """Decides about one product at a time, and reports it. All methods raise Undecided."""

    def __init__(self, settings: Settings, contents: Contents, standing: Standing, report: Report) -> None:
        self._settings = settings.products
        self._match = settings.items.match
        self._owners = fields.owners_of(settings.products.owners, settings.items.match)
        self._contents = contents
        self._standing = standing
        self._report = report

    def create(self, one: Wanted, names: Names) -> None:
        """The product has no item."""
        values = self._contents.values(one.product, one.identity)
        values = {field: value for field, value in values.items() if self._owners[field] is not Owner.BOOKS}
        extra: dict[str, Any] = {"Type": QUICKBOOKS_TYPE[one.item_type]}
        if one.item_type is ItemType.INVENTORY:
            extra |= self._contents.inventory(one.product)
        values[fields.INCOME] = self._contents.account_id(self._contents.income(one.product))
        if one.item_type is ItemType.INVENTORY or fields.COST in values or fields.PURCHASE_DESCRIPTION in values:
            values[fields.EXPENSE] = self._contents.account_id(self._contents.expense(one.product))
        if self._owners[fields.PARENT] is not Owner.BOOKS and (
            parent := self._contents.category(one.product, needed=True)
        ):
            values[fields.PARENT] = parent
        best = names.candidates(one.product, one.identity)[0]
        name = names.take(one.product, one.identity)
        if name is None:
            raise Undecided(ConflictKind.NAME_TAKEN, f"every name for an item is taken, {best!r} among them")
        why = "no item has this SKU" if self._match is ItemMatch.SKU else "no item is called like this SKU"
        self._report.operations.append(
            ItemOperation(
                link_key=self._standing.link_key(one.identity),
                product_link=self._standing.product_link(one.product),
                kind=OperationKind.CREATE,
                product=one.product.key,
                sku=one.product.sku,
                item_id=None,
                body={fields.NAME: name, **extra, **fields.as_body(values)},
                reason=why if name == best else f"{why}; the name {best!r} is another's",
                content_hash=self._hash(one, names),
                replaces=self._standing.leads_to(one.identity),
            )
        )

    def change(self, one: Wanted, match: Match, names: Names) -> None:
        """The product has this item."""
        product, item = one.product, match.item
        if not may_be_made(product, self._settings) and self._leave_disabled(one, match):
            return
        if item.type == "Group":
            text = "its item is a bundle in QuickBooks, which can't be changed or sold through the interface"
            raise Undecided(ConflictKind.ITEM_IS_BUNDLE, text, (item.id,))
        if not item.active and not self._settings.revive:
            self._report.skip(product, SkipReason.LEFT_INACTIVE)
            return
        values = self._contents.values(product, one.identity)
        found = differences(one.product, item, values, self._owners, self._contents)
        found += self._name(one, item, names)
        self._refuse_second(one, match, found)
        content_hash = self._hash(one, names)
        changes = {difference.field: difference.wanted for difference in found if difference.restored}
        shop_changed = match.own is not None and match.own.content_hash != content_hash
        for difference in found:
            if not (difference.restored and shop_changed):
                self._report.drift.append(_drift(product, item, difference))
        becomes = self._conversion(one, item)
        if not becomes:
            self._type_drift(one, item)
        said = [difference.words() for difference in found if difference.restored]
        said += [f"type: {item.type} -> {becomes['Type']}"] if becomes else []
        self._change(one, match, becomes | fields.as_body(changes), content_hash, "; ".join(said))

    def _change(self, one: Wanted, match: Match, body: dict[str, Any], content_hash: str, said: str) -> None:
        item = match.item
        if not item.active:
            kind, why = OperationKind.REACTIVATE, "the shop offers its product"
            body |= {"Active": True, **self._revived_name(item, body)}
        elif match.own is None:
            kind, why = OperationKind.ADOPT, EVIDENCE_WORDS[match.evidence]
        elif self._standing.leads_to(one.identity) != item.id:
            kind, why = (OperationKind.UPDATE if body else OperationKind.ADOPT), "the product's SKU was changed"
        elif body:
            kind, why = OperationKind.UPDATE, ""
        else:
            self._report.unchanged += 1
            return
        if body:
            body = {"Id": item.id, "SyncToken": item.sync_token, "sparse": True, **body}
        reason = "; ".join(part for part in (why, said) if part)
        self._report.operations.append(
            ItemOperation(
                link_key=self._standing.link_key(one.identity),
                product_link=self._standing.product_link(one.product),
                kind=kind,
                product=one.product.key,
                sku=one.product.sku,
                item_id=item.id,
                body=body,
                reason=reason,
                content_hash=content_hash,
                replaces=self._replaces(one, item),
            )
        )

    def _replaces(self, one: Wanted, item: BooksItem) -> str | None:
        led = self._standing.leads_to(one.identity)
        return None if led == item.id else led

    def deactivate(self, product: Product, item: BooksItem, why: str) -> None:
        """The product is no longer offered. Pieces on hand would be written off with the item (recalled), so with any
        it is left for people."""
        if item.on_hand:
            text = "pieces are on hand in QuickBooks, so the item isn't made inactive: adjust them to 0 first"
            raise Undecided(ConflictKind.ON_HAND, text)
        body = {"Id": item.id, "SyncToken": item.sync_token, "sparse": True, "Active": False}
        link = self._standing.product_link(product)
        self._report.operations.append(
            ItemOperation(
                link_key=link,
                product_link=link,
                kind=OperationKind.DEACTIVATE,
                product=product.key,
                sku=product.sku or item.sku,
                item_id=item.id,
                body=body,
                reason=why,
                content_hash="",
            )
        )

    def _leave_disabled(self, one: Wanted, match: Match) -> bool:
        """Whether that is all about a product that the shop disabled. An item that the catalogue hasn't linked to it is
        people's: it is left as it is."""
        if match.own is None or not match.item.active:
            self._report.skip(one.product, SkipReason.DISABLED)
            return True
        if self._settings.disabled is Leaving.KEEP:
            return False
        self.deactivate(one.product, match.item, "the shop disabled it")
        return True

    def _name(self, one: Wanted, item: BooksItem, names: Names) -> list[Difference]:
        standing = str(fields.standing_value(item, fields.NAME))
        candidates = names.candidates(one.product, one.identity)
        owned = self._owners[fields.NAME] is Owner.SHOP
        same = next((name for name in candidates if same_name(name) == same_name(standing)), None)
        if same is not None:
            respelt = owned and same != standing and self._standing.may_be_called(item, same)
            return [Difference(fields.NAME, same, standing, same, standing, owned)] if respelt else []
        free = names.take(one.product, one.identity) if owned else candidates[0]
        if free is None and self._match is ItemMatch.NAME:
            raise Undecided(ConflictKind.NAME_TAKEN, f"another item is called {candidates[0]!r}", (item.id,))
        return [] if free is None else [Difference(fields.NAME, free, standing, free, standing, owned)]

    def _revived_name(self, item: BooksItem, body: dict[str, Any]) -> dict[str, str]:
        """The name without what QuickBooks put behind it, unless that is another item's by now."""
        name = str(fields.standing_value(item, fields.NAME))
        wanted = name != item.name and fields.NAME not in body
        return {fields.NAME: name} if wanted and self._standing.may_be_called(item, name) else {}

    def _refuse_second(self, one: Wanted, match: Match, found: list[Difference]) -> None:
        """A product that was renamed to the SKU of somebody's item would leave two active items with it."""
        renamed = any(each.field == fields.SKU and each.restored and each.standing for each in found)
        if renamed and match.own is not None and (rival := self._standing.rival(one.identity, match.item)) is not None:
            text = "the product was renamed to the SKU of another active item: make that inactive, or give it another"
            raise Undecided(ConflictKind.ITEM_AMBIGUOUS, text, (match.item.id, rival.id))

    def _conversion(self, one: Wanted, item: BooksItem) -> dict[str, Any]:
        """What makes an item one whose quantity QuickBooks counts, where settings want that: there is no way back
        (reference, section 8). Without a day from which the pieces count it isn't done: QuickBooks takes no document
        with the item of an earlier one."""
        possible = item.type in ("NonInventory", "Service") and one.item_type is ItemType.INVENTORY
        if not (possible and self._settings.convert):
            return {}
        if self._settings.opening_date is None:
            text = "its item can only become an inventory item as of a day, and products.opening_date names none"
            raise Undecided(ConflictKind.NO_OPENING_DATE, text, (item.id,), setting="products.opening_date")
        body = {"Type": QUICKBOOKS_TYPE[ItemType.INVENTORY], **self._contents.inventory(one.product)}
        accounts = ((fields.INCOME, self._contents.income), (fields.EXPENSE, self._contents.expense))
        for field, account in accounts:
            if not fields.standing_value(item, field):
                body[field] = {"value": self._contents.account_id(account(one.product))}
        return body

    def _type_drift(self, one: Wanted, item: BooksItem) -> None:
        wanted = QUICKBOOKS_TYPE[one.item_type]
        if item.type != wanted:
            self._report.drift.append(
                Drift(one.product.key.id, one.product.sku, item.id, "type", wanted, item.type, restored=False)
            )

    def _hash(self, one: Wanted, names: Names) -> str:
        """Of what the shop says and owns: it changes exactly when the shop wants something else."""
        said = {
            **self._contents.values(one.product, one.identity),
            fields.NAME: names.candidates(one.product, one.identity)[0],
            fields.INCOME: self._contents.income(one.product).name,
            fields.EXPENSE: self._contents.expense(one.product).name,
            fields.PARENT: self._contents.category_wanted(one.product),
        }
        owned = {field: value for field, value in said.items() if self._owners[field] is Owner.SHOP}
        return hashlib.sha256(encode_canonical(owned)).hexdigest()[:32]


def _drift(product: Product, item: BooksItem, difference: Difference) -> Drift:
    word = fields.WORDS[difference.field]
    return Drift(
        product.key.id, product.sku, item.id, word, difference.shop, difference.books, restored=difference.restored
    )
