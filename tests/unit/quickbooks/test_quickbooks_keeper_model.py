"""The keeper against the rotation rules of the sandbox, in virtual time, through any order of calls, lost answers,
crashes, outages of the log, withdrawn grants and persons who connect again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.grants import Grant
from sandbox.quickbooks.oauth import InvalidGrant, TokenStore
from sandbox.quickbooks.settings import ServerSettings
from sandbox.quickbooks.tables import PROGRAM
from sandbox.storage import Database
from shared.log.port import AppendUnknown, LogUnavailable
from shared.quickbooks.faults import OutcomeUnknown, QuickBooksError, Reconnect
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.tokens import TokenKeeper
from shared.quickbooks.vault import TokenRecord
from tests.unit.quickbooks import virtual_time

REALM = "9130"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
RESTART_SECONDS = 1.0
REFRESH_SECONDS = 0.05


def now() -> datetime:
    return START + timedelta(seconds=virtual_time.clock())


@dataclass
class World:
    """Intuit by the sandbox's rules, a log, a keeper, and everything that may happen to them."""

    intuit: TokenStore = field(
        default_factory=lambda: TokenStore(Clock(source=virtual_time.clock), ServerSettings(), Database(None, PROGRAM))
    )
    durable: list[TokenRecord] = field(default_factory=list)
    lose_requests: int = 0
    lose_answers: int = 0
    log_failures: list[LogUnavailable] = field(default_factory=list)
    callers: list[asyncio.Task[None]] = field(default_factory=list)
    at_once: int = 0
    broken: list[str] = field(default_factory=list)
    lost_value: bool = False  # a value of the grant that only Intuit knows

    def __post_init__(self) -> None:
        self.grant, access = self.intuit.grant(REALM)
        self.durable.append(self.record(self.grant, access, 1))
        self.keeper = self.start()

    def start(self) -> TokenKeeper:
        return TokenKeeper(REALM, self.refresh, self.save, record=self.durable[-1], now=now)

    def record(self, grant: Grant, access: str, version: int) -> TokenRecord:
        return TokenRecord(version, self.pair(grant, access), now(), granted_at=now(), attempt=grant.id)

    def pair(self, grant: Grant, access: str) -> TokenPair:
        left = timedelta(seconds=self.intuit.refresh_seconds_left(grant))
        return TokenPair(access, grant.refresh_token, now() + timedelta(hours=1), now() + left)

    # --- what the keeper is given

    async def refresh(self, token: str) -> TokenPair:
        if not any(token in (one.pair.refresh_token, one.previous_refresh_token) for one in self.durable):
            self.broken.append("a refresh token was used before it was durable")
        if self.lose_requests:
            self.lose_requests -= 1
            raise OutcomeUnknown("reply-lost", "the request never got there")
        return await asyncio.shield(asyncio.ensure_future(self.serve(token)))  # our death doesn't stop it

    async def serve(self, token: str) -> TokenPair:
        self.at_once += 1
        if self.at_once > 1:
            self.broken.append("two refreshes at once")
        try:
            grant = self.intuit.refreshing(token)
            await asyncio.sleep(REFRESH_SECONDS)
            access = self.intuit.refreshed(grant)
        except InvalidGrant:
            raise Reconnect("invalid_grant") from None
        finally:
            self.at_once -= 1
        if self.lose_answers:
            self.lose_answers -= 1
            self.lost_value |= grant.refresh_token != token
            raise OutcomeUnknown("reply-lost", "the answer never came back")
        return self.pair(grant, access)

    async def save(self, realm: str, record: TokenRecord) -> None:
        await asyncio.sleep(0.1)
        failure = self.log_failures.pop() if self.log_failures else None
        if failure is None or isinstance(failure, AppendUnknown):
            if record.version <= self.durable[-1].version and record != self.durable[-1]:
                self.broken.append("a version was given twice")
            self.durable.append(record)
        if failure is not None:
            raise failure

    # --- what happens

    async def use(self) -> None:
        """A caller: a token, and a refresh when QuickBooks refuses it."""
        try:
            token = await self.keeper.access_token()
            if not any(token == one.pair.access_token for one in self.durable):
                self.broken.append("an access token was used before it was durable")
            if self.intuit.grant_of(token) is None:
                await self.keeper.refused(token)
        except (QuickBooksError, LogUnavailable):
            return

    async def crash(self) -> None:
        """kill -9, and a start a moment later from what is durable."""
        await _end([*self.callers, *([self.keeper._task] if self.keeper._task else [])])
        self.callers.clear()
        await asyncio.sleep(RESTART_SECONDS)  # what Intuit was doing for us is done by now
        self.lost_value |= self.durable[-1].pair.refresh_token != self.grant.refresh_token
        self.keeper = self.start()

    async def connect(self) -> None:
        """A person; ingest repeats what the log didn't take."""
        self.grant, access = self.intuit.grant(REALM)
        self.lost_value = False
        given = self.record(self.grant, access, 0)
        while True:
            try:
                await self.keeper.take(given)
                return
            except LogUnavailable:
                await asyncio.sleep(2)

    async def act(self, action: tuple[str, Any]) -> None:
        match action:
            case "use", count:
                self.callers += [asyncio.create_task(self.use()) for _ in range(count)]
                await asyncio.sleep(REFRESH_SECONDS / 5)  # begun, and mostly not done, when the next thing happens
            case "use of an ended token", count:
                self.intuit.expire_access()
                await self.act(("use", count))
            case "wait", seconds:
                await asyncio.sleep(seconds)
            case "lose request", count:
                self.lose_requests = count
            case "lose answer", count:
                self.lose_answers = count
            case "log fails", kinds:
                self.log_failures = [AppendUnknown("perhaps") if kind else LogUnavailable("away") for kind in kinds]
            case "tokens end", _:
                self.intuit.expire_access()
            case "revoke", _:
                self.intuit.revoke_all(REALM)
            case "crash", _:
                await self.crash()
            case "connect", _:
                await self.connect()

    async def calm(self) -> None:
        """Everything works again for a while."""
        self.lose_requests = self.lose_answers = 0
        self.log_failures = []
        await asyncio.wait(self.callers) if self.callers else None
        for _ in range(4):
            await self.use()
            await asyncio.sleep(10)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


