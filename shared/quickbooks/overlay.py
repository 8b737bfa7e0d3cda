"""Objects that this process wrote itself, over what the topic of lists says, until it says so too. In memory."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from shared.quickbooks.listed import Listed, words

_Key = tuple[str, str]  # entity and Id


class Overlay:
    """Over the bound the oldest goes: QuickBooks' own check of names finds what is forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._objects: dict[_Key, tuple[Listed, Mapping[str, Any]]] = {}
        self._called: dict[_Key, set[str]] = {}  # entity and word -> Ids

    def put(self, version: Listed, document: Mapping[str, Any]) -> None:
        """Unless a later version of it lies here."""
        key = (version.entity, version.id)
        before = self._objects.get(key)
        if before is not None and version.older_than(before[0]):
            return
        self._drop(key)
        if len(self._objects) >= self._most:
            self._drop(next(iter(self._objects)))
        self._objects[key] = (version, document)
        for word in words(version.entity, document):
            self._called.setdefault((version.entity, word), set()).add(version.id)

    def overtaken(self, told: Listed) -> None:
        """The topic has this version: what is not newer goes."""
        key = (told.entity, told.id)
        mine = self._objects.get(key)
        if mine is not None and not told.older_than(mine[0]):
            self._drop(key)

    def get(self, entity: str, number: str) -> Mapping[str, Any] | None:
        """The object of this Id."""
        found = self._objects.get((entity, number))
        return None if found is None else found[1]

    def called(self, entity: str, word: str) -> dict[str, Mapping[str, Any]]:
        """The objects of this word (shared.quickbooks.listed.words), by Id."""
        return {number: self._objects[entity, number][1] for number in self._called.get((entity, word), ())}

    def others(self, entity: str, told: Container[str]) -> list[Mapping[str, Any]]:
        """The objects whose Ids aren't among those."""
        return [found[1] for (kind, number), found in self._objects.items() if kind == entity and number not in told]

    def __len__(self) -> int:
        return len(self._objects)

    def _drop(self, key: _Key) -> None:
        found = self._objects.pop(key, None)
        if found is None:
            return
        entity, number = key
        for word in words(entity, found[1]):
            ids = self._called[entity, word]
            ids.discard(number)
            if not ids:
                del self._called[entity, word]
