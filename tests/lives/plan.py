"""What happens to one SKU and its orders: a list of steps, drawn from a number. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class What(StrEnum):
    """One step. All but the last two concern an order; where none allows it, the step is passed over."""

    PLACE = "place"
    INVOICE = "invoice"
    SHIP = "ship"
    CANCEL = "cancel"
    REFUND = "refund"
    MEMO = "memo"  # what came back is entered in the books by hand, as a credit memo
    VOID = "void"  # its document in the books is made void by hand, whatever the order is
    RECEIVE = "receive"  # goods come in
    ADJUST = "adjust"  # a count finds more or fewer


# Orders in the middle of their lives are what stock is difficult for, so most steps are theirs.
_OFTEN = {
    What.PLACE: 5,
    What.INVOICE: 4,
    What.SHIP: 5,
    What.CANCEL: 2,
    What.REFUND: 3,
    What.MEMO: 2,
    What.VOID: 1,
    What.RECEIVE: 2,
    What.ADJUST: 2,
}
_STEPS = (4, 10)
_PAUSE_SECONDS = 1.2
_LONG_PAUSE_SECONDS = 4.0  # after which most of what happened is known everywhere
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Step:
    """`pause`: seconds before it. `which`: of the orders that allow it, counted round. `flag`: what is refunded goes
    back into the shop's stock."""

    what: What
    pause: float
    which: int
    count: int
    flag: bool

    def __str__(self) -> str:
        text = f"{self.pause:4.1f} s  {self.what:<8}"
        if self.what in (What.PLACE, What.RECEIVE, What.ADJUST):
            return f"{text} {self.count:+d}"
        back = ", back into stock" if self.what is What.REFUND and self.flag else ""
        return f"{text} {self.count} of order {self.which}{back}"


@dataclass(frozen=True, slots=True)
class Life:
    """`scarce`: there are hardly enough pieces, and counts are small. Else goods come and go by hundreds, so that no
    sum of orders can be taken for a change of what is there."""

    seed: int
    opening: int
    scarce: bool
    steps: tuple[Step, ...]
    variant: int = 0  # of a life that is looked into: which steps are left out

    @property
    def sku(self) -> str:
        return f"LIFE-{self.seed}" + (f".{self.variant}" if self.variant else "")

    def without(self, begin: int, count: int) -> Life:
        return replace(self, steps=self.steps[:begin] + self.steps[begin + count :])


def life_of(seed: int) -> Life:
    """The same for the same number."""
    chance = random.Random(seed)
    scarce = chance.random() < 0.4
    opening = chance.randint(1, 8) if scarce else _HUNDRED * chance.randint(1, 3)
    whats = chance.choices(list(_OFTEN), list(_OFTEN.values()), k=chance.randint(*_STEPS))
    whats.insert(0, What.PLACE)
    return Life(seed, opening, scarce, tuple(_step(what, chance, scarce) for what in whats))


def _step(what: What, chance: random.Random, scarce: bool) -> Step:
    pause = chance.choice((0.0, chance.uniform(0, _PAUSE_SECONDS), chance.uniform(0, _LONG_PAUSE_SECONDS)))
    count = chance.randint(1, 4)
    if what in (What.RECEIVE, What.ADJUST):
        count = chance.randint(1, 6) if scarce else _HUNDRED * chance.randint(1, 3)
        if what is What.ADJUST and chance.random() < 0.5:
            count = -count if scarce else -_HUNDRED
    return Step(what, round(pause, 1), chance.randrange(4), count, chance.random() < 0.6)


def shorter(life: Life) -> Iterator[Life]:
    """The life with some steps in a row left out, the longest parts first."""
    count = len(life.steps)
    for length in sorted({count // 2, count // 4, 1} - {0}, reverse=True):
        for begin in range(0, count - length + 1, length):
            yield life.without(begin, length)
