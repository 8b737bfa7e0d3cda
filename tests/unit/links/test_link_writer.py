"""What each answer of QuickBooks does to an intent: it ends as booked, it is withdrawn, or it stands. On a real log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.links.state import Booked, Intent, LinkState
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import Write, Writer
from shared.quickbooks.batch import BatchItem, ItemAnswer
from shared.quickbooks.faults import (
    AlreadyAccepted,
    BooksClosed,
    Missing,
    NameTaken,
    NumberTaken,
    OutcomeUnknown,
    QuickBooksError,
    Reconnect,
    Refused,
    StaleObject,
    Throttled,
    Unavailable,
)
from tests.unit.links.conftest import StoreFactory

REALM = "9130350000000001"
KEY = "shop:order:1"
CREATE = Write("SalesReceipt", "create", {"DocNumber": "1"}, "hash", Decimal("10.83"), Decimal("0.83"))
UPDATE = Write("SalesReceipt", "update", {"Id": "7", "SyncToken": "0"}, "newer", Decimal("10.83"), Decimal("0.83"))
VOID = Write("SalesReceipt", "void", {"Id": "7", "SyncToken": "0"})
DONE = {"Id": "7", "SyncToken": "0", "DocNumber": "1", "TotalAmt": Decimal("10.83")} | {
    "TxnTaxDetail": {"TotalTax": Decimal("0.83")}
}
STANDING = Booked(
    entity="SalesReceipt", id="7", sync_token="0", content_hash="hash", requestid="r", total=Decimal("10.83")
)

Answer = Mapping[str, Any] | QuickBooksError


@dataclass
class Books:
    """QuickBooks as far as the writer sees it: answers in turn, and what was sent."""

    answers: list[Answer]
    reads: list[Answer] = field(default_factory=list)
    sent: list[tuple[str, bytes, str]] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def write(
        self, path: str, body: bytes, requestid: str, guard: Callable[[], Awaitable[None]] | None = None
    ) -> dict[str, Any]:
        if self.before is not None:
            await self.before()
        if guard is not None:
            await guard()
        self.sent.append((path, body, requestid))
        return _given(self.answers)

    async def read(self, entity: str, id: str) -> dict[str, Any]:
        return _given(self.reads)

    @asynccontextmanager
    async def batch_place(self) -> AsyncIterator[None]:
        yield

    async def batch(
        self, items: Sequence[BatchItem], requestid: str, guard: Callable[[], Awaitable[None]] | None = None
    ) -> dict[str, ItemAnswer]:
        raise AssertionError("a write of its own is in no batch")


def _given(answers: list[Answer]) -> dict[str, Any]:
    answer = answers.pop(0)
    if isinstance(answer, QuickBooksError):
        raise answer
    return dict(answer)


@dataclass
class Desk:
    """A writer with its links; `found` is what a look into the books finds, `looks` how often one was made."""

    links: RealmLinks
    books: Books
    writer: Writer
    seconds: list[float]
    found: Mapping[str, Any] | None = None
    looks: int = 0

    @property
    def state(self) -> LinkState:
        return self.links.get(KEY)

    async def find(self, intent: Intent) -> Mapping[str, Any] | None:
        self.looks += 1
        return self.found

    async def perform(self, write: Write = CREATE) -> None:
        await self.writer.perform(KEY, self.state, write, self.find)

    async def settle(self) -> None:
        await self.writer.settle(KEY, self.state, self.find)


@pytest.fixture
async def open_desk(open_store: StoreFactory) -> Callable[..., Awaitable[Desk]]:
    async def opened(*answers: Answer, reads: tuple[Answer, ...] = (), name: str = "one") -> Desk:
        links, books, seconds = (await open_store(name)).of(REALM), Books(list(answers), list(reads)), [0.0]
        writer = Writer(links, books, lambda: datetime(2026, 11, 24, tzinfo=UTC), lambda: seconds[0])
        return Desk(links, books, writer, seconds)

    return opened


Open = Callable[..., Awaitable[Desk]]


async def test_an_answer_ends_the_intent_as_booked(open_desk: Open) -> None:
    desk = await open_desk(DONE)
    await desk.perform()
    state = desk.state
    assert (state.intent, state.generation) == (None, 1)
    assert state.booked is not None
    assert (state.booked.id, state.booked.number, state.booked.content_hash) == ("7", "1", "hash")
    assert state.booked.difference == 0


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"TotalAmt": Decimal("10.84")}, "0.01"),
        ({"TxnTaxDetail": {"TotalTax": 0}}, "-0.83"),
        ({"TotalAmt": None}, "-10.83"),
    ],
)
async def test_sums_that_came_out_otherwise_stand_in_the_link(
    open_desk: Open, changed: dict[str, Any], difference: str
) -> None:
    """So that a crash right behind it doesn't make a wrong document look right; a voided one keeps its reason."""
    desk = await open_desk({**DONE, **changed}, {**DONE, "SyncToken": "1", "TotalAmt": 0})
    await desk.perform()
    assert desk.state.booked is not None and desk.state.booked.difference == Decimal(difference)
    await desk.perform(VOID)
    booked = desk.state.booked
    assert booked is not None
    assert (booked.voided, booked.sync_token, booked.difference) == (True, "1", Decimal(difference))
    assert booked.content_hash == "hash"


