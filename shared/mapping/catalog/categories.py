"""Categories of QuickBooks by their full names (`Light:Lamps`): which stand, and which have to be made first. Pure.

A category is an item of the type Category (reference, section 8). It is known by the link that its making left, so that
one which people renamed isn't made again, and else by its full name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import limits
from shared.mapping.catalog import fields
from shared.mapping.catalog.matching import Standing, Undecided
from shared.mapping.catalog.plan import CategoryOperation, ConflictKind, ItemOperation
from shared.mapping.text import name as legal
from shared.mapping.text import same_name

_TO_BE_MADE = "new:"
_SETTING = "products.categories"


@dataclass(frozen=True, slots=True)
class Ways:
    """What may be done. `has_any`: whether the company has categories at all; `refused`: what QuickBooks said of those
    that couldn't be made, by full name (same_name)."""

    make: bool
    has_any: bool
    refused: Mapping[str, str]


class Categories:
    """`operations` grow as categories turn out to be needed, parents first."""

    def __init__(self, standing: Standing, ways: Ways) -> None:
        self._standing = standing
        self._ways = ways
        self._operations: dict[str, CategoryOperation] = {}

    @property
    def operations(self) -> tuple[CategoryOperation, ...]:
        """What is to be done before any item can lie there."""
        return tuple(self._operations.values())

    def name(self, number: str) -> str:
        """What the category is called, as people read it."""
        item = self._standing.items.get(number)
        return number.removeprefix(_TO_BE_MADE) if item is None else item.full_name

    def of(self, wanted: str, *, needed: bool) -> str:
        """The Id of a category; of one that is to be made (only if `needed`) something in its place, see
        `is_to_be_made`. Raises Undecided when the books have none and it isn't made."""
        if not self._ways.has_any:
            text = "this company has no categories for its items: that depends on its plan and country"
            raise Undecided(ConflictKind.CATEGORIES_OFF, text, setting=_SETTING)
        parts = [legal(part, limits.ITEM_NAME_CHARS) for part in wanted.split(":")]
        found = self._standing.category(":".join(parts))
        if found is not None:
            return found
        if not (self._ways.make and needed):
            text = f"QuickBooks has no active category named {wanted!r}"
            raise Undecided(ConflictKind.CATEGORY_MISSING, text, setting=_SETTING)
        parent = ""
        for depth in range(1, len(parts) + 1):
            parent = self._one(":".join(parts[:depth]), parts[depth - 1], parent)
        return parent

    def _one(self, full_name: str, part: str, parent: str) -> str:
        if (found := self._standing.category(full_name)) is not None:
            return found
        key = same_name(full_name)
        if (why := self._ways.refused.get(key)) is not None:
            text = f"the category {full_name!r} can't be made: {why}"
            raise Undecided(ConflictKind.CATEGORY_MISSING, text, setting=_SETTING)
        if key not in self._operations:
            self._operations[key] = self._operation(full_name, part, parent)
        return _TO_BE_MADE + full_name

    def _operation(self, full_name: str, part: str, parent: str) -> CategoryOperation:
        link = self._standing.category_link(full_name)
        asleep = self._standing.sleeping_category(full_name)
        if asleep is not None:
            body: dict[str, Any] = {"Id": asleep.id, "SyncToken": asleep.sync_token, "sparse": True, "Active": True}
            if asleep.name != part:
                body["Name"] = part
            return CategoryOperation(link, full_name, "", body)
        body = {"Name": part, "Type": "Category"}
        if parent and not is_to_be_made(parent):
            body |= {"SubItem": True, "ParentRef": {"value": parent}}
        return CategoryOperation(
            link, full_name, parent.removeprefix(_TO_BE_MADE) if is_to_be_made(parent) else "", body
        )


def waits(operation: ItemOperation) -> bool:
    """Whether the item would lie in a category that isn't there yet."""
    parent = operation.body.get(fields.PARENT)
    return parent is not None and is_to_be_made(str(parent["value"]))


def is_to_be_made(number: str) -> bool:
    """Whether this stands in the place of a category that isn't there yet."""
    return number.startswith(_TO_BE_MADE)
