"""What went wrong at QuickBooks, as errors named by what the caller should do. Pure: bytes in, error out.

The words of a fault are in the language of the company, so no decision reads them: only codes, the HTTP status and the
fault's type count. A code is believed before the status, since gateways send codes with several statuses.
Codes and statuses: Intuit's error code list, "handling common errors", and recorded answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from shared import limits
from shared.quickbooks.fault_body import Fault, FaultError, read_fault, read_inner_fault

NOT_IN_PLAN, NOT_SUPPORTED = "5020", "5030"  # Intuit: a feature to which the company's plan is not entitled
ANSWER_TOO_LARGE = "answer-too-large"  # our own code


class QuickBooksError(Exception):
    """Something QuickBooks refused or that got lost on the way. Subclasses say what the caller should do.

    `str()` holds the code, the remote message and the tid, and is fit for logs. `detail` is for people: it can quote
    names and numbers of customers, so it goes into no log and no metric.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        detail: str = "",
        status: int = 0,
        tid: str = "",
        errors: tuple[FaultError, ...] = (),
    ) -> None:
        """`code` is normalised ("6240"); `status` is 0 and `tid` empty where no answer came."""
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.detail = detail
        self.status = status
        self.tid = tid
        self.errors = errors

    def for_read(self) -> QuickBooksError:
        """What this means for a call that changes nothing, and so can be repeated whether or not it was carried out."""
        return self

    def __str__(self) -> str:
        said = f": {self.message}" if self.message else ""
        where = f" (intuit_tid {self.tid})" if self.tid else ""
        return f"QuickBooks {self.code}{said}{where}"


class Throttled(QuickBooksError):
    """Nothing was done: over the quota. Wait `wait_seconds`, then send the same again."""

    wait_seconds: float = limits.THROTTLE_WAIT_SECONDS


class Unavailable(QuickBooksError):
    """Nothing was done, for a reason that passes (not reached, locked, in maintenance). Send the same again later."""


class OutcomeUnknown(QuickBooksError):
    """The request may have been carried out or not. Read, or send the same bytes with the same requestid."""

    def for_read(self) -> QuickBooksError:
        """Unavailable; but an answer over our limit will be as large again, so that is Refused."""
        kind = Refused if self.code == ANSWER_TOO_LARGE else Unavailable
        return kind(self.code, self.message, detail=self.detail, status=self.status, tid=self.tid, errors=self.errors)


class TokenRefused(QuickBooksError):
    """The access token is no longer good. Refresh it once and send the same again."""


class Reconnect(QuickBooksError):
    """The connection needs a person: access was withdrawn, the subscription ended, or the grant is dead."""


class StaleObject(QuickBooksError):
    """The SyncToken is not the latest. Read the object again and plan again."""


class NameTaken(QuickBooksError):
    """Another customer, vendor, employee or item, perhaps an inactive one, has the name. Look it up."""


class NumberTaken(QuickBooksError):
    """A document has this number already, perhaps ours. Look it up."""


class AlreadyAccepted(QuickBooksError):
    """This requestid was accepted before. Look up what it made."""


class Missing(QuickBooksError):
    """Something the request refers to is gone or inactive. Refresh the references and plan again."""


class BooksClosed(QuickBooksError):
    """The date lies in a closed period. A person chooses another date or opens the books."""


class Refused(QuickBooksError):
    """No retry can help. Park with the detail."""


_BY_CODE: dict[str, type[QuickBooksError]] = {
    "100": TokenRefused,
    "110": TokenRefused,
    "3200": TokenRefused,
    "3201": TokenRefused,
    "3202": TokenRefused,
    "120": Reconnect,  # the person who connected is no administrator any more
    "3100": Reconnect,  # a good token, but not for this company
    "6190": Reconnect,  # the subscription or the trial ended
    "3001": Throttled,
    "130": Unavailable,  # wrong cluster
    "140": Unavailable,  # company locked
    "150": Unavailable,  # company in maintenance
    "600": AlreadyAccepted,
    "6140": NumberTaken,
    "6240": NameTaken,
    "5010": StaleObject,
    "610": Missing,
    "2500": Missing,
    "10200": Missing,  # the company was reset: every reference we hold is void
    NOT_IN_PLAN: Refused,  # whatever status and type it comes with: one feature, not the whole access
    NOT_SUPPORTED: Refused,
    "6200": BooksClosed,
    "6210": BooksClosed,
    "10100": Refused,  # the result of a query is too big: the same query never fits
}

