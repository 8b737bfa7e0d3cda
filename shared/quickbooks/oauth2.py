"""OAuth 2.0 with Intuit: discovery, authorisation, code exchange, refresh, revocation.

Sources: Intuit, "OAuth 2.0" and the refresh token policy of November 2025; bodies of failures from users' reports.
A dead grant answers `invalid_grant`, with HTTP 400, without a description, and through some client libraries' eyes
with 200: the field decides, not the status.

A refresh token is never thrown away because of what stands beside it: where an answer holds a good one and no readable
access token or lifetimes, the pair has what could be read, and the rest as documented or as ended.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from shared import limits
from shared.quickbooks.calls import Call, Observer, observed, unobserved
from shared.quickbooks.exchange import Answer, exchange, json_object
from shared.quickbooks.faults import OutcomeUnknown, QuickBooksError, Reconnect, Refused, TokenRefused, classify
from shared.wire import NotJson, decode, encode

ACCOUNTING_SCOPE = "com.intuit.quickbooks.accounting"
PRODUCTION_DISCOVERY = "https://developer.intuit.com/.well-known/openid_configuration"
SANDBOX_DISCOVERY = "https://developer.intuit.com/.well-known/openid_sandbox_configuration"

_TOKEN = re.compile(r"[!-~]+")  # it travels in a header
_ACCESS_SECONDS, _REFRESH_SECONDS = 3_600, 8_640_000  # reference, section 1: where the answer doesn't tell
_PASSING = frozenset({"server_error", "temporarily_unavailable"})  # words of RFC 6749 that say nothing of the grant
_TIMEOUT = aiohttp.ClientTimeout(total=limits.OAUTH_CALL_SECONDS, sock_connect=limits.QUICKBOOKS_CONNECT_SECONDS)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The two tokens of a grant, each with the moment (UTC) at which it ends. Its repr shows no token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime
    # The end of the five years after which no refresh helps; None when the answer didn't tell.
    hard_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the grant is made, renewed and withdrawn."""

    authorization: str
    token: str
    revocation: str


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The app's own id and secret at Intuit. Its repr hides the secret."""

    client_id: str
    client_secret: str = field(repr=False)

    def basic(self) -> str:
        """The value of the Authorization header."""
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


async def discover(session: aiohttp.ClientSession, url: str) -> Endpoints:
    """Reads the discovery document. Raises Refused when it names no usable endpoints, Unavailable when not reached."""
    try:
        answer = await exchange(
            session,
            "GET",
            url,
            headers={"Accept": "application/json"},
            timeout=_TIMEOUT,
            max_bytes=limits.OAUTH_RESPONSE_MAX_BYTES,
        )
    except OutcomeUnknown as error:
        raise error.for_read() from error
    if answer.status != 200:
        raise classify(answer.status, answer.headers, answer.body).for_read()
    document = json_object(answer)
    return Endpoints(
        authorization=_endpoint(document, "authorization_endpoint"),
        token=_endpoint(document, "token_endpoint"),
        revocation=_endpoint(document, "revocation_endpoint"),
    )


def authorize_url(
    endpoints: Endpoints, client_id: str, redirect_uri: str, state: str, scopes: Iterable[str] = (ACCOUNTING_SCOPE,)
) -> str:
    """Where the person who connects is sent. `state` must be unguessable and is compared on the way back."""
    query = urlencode(
        {
            "client_id": client_id,
            "response_type": "code",
            "scope": " ".join(scopes),
            "redirect_uri": redirect_uri,
            "state": state,
        }
    )
    return f"{endpoints.authorization}?{query}"


