"""The life of a grant under any order of refreshes, replays, waits and revocations, against a model of a few lines."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import limits
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.oauth import InvalidGrant, TokenStore
from sandbox.quickbooks.settings import ServerSettings
from sandbox.quickbooks.tables import PROGRAM
from sandbox.storage import Database

_DAY = 86_400
_SECOND = 1  # what the real clock may add while a test runs


@dataclass
class _Model:
    """What must hold: one value refreshes, within 100 days of its last use and five years; a replay ends it all."""

    granted: float
    used: float
    since: float
    access_until: float
    alive: bool = True
    old: list[str] = field(default_factory=list)

    def refreshes(self, now: float) -> bool:
        return (
            self.alive
            and now - self.used < limits.QB_REFRESH_TOKEN_SECONDS
            and now - self.granted < limits.QB_REFRESH_TOKEN_HARD_SECONDS
        )


_steps = st.lists(
    st.one_of(
        st.just(("refresh", 0)),
        st.just(("replay", 0)),
        st.just(("revoke", 0)),
        st.tuples(st.just("wait"), st.sampled_from([60, 3_700, _DAY + 60, 50 * _DAY, 101 * _DAY, 300 * _DAY])),
    ),
    max_size=30,
)


@given(_steps)
@settings(max_examples=200)
def test_a_grant_does_what_its_model_says(steps: list[tuple[str, int]]) -> None:
    with closing(Database(None, PROGRAM)) as database:
        clock = Clock()
        _live(TokenStore(clock, ServerSettings(), database), clock, steps)


def _live(tokens: TokenStore, clock: Clock, steps: list[tuple[str, int]]) -> None:
    grant, access = tokens.grant("1")
    now = clock.seconds()
    model = _Model(now, now, now, now + limits.QB_ACCESS_TOKEN_SECONDS)
    for step, seconds in steps:
        now = clock.seconds()
        match step:
            case "wait":
                clock.advance(seconds)
            case "refresh":
                value = grant.refresh_token
                fresh = _refreshed(tokens, value)
                assert (fresh is not None) is model.refreshes(now)
                if fresh is not None:
                    access, model.used, model.access_until = fresh, now, now + limits.QB_ACCESS_TOKEN_SECONDS
                    rotates = now - model.since >= limits.QB_ROTATE_REFRESH_SECONDS
                    assert (grant.refresh_token != value) is rotates
                    if rotates:
                        model.old.append(value)
                        model.since = now
            case "replay" if model.old:
                refreshable = model.refreshes(now)
                assert _refreshed(tokens, model.old[-1]) is None
                model.alive = model.alive and not refreshable
            case "revoke":
                assert tokens.revoke(grant.refresh_token) is model.alive
                model.alive = False
        opens = model.alive and clock.seconds() < model.access_until - _SECOND
        assert (tokens.grant_of(access) is not None) is opens


def _refreshed(tokens: TokenStore, value: str) -> str | None:
    try:
        return tokens.refreshed(tokens.refreshing(value))
    except InvalidGrant:
        return None