HOUR, DAY = 3600.0, 86_400.0
ACTIONS = st.one_of(
    st.tuples(st.just("use"), st.integers(1, 4)),
    st.tuples(st.just("use of an ended token"), st.integers(1, 4)),
    st.tuples(st.just("wait"), st.sampled_from([0.02, 0.08, 0.2, 2.0, 7.0, 0.95 * HOUR, HOUR, DAY, 90 * DAY])),
    st.tuples(st.just("lose request"), st.integers(1, 4)),
    st.tuples(st.just("lose answer"), st.integers(1, 2)),
    st.tuples(st.just("log fails"), st.lists(st.booleans(), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["tokens end", "crash", "connect"]), st.none()),
)
WITH_REVOCATION = st.one_of(ACTIONS, st.tuples(st.just("revoke"), st.none()))


@settings(max_examples=300)
@given(st.lists(WITH_REVOCATION, max_size=25))
def test_tokens_are_durable_before_use_refreshes_never_meet_and_the_end_is_valid_or_reconnect(
    actions: list[tuple[str, Any]],
) -> None:
    async def main() -> None:
        world = World()
        for action in actions:
            await world.act(action)
        idle = world.intuit.refresh_seconds_left(world.grant) <= 0
        revoked = not world.grant.alive
        await world.calm()
        assert world.broken == []
        last = world.durable[-1]
        if last.state == "active":
            assert world.intuit.grant_of(await world.keeper.access_token()) is not None
        else:
            assert world.lost_value or idle or revoked, "given up, although nothing was lost"
            assert not world.grant.alive or world.lost_value or idle

    virtual_time.run(main())


@settings(max_examples=100)
@given(st.lists(ACTIONS, max_size=15))
def test_after_a_person_connects_again_the_company_is_valid_whatever_happened_before(
    actions: list[tuple[str, Any]],
) -> None:
    async def main() -> None:
        world = World()
        for action in actions:
            await world.act(action)
        world.intuit.revoke_all(REALM)
        await world.calm()
        assert world.durable[-1].state == "reconnect"
        await world.connect()
        await world.calm()
        assert world.broken == []
        assert world.intuit.grant_of(await world.keeper.access_token()) is world.grant

    virtual_time.run(main())