class OAuth2Client:
    """The calls to the token and revocation endpoints. They are not metered and not part of a realm's quota."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoints: Endpoints,
        credentials: ClientCredentials,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        observer: Observer = unobserved,
    ) -> None:
        self._session = session
        self._endpoints = endpoints
        self._credentials = credentials
        self._now = now
        self._observer = observer

    async def exchange_code(self, code: str, redirect_uri: str) -> TokenPair:
        """The tokens for the code of the callback. Raises Reconnect when the code is used, old or not ours.

        The access token of the pair is empty, and has ended, where the answer had none.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await self._tokens("code", form, None)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """A new pair; the refresh token in it may be the same or a new one, and then the old one is dead.

        Never call it twice at once for one realm (see tokens.TokenKeeper). Raises Reconnect (the grant is dead),
        OutcomeUnknown (the reply was lost: the token may have changed), Unavailable, Throttled, Refused (bad app keys).
        The access token of the pair is empty, and has ended, where the answer had only a new refresh token.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._tokens("refresh", form, refresh_token)

    async def revoke(self, token: str) -> None:
        """Withdraws the grant of this refresh or access token. Refused when Intuit doesn't know it."""
        await self._post("revoke", self._endpoints.revocation, encode({"token": token}), "application/json")

    async def _tokens(self, entity: str, form: Mapping[str, str], sent: str | None) -> TokenPair:
        asked_at = self._now()  # lifetimes count from the asking, so that ours end early rather than late
        body = urlencode(form).encode()
        answer = await self._post(entity, self._endpoints.token, body, "application/x-www-form-urlencoded")
        return _pair(json_object(answer), asked_at, sent)

    async def _post(self, entity: str, url: str, body: bytes, content_type: str) -> Answer:
        headers = {
            "Authorization": self._credentials.basic(),
            "Accept": "application/json",
            "Content-Type": content_type,
            # Adds the end of the five years after which no refresh helps (policy of November 2025).
            "x-include-refresh-token-hard-expires-in": "true",
        }
        started = time.monotonic()
        call = Call(kind="oauth", entity=entity)
        with observed(self._observer, call, started) as seen:
            answer = await exchange(
                self._session,
                "POST",
                url,
                headers=headers,
                body=body,
                timeout=_TIMEOUT,
                max_bytes=limits.OAUTH_RESPONSE_MAX_BYTES,
            )
            seen.status = answer.status
            if answer.status != 200 or _oauth_error(answer.body):
                raise _failure(answer)
        return answer


def _pair(document: Mapping[str, Any], asked_at: datetime, sent: str | None) -> TokenPair:
    """`sent`: the refresh token that was used; it stays where the answer has none (RFC 6749, 6)."""
    access, refresh = _token(document, "access_token"), _token(document, "refresh_token")
    if not refresh and access:
        refresh = sent or ""
    if not refresh or (not access and refresh == sent):
        raise OutcomeUnknown("unreadable-answer", "the answer has no token that can be used")
    access_seconds = (_seconds(document, "expires_in") or _ACCESS_SECONDS) if access else 0
    refresh_seconds = _seconds(document, "x_refresh_token_expires_in") or _REFRESH_SECONDS
    hard_seconds = _seconds(document, "x_refresh_token_hard_expires_in")
    refresh_ends = asked_at + timedelta(seconds=refresh_seconds)
    hard_end = asked_at + timedelta(seconds=hard_seconds) if hard_seconds else None
    return TokenPair(
        access_token=access,
        refresh_token=refresh,
        access_expires_at=asked_at + timedelta(seconds=access_seconds),
        refresh_expires_at=refresh_ends if hard_end is None else min(refresh_ends, hard_end),
        hard_expires_at=hard_end,
    )


def _failure(answer: Answer) -> QuickBooksError:
    code = _oauth_error(answer.body)
    if code in _PASSING and answer.status < 500:
        return OutcomeUnknown(code, status=answer.status)
    if not code or (code != "invalid_grant" and (answer.status == 429 or answer.status >= 500)):
        error = classify(answer.status, answer.headers, answer.body)
        if isinstance(error, TokenRefused | Reconnect):  # no word on the grant: these are the app's own keys
            return Refused(error.code, error.message, detail=error.detail, status=error.status, tid=error.tid)
        return error
    # invalid_grant: only a person can give a new one. Any other word is about the request or the app's keys: the
    # grant itself may be fine, so it is not given up for that.
    kind = Reconnect if code == "invalid_grant" else Refused
    document = decode(answer.body)
    told = [str(document[name]) for name in ("error_description", "x_error_reason") if document.get(name)]
    tid = next((value for name, value in answer.headers.items() if name.lower() == "intuit_tid"), "")
    return kind(code, detail="; ".join(told)[: limits.FAULT_DETAIL_MAX_CHARS], status=answer.status, tid=tid)


def _oauth_error(body: bytes) -> str:
    """The `error` word of an OAuth 2.0 error body (RFC 6749, 5.2); empty when the body is none."""
    try:
        document = decode(body)
    except NotJson:
        return ""
    word = document.get("error") if isinstance(document, dict) else None
    return word[:40] if isinstance(word, str) else ""


def _token(document: Mapping[str, Any], name: str) -> str:
    """Empty where there is none that can be used."""
    value = document.get(name)
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else ""


def _seconds(document: Mapping[str, Any], name: str) -> int | None:
    value = document.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


def _endpoint(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    url = URL(value) if isinstance(value, str) else URL()
    if url.scheme == "https" or (url.scheme == "http" and url.host in ("127.0.0.1", "localhost", "::1")):
        return str(url)
    raise Refused("discovery", f"{name} of the discovery document must be an https address")
