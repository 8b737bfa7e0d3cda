"""What QuickBooks' page sends the browser back with: read, and judged against the attempt it belongs to. Pure.

Source: reference, section 1: code, state and realmId; or error (access_denied, invalid_scope) and state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from services.ingest.connect.tickets import Ticket
from shared import limits
from shared.quickbooks.faults import OutcomeUnknown, QuickBooksError, Reconnect, Refused
from shared.quickbooks.oauth2 import ACCOUNTING_SCOPE

_CODE = re.compile(rf"[!-~]{{1,{limits.CONNECT_CODE_MAX_CHARS}}}")
_REALM = re.compile(r"[0-9]{1,20}")
_KEYS = ("invalid_client", "unauthorized_client", "http-401", "http-403")
_WORD = re.compile(r"[a-z_]{1,40}")


class Unreadable(ValueError):
    """The address is not one that QuickBooks or we make."""


class NotConnected(Exception):
    """The attempt is over without a grant; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Callback:
    """The parameters as they came; empty where absent."""

    state: str
    code: str
    realm: str
    error: str


def parameters(query: str, known: tuple[str, ...]) -> dict[str, str]:
    """The known parameters of a query. Raises Unreadable when it is too long or names one of them twice."""
    if len(query) > limits.CONNECT_QUERY_MAX_CHARS:
        raise Unreadable("the address is too long")
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in known and name in found:
            raise Unreadable(f"{name} is there twice")
        found[name] = value
    return {name: found.get(name, "") for name in known}


def read_callback(query: str) -> Callback:
    """Raises Unreadable."""
    found = parameters(query, ("state", "code", "realmId", "error"))
    return Callback(found["state"], found["code"], found["realmId"], found["error"])


def code_of(callback: Callback, ticket: Ticket) -> str:
    """The code to exchange. Raises NotConnected: no access was given, or to another company."""
    if callback.error == "access_denied":
        raise NotConnected("Access was not granted: Cancel was pressed on the page of QuickBooks. Nothing was changed.")
    if callback.error == "invalid_scope":
        raise NotConnected(
            f"QuickBooks does not let this app ask for accounting data (invalid_scope). The app's settings at "
            f"developer.intuit.com must allow the scope {ACCOUNTING_SCOPE}."
        )
    if callback.error:
        word = callback.error if _WORD.fullmatch(callback.error) else "an unknown error"
        raise NotConnected(f"QuickBooks did not grant access and says: {word}.")
    if not _CODE.fullmatch(callback.code) or not _REALM.fullmatch(callback.realm):
        raise NotConnected("QuickBooks came back without a code or without a company. Make a new link and try again.")
    if callback.realm != ticket.realm:
        raise NotConnected(wrong_company(callback.realm, ticket))
    return callback.code


def wrong_company(chosen: str, ticket: Ticket) -> str:
    """What to say when another company was let in."""
    return (
        f"Company {chosen} was chosen, but connection {ticket.connection} keeps the books of company {ticket.realm}. "
        "Nothing was stored. Make a new link and choose that company; QuickBooks shows a company's ID in its account "
        "settings."
    )


def why_not(error: QuickBooksError) -> str:
    """What to say when the code could not be exchanged."""
    match error:
        case Reconnect():
            return (
                "QuickBooks does not take the code: it is good once, for ten minutes, and only for the redirect "
                "address registered for the app. Make a new link and try again."
            )
        case Refused() if error.code in _KEYS:
            return f"QuickBooks refuses the app's keys ({error.code}): look at [quickbooks] in the secrets file."
        case Refused():
            return f"QuickBooks refuses the request itself ({error.code}). Who runs Bookbridge must look into its log."
        case OutcomeUnknown():
            return "QuickBooks' answer was lost, and a code is good once only. Make a new link and try again."
        case _:
            return f"QuickBooks can't be reached right now ({error.code}). Make a new link in a few minutes."