@pytest.mark.parametrize("error", [NumberTaken, NameTaken, Missing, BooksClosed, Refused])
async def test_a_refusal_withdraws_the_intent_and_the_next_one_has_an_id_of_its_own(
    open_desk: Open, error: type[QuickBooksError]
) -> None:
    desk = await open_desk(error("1"), DONE)
    with pytest.raises(error):
        await desk.perform()
    assert (desk.state.intent, desk.state.booked, desk.state.generation) == (None, None, 1)
    await desk.perform()
    (_, _, first), (_, _, second) = desk.books.sent
    assert first != second and desk.looks == 0


@pytest.mark.parametrize("error", [Throttled, Unavailable, Reconnect])
async def test_what_was_certainly_not_done_goes_out_again_unchanged_without_a_look(
    open_desk: Open, error: type[QuickBooksError]
) -> None:
    desk = await open_desk(error("1"), error("1"), DONE)
    with pytest.raises(error):
        await desk.perform()
    assert desk.state.intent is not None
    with pytest.raises(error):
        await desk.settle()
    await desk.settle()
    assert len(set(desk.books.sent)) == 1 and len(desk.books.sent) == 3
    assert desk.looks == 0 and desk.state.intent is None


@pytest.mark.parametrize("done", [True, False])
async def test_after_a_lost_answer_the_books_are_looked_into_first(open_desk: Open, done: bool) -> None:
    desk = await open_desk(OutcomeUnknown("reply-lost"), DONE)
    with pytest.raises(OutcomeUnknown):
        await desk.perform()
    desk.found = DONE if done else None
    await desk.settle()
    assert (desk.looks, len(desk.books.sent), len(set(desk.books.sent))) == (1, 1 if done else 2, 1)
    assert desk.state.intent is None and desk.state.booked is not None and desk.state.booked.id == "7"


async def test_not_done_and_then_lost_is_looked_up(open_desk: Open) -> None:
    """The memory of "certainly not done" must not outlive the next sending."""
    desk = await open_desk(Unavailable("1"), OutcomeUnknown("2"))
    with pytest.raises(Unavailable):
        await desk.perform()
    with pytest.raises(OutcomeUnknown):
        await desk.settle()
    desk.found = DONE
    await desk.settle()
    assert (desk.looks, len(desk.books.sent)) == (1, 2)


@pytest.mark.parametrize("done", [True, False])
async def test_a_requestid_that_was_accepted_before_is_looked_up(open_desk: Open, done: bool) -> None:
    """When nothing is found the first sending may still be at work: unknown, not refused."""
    desk = await open_desk(AlreadyAccepted("600"))
    desk.found = DONE if done else None
    if done:
        await desk.perform()
        assert desk.state.booked is not None and desk.state.intent is None
        return
    with pytest.raises(OutcomeUnknown):
        await desk.perform()
    assert desk.state.intent is not None and desk.state.generation == 0


