"""The two addresses of connecting: where a link leads, and where QuickBooks sends the browser back."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web
from yarl import URL

from services.ingest.connect.addresses import CALLBACK, START
from services.ingest.connect.attempts import Attempts, Result
from services.ingest.connect.callback import (
    Callback,
    NotConnected,
    Unreadable,
    code_of,
    parameters,
    read_callback,
    why_not,
)
from services.ingest.connect.pages import page, redirect
from services.ingest.connect.tickets import Expired, Forged, Purpose, Ticket, TicketOffice, browser_hash
from services.ingest.intuit import Intuit
from services.ingest.receiver_http import Handle
from services.ingest.slow_clients import allow, answered
from services.process import Process, token_keys_now
from shared import limits
from shared.log.port import LogUnavailable
from shared.log.signals import backoff
from shared.quickbooks.faults import QuickBooksError
from shared.quickbooks.oauth2 import TokenPair, authorize_url
from shared.quickbooks.vault import TokenRecord

_COOKIE = "bookbridge_connect"
_HOST_ONLY = "__Host-"  # a browser lets no other host, and nothing without TLS, set such a cookie
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NOT_CONNECTED = "Not connected"
_NEW_LINK = "Make a new one: bookbridge connect quickbooks"
_STATUS = "See what came of it: bookbridge connect status"
_log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ConnectPages:
    """Any ingest process serves them: what they learn goes through the log to the process that owns the company."""

    def __init__(
        self, process: Process, intuit: Intuit, attempts: Attempts, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._process = process
        self._intuit = intuit
        self._attempts = attempts
        self._now = now
        self._tickets = TicketOffice(
            [key.get_secret_value() for key in process.secrets.token_keys], lambda: token_keys_now(process.config)
        )
        self._public = URL(process.config.public_address)
        self._cookie = f"{_HOST_ONLY}{_COOKIE}" if self._public.scheme == "https" else _COOKIE
        self._redirect_uri = process.config.public_address + CALLBACK

    def by_path(self) -> Mapping[str, Handle]:
        """The pages with their paths."""
        return {START: self._answering(self._start), CALLBACK: self._answering(self._callback)}

    def _answering(self, show: Handle) -> Handle:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            allow(request, limits.CONNECT_REQUEST_SECONDS)
            try:
                response = await self._guarded(show, request)
            finally:
                answered(request)
            return response

        return answer

    async def _guarded(self, show: Handle, request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "GET":
            response = page(405, "Wrong method", "This address is opened by a browser.")
            response.headers["Allow"] = "GET"
            return response
        try:
            return await show(request)
        except Unreadable as error:
            return page(400, "This address can't be read", f"{error}.")
        except Forged:
            return page(400, "This link is not good", "It was not made here, or is damaged. Nothing was changed.")
        except Expired:
            return page(410, "This link is too old", f"Nothing was changed. {_NEW_LINK}")
        except LogUnavailable:
            return page(503, "Not now", "Bookbridge's log can't be reached. Make a new link later and try again.")

    async def _start(self, request: web.BaseRequest) -> web.Response:
        """To QuickBooks. A link isn't used up here, for programs that look into mail and chat open links, too; it is by
        the browser that comes back."""
        link = self._tickets.read(parameters(_query(request), ("link",))["link"], Purpose.LINK, self._now())
        if refusal := self._refusal(link):
            return refusal
        if self._attempts.used(link.attempt):
            return page(409, "This link is used up", f"It is good once. {_STATUS}. {_NEW_LINK}")
        try:
            endpoints = await self._intuit.endpoints()
        except QuickBooksError as error:
            return page(503, "Not now", f"QuickBooks' sign-in can't be reached ({error.code}). Try again later.")
        secret = self._browser_secret(request) or secrets.token_urlsafe(32)  # two tabs of one browser both work
        until = self._now() + timedelta(seconds=limits.CONNECT_CONSENT_SECONDS)
        state = Ticket(Purpose.STATE, link.attempt, link.connection, link.realm, until, browser_hash(secret))
        response = redirect(
            authorize_url(endpoints, self._intuit.client_id, self._redirect_uri, self._tickets.sign(state))
        )
        response.set_cookie(
            self._cookie,
            secret,
            max_age=int(limits.CONNECT_CONSENT_SECONDS),
            path="/",
            httponly=True,
            samesite="Lax",  # it must come along when QuickBooks sends the browser back
            secure=self._public.scheme == "https",
        )
        return response

    async def _callback(self, request: web.BaseRequest) -> web.Response:
        callback = read_callback(_query(request))
        ticket = self._tickets.read(callback.state, Purpose.STATE, self._now())
        if not secrets.compare_digest(browser_hash(self._browser_secret(request)), ticket.browser):
            return page(
                400, _NOT_CONNECTED, "This is not the browser in which the link was opened. Open the link again in it."
            )
        if refusal := self._refusal(ticket):
            return refusal
        attempt = ticket.attempt
        if self._attempts.used(attempt) or not await self._attempts.claim(ticket.realm, attempt):
            return _came_again(await self._attempts.wait(attempt, limits.CONNECT_PAGE_SECONDS))
        try:
            await self._store(callback, ticket)
        except NotConnected as error:
            _log.warning("not connected", connection=ticket.connection, realm=ticket.realm, reason=str(error))
            await self._attempts.finish(ticket.realm, ticket.attempt, Result(False, str(error)))
            return page(200, _NOT_CONNECTED, str(error))
        return _ended(await self._attempts.wait(ticket.attempt, limits.CONNECT_PAGE_SECONDS))

    def _refusal(self, ticket: Ticket) -> web.Response | None:
        loaded = self._process.settings.get(ticket.connection)
        if loaded is None or loaded.settings.quickbooks.realm != ticket.realm:
            return page(404, _NOT_CONNECTED, f"There is no connection {ticket.connection} with company {ticket.realm}.")
        return None

    async def _store(self, callback: Callback, ticket: Ticket) -> None:
        """The new grant, durable; its owner proves it and puts it in force. Raises NotConnected, LogUnavailable."""
        code = code_of(callback, ticket)
        try:
            pair = await (await self._intuit.client()).exchange_code(code, self._redirect_uri)
        except QuickBooksError as error:
            raise NotConnected(why_not(error)) from error
        await self._save(ticket.realm, self._record(pair, ticket))
        _log.info("access granted", connection=ticket.connection, realm=ticket.realm)

    async def _save(self, realm: str, record: TokenRecord) -> None:
        """Tried for a while: the code is spent, so this is the only copy of the grant."""
        until = time.monotonic() + limits.CONNECT_PAGE_SECONDS
        failures = 0
        while True:
            try:
                return await self._process.tokens.save_grant(realm, record)
            except LogUnavailable:
                failures += 1
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(backoff(failures))

    def _browser_secret(self, request: web.BaseRequest) -> str:
        """What the browser's cookie holds; empty when that isn't one of ours: it may be any bytes."""
        kept = request.cookies.get(self._cookie, "")
        return kept if _SECRET.fullmatch(kept) else ""

    def _record(self, pair: TokenPair, ticket: Ticket) -> TokenRecord:
        now = self._now()
        return TokenRecord(0, pair, now, since=now, granted_at=now, attempt=ticket.attempt)


def _query(request: web.BaseRequest) -> str:
    return request.raw_path.partition("?")[2]


def _came_again(result: Result | None) -> web.Response:
    """The browser that was let in loads the page once more: the code is not used again, and what came of it shown."""
    if result is None:
        return page(409, "This page was here before", f"It isn't known yet how it ended. {_STATUS}")
    return _ended(result)


def _ended(result: Result | None) -> web.Response:
    if result is None:
        return page(
            202,
            "Access is granted",
            "It is stored; Bookbridge takes it over as soon as it can. See: bookbridge connect status",
        )
    if not result.connected:
        return page(200, _NOT_CONNECTED, result.text)
    company = f" to {result.company}" if result.company else ""
    return page(200, "Connected", f"Bookbridge is connected{company}. You can close this window.")
