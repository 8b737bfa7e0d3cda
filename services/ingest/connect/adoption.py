"""A grant that waits in `bookbridge.tokens` is proven by the company's owner, and only then put in force.

The realm in a callback's address is what the browser says. That the grant is for that company is known when its books
let themselves be read with it. A crash at any step leaves the grant where it is, and the next owner begins again; so
does every failure that says nothing of the grant, as wrong keys of the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from services.companies import open_company
from services.ingest.connect.attempts import Attempts, Result
from services.ingest.intuit import Intuit
from services.process import Process
from services.quotas import Quotas
from shared.quickbooks.faults import (
    OutcomeUnknown,
    QuickBooksError,
    Reconnect,
    Refused,
    Throttled,
    Unavailable,
)
from shared.quickbooks.keeper import TokenKeeper
from shared.quickbooks.token_shelf import lasts
from shared.quickbooks.vault import TokenRecord
from shared.settings.model import QuickBooks

_PASSES = (Throttled, Unavailable, OutcomeUnknown)
_FOR_ANOTHER_COMPANY = "3100"
_log = structlog.get_logger(__name__)


class Adoption:
    """Raises LogUnavailable, and the errors of `faults` after which the grant may still be good: call again then."""

    def __init__(
        self, process: Process, quotas: Quotas, intuit: Intuit, attempts: Attempts, now: Callable[[], datetime]
    ) -> None:
        self._process = process
        self._quotas = quotas
        self._intuit = intuit
        self._attempts = attempts
        self._now = now

    async def look(self, realm: str, settings: QuickBooks, keeper: TokenKeeper) -> None:
        """Puts the last grant that waits for this realm and is good in force, and all others aside."""
        for grant in self._process.tokens.grants(realm):
            if _in_force(grant, keeper.record):  # we died after putting it in force, or a later consent is
                await self._end(realm, grant, Result(True, "connected"))
            else:
                await self._decide(realm, settings, keeper, grant)

    async def _decide(self, realm: str, settings: QuickBooks, keeper: TokenKeeper, grant: TokenRecord) -> None:
        try:
            grant = await self._fresh(realm, grant)
            company = await self._prove(realm, settings, grant)
        except (*_PASSES, _NotRefreshed):
            raise
        except QuickBooksError as error:
            await self._give_back(realm, grant, error)
            return
        await keeper.take(replace(grant, since=self._now()))
        _log.info("connected", realm=realm, token_version=keeper.record.version if keeper.record else 0)
        await self._end(realm, grant, Result(True, "connected", company))

    async def _fresh(self, realm: str, grant: TokenRecord) -> TokenRecord:
        """The grant with an access token that is still good: nobody may have owned the realm for hours."""
        if lasts(grant, self._now()):
            return grant
        await self._process.tokens.ready(realm)  # as a keeper does: the answer may hold the only copy of a new token
        try:
            pair = await (await self._intuit.client()).refresh(grant.pair.refresh_token)
        except Refused as error:  # the app's keys, or the request
            raise _NotRefreshed(error.code, error.message, status=error.status, tid=error.tid) from error
        fresh = replace(grant, pair=pair, obtained_at=self._now())
        await self._process.tokens.save_grant(realm, fresh)
        if not pair.access_token:
            raise Unavailable("no-token", "the answer had no access token")
        return fresh

    async def _prove(self, realm: str, settings: QuickBooks, grant: TokenRecord) -> str:
        """The company's name, as it tells it to this grant."""
        token = _OneToken(grant.pair.access_token)
        client = open_company(self._process, realm, settings, token, self._quotas)
        return str((await client.company_info()).get("CompanyName") or "")[:200]

    async def _give_back(self, realm: str, grant: TokenRecord, error: QuickBooksError) -> None:
        """Only a grant for another company is withdrawn at Intuit: that may end the app's access to the company as a
        whole (ADR 10), which for this one another grant may still give. Others end by themselves, for nobody keeps
        them."""
        _log.warning("the grant is not good for this company", realm=realm, reason=str(error))
        if error.code == _FOR_ANOTHER_COMPANY:
            try:
                await (await self._intuit.client()).revoke(grant.pair.refresh_token)
            except QuickBooksError as failed:
                _log.warning("the grant could not be given back", realm=realm, reason=str(failed))
        text = (
            f"QuickBooks does not let the access that was granted into company {realm} "
            f"({error.code}: {error.message}). Nothing was changed."
        )
        await self._end(realm, grant, Result(False, text))

    async def _end(self, realm: str, grant: TokenRecord, result: Result) -> None:
        await self._attempts.finish(realm, grant.attempt, result)
        await self._process.tokens.drop_grant(realm, grant.attempt)


def _in_force(grant: TokenRecord, record: TokenRecord | None) -> bool:
    """Whether the record in use comes from this consent of a person, or from a later one."""
    if record is None or not record.attempt or record.granted_at is None or grant.granted_at is None:
        return False
    return record.attempt == grant.attempt or record.granted_at > grant.granted_at


class _NotRefreshed(QuickBooksError):
    """Intuit refuses the app, which says nothing of the grant."""


class _OneToken:
    """The TokenSource of a single access token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def access_token(self) -> str:
        return self._token

    async def refused(self, token: str) -> None:
        raise Reconnect("token-refused", "the token just granted is refused")