async def standing(desk: Desk) -> None:
    await desk.links.put(KEY, LinkState(), booked=STANDING)


async def test_a_stale_token_is_read_anew_for_the_next_attempt(open_desk: Open) -> None:
    desk = await open_desk(StaleObject("5010"), reads=({**DONE, "SyncToken": "4"},))
    await standing(desk)
    with pytest.raises(StaleObject):
        await desk.perform(UPDATE)
    assert desk.state.booked is not None
    assert (desk.state.intent, desk.state.generation, desk.state.booked.sync_token) == (None, 1, "4")


async def test_a_stale_token_of_a_document_that_is_gone_ends_the_intent_too(open_desk: Open) -> None:
    desk = await open_desk(StaleObject("5010"), reads=(Missing("610"),))
    await standing(desk)
    with pytest.raises(StaleObject):
        await desk.perform(UPDATE)
    assert (desk.state.intent, desk.state.generation) == (None, 1)


async def test_when_the_token_can_not_be_read_the_refused_bytes_go_out_again_without_a_look(open_desk: Open) -> None:
    """A look could take another person's change for ours."""
    desk = await open_desk(
        StaleObject("5010"), StaleObject("5010"), reads=(Unavailable("x"), {**DONE, "SyncToken": "4"})
    )
    await standing(desk)
    with pytest.raises(Unavailable):
        await desk.perform(UPDATE)
    assert desk.state.intent is not None
    with pytest.raises(StaleObject):
        await desk.settle()
    assert desk.looks == 0 and desk.state.intent is None
    assert len(set(desk.books.sent)) == 1


async def test_a_writer_that_was_overtaken_while_it_waited_sends_nothing(open_desk: Open) -> None:
    desk, other = await open_desk(DONE), await open_desk(DONE, name="two")

    async def paused() -> None:
        await desk.links.still(KEY, desk.state)
        await other.links.still(KEY, desk.state)
        await other.links.put(KEY, other.state, numbers_taken=1)
        desk.seconds[0] += 60

    desk.books.before = paused
    with pytest.raises(LinkLost):
        await desk.perform()
    assert desk.books.sent == []


async def test_a_standing_intent_that_was_overtaken_is_not_sent_again(open_desk: Open) -> None:
    """The process holds an old state: while it looked into the books, another withdrew the intent and went on."""
    desk, other = await open_desk(OutcomeUnknown("timeout"), DONE), await open_desk(name="two")
    with pytest.raises(OutcomeUnknown):
        await desk.perform()
    old = desk.state
    await other.links.still(KEY, old)
    await other.links.put(KEY, other.state, intent=None, generation=1)
    with pytest.raises(LinkLost):
        await desk.writer.settle(KEY, old, desk.find)
    assert len(desk.books.sent) == 1, "what was sent before, and nothing after"


async def test_an_intent_whose_document_is_gone_is_withdrawn(open_desk: Open) -> None:
    desk = await open_desk(OutcomeUnknown("timeout"))
    await desk.links.put(KEY, desk.state, booked=STANDING)
    with pytest.raises(OutcomeUnknown):
        await desk.perform(UPDATE)

    async def gone(intent: Intent) -> Mapping[str, Any] | None:
        raise Missing("610")

    with pytest.raises(Missing):
        await desk.writer.settle(KEY, desk.state, gone)
    assert desk.state.intent is None and desk.state.generation == 1


async def test_an_answer_that_comes_after_another_won_is_not_recorded_over_it(open_desk: Open) -> None:
    desk, other = await open_desk(DONE), await open_desk(DONE, name="two")

    async def overtaken() -> None:
        await other.links.still(KEY, desk.state)
        await other.links.put(KEY, other.state, numbers_taken=1)

    desk.books.before = overtaken
    with pytest.raises(LinkLost):
        await desk.perform()
    assert (desk.state.numbers_taken, desk.state.booked) == (1, None)
    assert desk.state.intent is not None, "it stands, and the next look finds the document"
