"""OAuth2 as Intuit runs it: codes, access tokens of an hour, refresh values that rotate, grants that die. No HTTP."""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from collections.abc import Container
from typing import Any

from sandbox import limits
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.grants import Access, Code, Grant
from sandbox.quickbooks.settings import ServerSettings
from sandbox.quickbooks.token_shelves import TokenShelves
from sandbox.storage import Database

ACCOUNTING_SCOPE = "com.intuit.quickbooks.accounting"
OPENID_SCOPES = frozenset({"openid", "profile", "email", "phone", "address"})
# Reference 1, and the list in Intuit's OAuth client for Python.
SCOPES = OPENID_SCOPES | {
    ACCOUNTING_SCOPE,
    "com.intuit.quickbooks.payment",
    "com.intuit.quickbooks.payroll",
    "com.intuit.quickbooks.payroll.timetracking",
    "com.intuit.quickbooks.payroll.benefits",
    "com.intuit.quickbooks.payroll.payslip.read",
    "intuit_name",
    "project-management.project",
    "app-foundations.custom-field-definitions",
    "app-foundations.custom-field-definitions.read",
    "indirect-tax.tax-calculation.quickbooks",
    "payroll.compensation.read",
}


class InvalidGrant(Exception):
    """The code or the refresh token is not, or no longer, good. reason: the answer's x_error_reason, if any."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or "invalid_grant")
        self.reason = reason


class TokenStore:
    """Codes, grants and access tokens, all bounded."""

    def __init__(self, clock: Clock, settings: ServerSettings, database: Database) -> None:
        """database: where they are kept over a restart."""
        self._clock = clock
        self._settings = settings
        self._shelves = TokenShelves(database)
        self._codes, self._by_refresh, self._access = self._shelves.load()  # by refresh: old values tell a replay
        self.token_requests = 0

    def issue_code(self, realm: str, redirect_uri: str, scope: str) -> str:
        """A code for one exchange within ten minutes."""
        code = "AB" + secrets.token_urlsafe(32)
        self._codes[code] = Code(realm, redirect_uri, scope, self._clock.seconds() + limits.QB_CODE_SECONDS)
        _bound(self._codes, limits.QB_GRANTS)
        self._shelves.put_code(code, self._codes[code])
        return code

    def exchange(self, code: str, redirect_uri: str) -> tuple[Grant, str]:
        """The grant of the code and an access token.

        Raises InvalidGrant: expired, another redirect address, or used before; a code that comes a second time has
        been stolen from somebody, so in the mode `kill` its grant dies.
        """
        known = self._codes.get(code)
        if known is None or known.expires < self._clock.seconds() or known.redirect_uri != redirect_uri:
            self._codes.pop(code, None)
            self._shelves.pop_code(code)
            raise InvalidGrant
        if known.grant is not None:
            if self._settings.code_replay == "kill":
                self._end(known.grant)
            raise InvalidGrant
        known.grant, access = self.grant(known.realm, known.scope)
        self._shelves.put_code(code, known)
        return known.grant, access

    def grant(self, realm: str, scope: str = ACCOUNTING_SCOPE) -> tuple[Grant, str]:
        """A new grant and its first access token."""
        now = self._clock.seconds()
        value = _refresh_value()
        grant = Grant(realm, scope, value, now, now, now, value)
        self._by_refresh[value] = grant
        self._shelves.put_grant(grant)
        _bound(self._by_refresh, limits.QB_GRANTS)
        return grant, self._issue_access(grant)

    def refreshing(self, token: str, removed: Container[str] = ()) -> Grant:
        """A refresh with this value begins; refreshed() must follow. removed: realms that lost the user who consented.

        Raises InvalidGrant: unknown, dead or expired, and for a value that another refresh is using right now or that
        was replaced. In the mode `kill` either kills the grant, after the refresh under way had its answer: the first
        wins, and its new tokens are revoked (reference 1).
        """
        grant = self._by_refresh.get(token)
        if grant is None or not grant.alive or self._expired(grant):
            raise InvalidGrant
        kill = self._settings.refresh_race == "kill"
        if grant.refreshing:
            grant.raced = grant.raced or kill
            raise InvalidGrant
        if token != grant.refresh_token:
            if kill:
                self._end(grant)
            raise InvalidGrant
        if grant.realm in removed:
            raise InvalidGrant("user_not_in_realm")
        grant.refreshing += 1
        return grant

    def refreshed(self, grant: Grant) -> str:
        """The refresh ends: rotate the value if it is old enough; the new access token. Raises InvalidGrant."""
        grant.refreshing -= 1
        if not grant.alive:
            raise InvalidGrant
        now = self._clock.seconds()
        grant.used = now
        if now - grant.value_since >= self._settings.rotate_refresh_after_seconds:
            grant.refresh_token, grant.value_since = _refresh_value(), now
            self._by_refresh[grant.refresh_token] = grant
            _bound(self._by_refresh, limits.QB_GRANTS)
        self._shelves.put_grant(grant)
        access = self._issue_access(grant)
        if grant.raced:
            self._end(grant)
        return access

    def revoke(self, token: str) -> bool:
        """End the grant that the access or refresh token belongs to. False: no such token."""
        grant = self._by_refresh.get(token) or (self._access[token].grant if token in self._access else None)
        if grant is None or not grant.alive:
            return False
        self._end(grant)
        return True

    def _end(self, grant: Grant) -> None:
        grant.alive = False
        self._shelves.put_grant(grant)

    def expire_access(self, token: str | None = None) -> None:
        """This access token, or all of them, cease to be good; grants stay."""
        if token is None:
            self._access.clear()
            self._shelves.clear_access()
        elif self._access.pop(token, None) is not None:
            self._shelves.pop_access(token)

    def revoke_all(self, realm: str | None = None) -> int:
        """End the grants of the realm, or of all, as users who disconnect do. How many were alive."""
        ended = {
            id(grant): grant for grant in self._by_refresh.values() if grant.alive and realm in (None, grant.realm)
        }
        for grant in ended.values():
            self._end(grant)
        return len(ended)

    def grant_of(self, access_token: str) -> Grant | None:
        """The grant behind the access token, or None: unknown, expired or revoked."""
        access = self._access.get(access_token)
        if access is None or not access.grant.alive or access.expires <= self._clock.seconds():
            return None
        return access.grant

    def refresh_seconds_left(self, grant: Grant) -> int:
        """Seconds until the refresh token dies unused; its hard end may be nearer."""
        rolling = math.ceil(grant.used + limits.QB_REFRESH_TOKEN_SECONDS - self._clock.seconds())
        return min(rolling, self.hard_seconds_left(grant))

    def hard_seconds_left(self, grant: Grant) -> int:
        """Seconds until the refresh token dies in any case."""
        return math.ceil(grant.granted + limits.QB_REFRESH_TOKEN_HARD_SECONDS - self._clock.seconds())

    def _expired(self, grant: Grant) -> bool:
        return self.refresh_seconds_left(grant) <= 0

    def _issue_access(self, grant: Grant) -> str:
        token = "eyJ" + secrets.token_urlsafe(300)
        self._access[token] = Access(grant, self._clock.seconds() + self._settings.access_token_seconds)
        _bound(self._access, limits.QB_ACCESS_TOKENS)
        self._shelves.put_access(token, self._access[token])
        return token


def _refresh_value() -> str:
    return "RT1-" + secrets.token_urlsafe(30)


def _bound(entries: OrderedDict[str, Any], limit: int) -> None:
    while len(entries) > limit:
        entries.popitem(last=False)
