"""Readings of lists that other services asked for, and what is due. Pure.

An ask is a command's: it names whole lists, or single objects. What was asked for is kept in a cursor until it is done,
since the command itself is passed at once: it would hold up others of the company for as long as a list is long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared import limits
from shared.quickbooks.listed import ENTITIES, SINGLE


class BadAsk(ValueError):
    """The command names no list, or too many objects."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Whole lists to be read, and single objects by entity and Id. `command` is the offset that asked."""

    command: int
    entities: frozenset[str] = frozenset()
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """For the cursor."""
        ids = {entity: sorted(numbers) for entity, numbers in self.ids.items()}
        return {"command": self.command, "entities": sorted(self.entities), "ids": ids}


def ask_of(document: Mapping[str, Any], command: int) -> Ask:
    """From a command or a cursor; without any name all lists are meant. Raises BadAsk."""
    entities, ids = document.get("entities", []), document.get("ids", {})
    if not isinstance(entities, list) or not isinstance(ids, dict):
        raise BadAsk("entities is a list of names, ids an object of lists")
    if unknown := [str(name) for name in (*entities, *ids) if name not in ENTITIES]:
        raise BadAsk(f"no such list: {', '.join(unknown)}")
    chosen = {entity: frozenset(map(str, numbers)) for entity, numbers in ids.items() if numbers}
    if any(entity in SINGLE for entity in chosen) or sum(map(len, chosen.values())) > limits.LISTS_ASK_IDS:
        raise BadAsk(f"at most {limits.LISTS_ASK_IDS} objects, of lists that have several")
    if not entities and not chosen:
        return Ask(command, frozenset(ENTITIES))
    return Ask(command, frozenset(entities), chosen)


def together(asks: Iterable[Ask]) -> Ask | None:
    """One ask for all; None for none. A list that is read as a whole needs no single objects."""
    found = list(asks)
    if not found:
        return None
    entities = frozenset[str]().union(*(ask.entities for ask in found))
    ids: dict[str, frozenset[str]] = {}
    for ask in found:
        for entity, numbers in ask.ids.items():
            if entity not in entities:
                ids[entity] = ids.get(entity, frozenset()) | numbers
    return Ask(max(ask.command for ask in found), entities, ids)


def with_ask(waiting: Iterable[Ask], answered: int, new: Ask) -> list[Ask]:
    """Those that wait, by command, with one more; a command that comes twice counts once. Too many become one."""
    kept = {ask.command: ask for ask in waiting if ask.command > answered}
    kept[new.command] = new
    if len(kept) <= limits.LISTS_ASKS:
        return [kept[command] for command in sorted(kept)]
    all_of_them = together(kept.values())
    assert all_of_them is not None  # noqa: S101 - one was just put in
    return [Ask(all_of_them.command, all_of_them.entities | all_of_them.ids.keys())]


def due(read_at: Mapping[str, datetime], now: datetime, refresh: timedelta) -> list[str]:
    """The lists to be read now, in the order of reading: those never read, and those read too long ago."""
    return [entity for entity in ENTITIES if (at := read_at.get(entity)) is None or at + refresh <= now]