# One fault can list several errors. The first of these kinds that occurs decides: first what stops the whole realm,
# then what says that the document may exist already (a look-up must not be missed), then what the caller can mend.
_PRECEDENCE: tuple[type[QuickBooksError], ...] = (
    Reconnect,
    TokenRefused,
    Throttled,
    Unavailable,
    OutcomeUnknown,
    AlreadyAccepted,
    NumberTaken,
    NameTaken,
    StaleObject,
    Missing,
    BooksClosed,
    Refused,
)

_SYSTEM_CODES_FROM = 10_000  # 10000 and above: the server failed, at whatever point


def classify(status: int, headers: Mapping[str, str], body: bytes, *, jitter_seconds: float = 0.0) -> QuickBooksError:
    """The error that an answer with this status, these headers and this body means. Never raises.

    `jitter_seconds` is added to the wait of a Throttled, so that many callers don't come back at one moment.
    """
    return _error(status, headers, read_fault(body), jitter_seconds)


def fault_in(body: bytes, headers: Mapping[str, str] | None = None) -> QuickBooksError | None:
    """The error inside an answer with status 200, which may carry a Fault all the same; None when there is none."""
    fault = read_inner_fault(body)
    return None if fault is None else _error(200, headers or {}, fault, 0.0)


def _error(status: int, headers: Mapping[str, str], fault: Fault, jitter_seconds: float) -> QuickBooksError:
    kinds = [(_kind(status, fault.type, error.code), error) for error in fault.errors]
    if not kinds:
        kinds = [(_kind(status, fault.type, ""), FaultError(f"http-{status}", "", "", ""))]
    kind, first = min(kinds, key=lambda pair: _PRECEDENCE.index(pair[0]))
    told = {name.lower(): value for name, value in headers.items()}
    error = kind(
        first.code or f"http-{status}",
        first.message,
        detail=first.detail,
        status=status,
        tid=told.get("intuit_tid", ""),
        errors=fault.errors,
    )
    if isinstance(error, Throttled):
        error.wait_seconds = _wait_seconds(told) + max(0.0, jitter_seconds)
    return error


def _kind(status: int, fault_type: str, code: str) -> type[QuickBooksError]:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status == 429:
        return Throttled
    if status == 401 or fault_type.startswith("authentication"):
        return TokenRefused
    # "AuthorizatonFault" is how Intuit's own schema spells it. A 403 that names no reason is access withdrawn, too;
    # the throttles that come as 403 carry code 3001.
    if fault_type.startswith(("authorization", "authorizaton")) or (status == 403 and not code):
        return Reconnect
    if fault_type.startswith("validation"):
        return Refused  # checked and refused: even under a 5xx, nothing was done
    if _server_failed(status, fault_type, code):
        return OutcomeUnknown
    return Refused


def _server_failed(status: int, fault_type: str, code: str) -> bool:
    # Where 2xx comes here without a known code, the answer can't be read: what happened is not known either.
    if status >= 500 or status in (0, 408) or (200 <= status < 300 and not code):
        return True
    return fault_type.startswith("system") or (code.isascii() and code.isdigit() and int(code) >= _SYSTEM_CODES_FROM)


def _wait_seconds(headers: Mapping[str, str]) -> float:
    """Retry-After when it is there (Intuit documents none) and sensible, within our bounds; else one minute."""
    asked = _retry_after(headers.get("retry-after", ""), headers.get("date", ""))
    if asked is None:
        return limits.THROTTLE_WAIT_SECONDS
    return min(max(asked, limits.THROTTLE_WAIT_MIN_SECONDS), limits.THROTTLE_WAIT_MAX_SECONDS)


def _retry_after(text: str, date: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return _seconds_between(date, text)
    return seconds if math.isfinite(seconds) else None


def _seconds_between(date: str, until: str) -> float | None:
    """From the server's own Date to the HTTP date of Retry-After: our clock plays no part."""
    try:
        return (parsedate_to_datetime(until) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
