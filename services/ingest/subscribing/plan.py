"""Which Mage-OS subscriptions a shop should have, and what to do about those it has. Pure.

The module makes a subscription by POST, and a PUT changes its status and nothing else that matters: not the address,
not the token, and nothing removes one (mageos-async-events, etc/webapi.xml and AsyncEventRepository::save). So a wrong
address is mended by a new subscription, and removing is switching off. Nothing tells the token of one that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from yarl import URL


@dataclass(frozen=True, slots=True)
class Subscription:
    """One that the shop has."""

    id: int
    event: str
    address: str
    active: bool


class Action(StrEnum):
    """What to do about an event's subscription."""

    KEEP = "keep"
    MAKE = "make"
    SWITCH_ON = "switch on"
    SWITCH_OFF = "switch off"
    LEAVE = "leave"  # it is not as it should be, but only a person can know


@dataclass(frozen=True, slots=True)
class Step:
    """One subscription and what becomes of it. `id` is None for one to be made; `why` says what a person would ask."""

    action: Action
    event: str
    address: str
    id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connection wants to hear, and where: `base` is our public address without a slash at the end."""

    connection: str
    base: str
    events: Sequence[str]

    def address(self, event: str) -> str:
        return f"{self.base}{self._path}{event}"

    @property
    def _path(self) -> str:
        return f"/webhooks/{self.connection}/mageos/"

    def is_here(self, address: str) -> bool:
        """Whether an address is one of this connection at our public address."""
        return _starts(address, self.base, self._path)

    def is_elsewhere(self, address: str) -> bool:
        """Whether it is one of this connection at another public address: a former one, or another deployment's."""
        place, found, event = address.partition(self._path)
        return bool(found and place and event) and "/" not in event and not self.is_here(address)


def plan(wanted: Wanted, found: Sequence[Subscription], *, prune: bool = False, renew: bool = False) -> list[Step]:
    """What to do, in the order of the events. Doing it and planning again gives nothing but KEEP and LEAVE.

    `prune`: switch off what is ours and not wanted, instead of leaving it. `renew`: make all anew, with the token of
    now, and switch the former ones off. Subscriptions of others are never touched.
    """
    steps: list[Step] = []
    for event in wanted.events:
        steps += _event(event, wanted.address(event), found, renew=renew)
    done = {step.id for step in steps}
    steps += _others(wanted, [one for one in found if one.active and one.id not in done], prune=prune)
    return steps


def _event(event: str, address: str, found: Sequence[Subscription], *, renew: bool) -> Iterator[Step]:
    """One active subscription at the right address, and no second one."""
    right = sorted((it for it in found if it.event == event and _same(it.address, address)), key=lambda it: it.id)
    active = [it for it in right if it.active]
    if renew or not right:
        yield Step(Action.MAKE, event, address)
        for former in active:
            yield Step(Action.SWITCH_OFF, event, former.address, former.id, "its token may be a former one")
        return
    if not active:
        # The newest: an older one was switched off because its token or address was a former one.
        yield Step(Action.SWITCH_ON, event, address, right[-1].id, "it was off")
        return
    yield Step(Action.KEEP, event, address, active[-1].id)
    for second in active[:-1]:
        yield Step(Action.SWITCH_OFF, event, second.address, second.id, "it tells everything a second time")


def _others(wanted: Wanted, active: Sequence[Subscription], *, prune: bool) -> Iterator[Step]:
    needless = Action.SWITCH_OFF if prune else Action.LEAVE
    for one in active:
        if wanted.is_here(one.address):
            if _same(one.address, wanted.address(one.event)):
                yield Step(needless, one.event, one.address, one.id, "Bookbridge has no use for this event")
            else:
                # What it tells can't be understood: the address says which event it is.
                yield Step(Action.SWITCH_OFF, one.event, one.address, one.id, "the address is that of another event")
        elif wanted.is_elsewhere(one.address):
            yield Step(needless, one.event, one.address, one.id, "it goes to another address of this connection")


def _same(address: str, other: str) -> bool:
    """Whether two addresses are one: scheme and host ignore case, a scheme's own port may be left out."""
    if address == other:
        return True
    try:
        return URL(address) == URL(other)
    except ValueError:  # of other modules: names of queues, ARNs
        return False


def _starts(address: str, base: str, path: str) -> bool:
    try:
        found, ours = URL(address), URL(base + path)
        return found.origin() == ours.origin() and found.raw_path.startswith(ours.raw_path)
    except ValueError:
        return False
