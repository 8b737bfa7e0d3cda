"""A small model of the books, the shop and what lies between them, for one SKU. It knows the true order of everything;
the code under test is told only what Bookbridge would know, late, twice, out of order or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.commerce.stock import (
    Deducts,
    Move,
    MoveKind,
    OnHand,
    OrderStock,
    Pieces,
    Product,
    Seen,
    SourceRow,
    Span,
    Standing,
    StockCase,
)
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.mapping.stock.quantity import decide
from shared.mapping.stock.rules import Returns, StockRules

Decide = Callable[[StockCase, StockRules], StockDecision]


@dataclass
class Write:
    """One of our writes to the books: planned, then perhaps carried out (`step` is its place in the true order), then
    perhaps known to be. Units it takes off; negative gives back."""

    order: int
    kind: MoveKind
    units: int
    since: datetime
    at: datetime | None = None
    step: int = 0
    known: bool = False

    def move(self) -> Move:
        when = Span.second(self.at) if self.known and self.at else Span.pending(self.since)
        return Move(f"{self.kind} {self.order}", self.kind, Decimal(self.units), when)


@dataclass
class Order:
    """An order in the shop. `version` grows with each change."""

    ordered: int
    cancelled: int = 0
    shipped: int = 0
    refunded: int = 0
    released: int = 0
    version: int = 0

    @property
    def open(self) -> int:
        return self.ordered - self.cancelled - self.shipped - self.released

    def pieces(self) -> Pieces:
        return Pieces(
            Decimal(self.ordered),
            Decimal(self.cancelled),
            Decimal(self.shipped),
            Decimal(self.refunded),
            Decimal(self.released),
        )


@dataclass
class Look:
    """The books as they were at a moment of their clock; `step` is its place in the true order."""

    on_hand: int
    at: datetime
    step: int


@dataclass
class TwoSystems:
    """The world. `decide` is the code under test, under these rules."""

    decide: Decide = decide
    rules: StockRules = field(default_factory=StockRules)
    now: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)
    step: int = 0
    on_hand: int = 20
    source: int = 20
    orders: dict[int, Order] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    known: dict[int, Order] = field(default_factory=dict)  # by order: the snapshot that the code under test has
    snapshots: list[tuple[int, Order]] = field(default_factory=list)  # read, not yet arrived
    looks: list[Look] = field(default_factory=list)  # made, not yet arrived
    look: Look | None = None
    decided: int | None = None  # decided and not yet written

    # The shop

    @property
    def at_order(self) -> bool:
        """Without multi-source inventory: pieces leave the stock as soon as they are ordered, nothing is reserved."""
        return self.rules.deducts is Deducts.AT_ORDER

    def reserved(self) -> int:
        return 0 if self.at_order else sum(order.open for order in self.orders.values())

    def sellable(self) -> int:
        return self.source - self.reserved()

    def place(self, count: int) -> None:
        if count <= self.sellable():
            self.orders[len(self.orders)] = Order(count)
            self.source -= count if self.at_order else 0

    def ship(self, number: int, count: int) -> None:
        order = self.orders[number]
        count = min(count, order.open, order.open if self.at_order else self.source)
        order.shipped += count
        self.source -= 0 if self.at_order else count
        order.version += 1

    def cancel(self, number: int, count: int) -> None:
        order = self.orders[number]
        count = min(count, order.open)
        order.cancelled += count
        self.source += count if self.at_order else 0
        order.version += 1

    def refund(self, number: int, count: int, put_back: bool) -> None:
        """First what hasn't left; what isn't put back leaves the source, what is and had left comes back to it."""
        order = self.orders[number]
        count = min(count, order.ordered - order.cancelled - order.refunded)
        unshipped = min(count, order.open)
        order.released += unshipped
        order.refunded += count
        if self.at_order:
            self.source += count if put_back else 0
        else:
            self.source += count - unshipped if put_back else -unshipped
        order.version += 1

    # The books. A step of the true order for each change.

    def plan(self, number: int, returned: int = 0) -> None:
        """Our own write: the sale brought to what the known order says, or a return of pieces. One at a time."""
        mine = [write for write in self.writes if write.order == number]
        if number not in self.known or any(not write.known for write in mine):
            return
        order = self.known[number]
        sold = sum(write.units for write in mine if write.kind is MoveKind.SALE)
        back = -sum(write.units for write in mine if write.kind is MoveKind.RETURN)
        if returned:
            units = -min(returned, order.refunded - back, sold - back)
            kind = MoveKind.RETURN
        else:
            units, kind = order.ordered - order.cancelled - sold, MoveKind.SALE
        if units:
            self.writes.append(Write(number, kind, units, self.now))

    def carry_out(self, write: Write) -> None:
        if write.at is None:
            self.step += 1
            write.at, write.step = self.now, self.step
            self.on_hand -= write.units

    def learn(self, write: Write) -> None:
        write.known = write.at is not None

    def adjust(self, count: int) -> None:
        """Goods come in, are sold elsewhere, or a credit memo is entered by hand."""
        self.step += 1
        self.on_hand += count

    # Between them

    def read(self, number: int) -> None:
        self.snapshots.append((number, replace(self.orders[number])))

    def arrive(self, number: int, order: Order) -> None:
        """Older ones are known by their version and left aside."""
        if number not in self.known or order.version >= self.known[number].version:
            self.known[number] = order

    def look_at_books(self) -> None:
        self.step += 1
        self.looks.append(Look(self.on_hand, self.now, self.step))

    def seen(self, look: Look) -> None:
        if self.look is None or look.step > self.look.step:
            self.look = look

    def tick(self, milliseconds: int) -> None:
        self.now += timedelta(milliseconds=milliseconds)

    def compute(self) -> StockDecision | None:
        """The decision on what is known now, checked against the truth of the moment it speaks of."""
        if self.look is None:
            return None
        item = OnHand("7", "Mug", Decimal(self.look.on_hand), True, True, Seen.at(self.look.at))
        found = self.decide(self.case(item), self.rules)
        if found.quantity is None:
            assert found.outcome is Outcome.WAIT, found
            self.decided = None
            return found
        self.check(int(found.quantity), self.look)
        self.decided = int(found.quantity)
        return found

    def case(self, item: OnHand) -> StockCase:
        """All that is known now."""
        numbers = sorted({*self.known, *(write.order for write in self.writes)})
        orders = tuple(self._told(number) for number in numbers)
        return StockCase(Product("MUG"), (item,), orders, SourceRow("default", Decimal(self.source)))

    def _told(self, number: int) -> OrderStock:
        moves = tuple(write.move() for write in self.writes if write.order == number)
        known = self.known.get(number)
        standing = Standing.POSTED if any(w.known for w in self.writes if w.order == number) else Standing.TO_POST
        return OrderStock(str(number), str(number), standing, known.pieces() if known else None, moves)

    def check(self, quantity: int, look: Look) -> None:
        """What could be sold at the moment of the look: what the books held, less what they had yet to deduct for the
        known orders as they stand. An order that is in the books and open is subtracted once."""
        still = 0
        for number, order in self.known.items():
            mine = [write for write in self.writes if write.order == number]
            done = sum(write.units for write in mine if write.at and write.step <= look.step)
            back = -sum(write.units for write in mine if write.kind is MoveKind.RETURN)
            if self.rules.returns is Returns.AT_ONCE:
                back = order.refunded
            still += order.ordered - order.cancelled - back - done
        open_ = 0 if self.at_order else sum(order.open for order in self.known.values())
        assert quantity - open_ == max(look.on_hand - still, 0), f"{quantity} with {open_} open: {self}"

    def write(self) -> None:
        """Absolute, and perhaps long after it was decided."""
        if self.decided is not None:
            self.source, self.decided = self.decided, None

    def settle(self) -> None:
        """Everything arrives: what was sent is carried out and known, all orders are read and posted; then a look."""
        for returned in (0, 0, 100 if self.rules.returns is Returns.AT_ONCE else 0):
            for write in self.writes:
                self.carry_out(write)
                self.learn(write)
            for number, order in self.orders.items():
                self.arrive(number, replace(order))
                self.plan(number, returned)
        for write in self.writes:
            self.carry_out(write)
            self.learn(write)
        self.tick(2_000)
        self.look_at_books()
        self.seen(self.looks[-1])
        found = self.compute()
        assert found is not None
        assert found.outcome is not Outcome.WAIT, found.waits_for
        self.write()
        assert self.sellable() == max(self.on_hand, 0), f"{self}"
        for number, order in self.orders.items():
            needed = order.open
            self.ship(number, needed)
            assert order.open == 0, f"{needed} of order {number} can't be shipped: {self}"
