"""How long a company's connection still lives, and what a person is told about it, and when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import limits
from shared.quickbooks.vault import TokenRecord


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person must do. `urgent`: orders wait for it, or soon will."""

    urgent: bool
    text: str


def notice(connection: str, realm: str, record: TokenRecord | None, now: datetime) -> Notice | None:
    """None while nobody has to do anything.

    A connection that is refreshed has some 100 days left each time, so fewer than 14 mean that refreshing has failed
    for months or that the five years are over, which no refresh moves (reference, section 1).
    """
    remedy = f"type: bookbridge connect quickbooks {connection}"
    where = f"company {realm} (connection {connection})"
    if record is None:
        return Notice(True, f"{where} is not connected to QuickBooks yet; {remedy}")
    since = f" since {record.since:%Y-%m-%d %H:%M} UTC" if record.since else ""
    if record.state == "disconnected":
        return Notice(True, f"{where} was disconnected from QuickBooks{since}; orders wait; to connect, {remedy}")
    if record.state == "reconnect":
        why = f" ({record.reason})" if record.reason else ""
        return Notice(True, f"{where} has no access to QuickBooks{since}{why}; orders wait; {remedy}")
    hard = record.pair.hard_expires_at
    if hard is not None and hard - now < timedelta(days=limits.TOKEN_HARD_NOTICE_DAYS):
        urgent = hard - now < timedelta(days=limits.TOKEN_WARNING_DAYS)
        return Notice(urgent, f"{where}: Intuit ends the connection after five years, {_in(hard, now)}; {remedy}")
    if record.pair.access_token and record.pair.refresh_expires_at - now < timedelta(days=limits.TOKEN_WARNING_DAYS):
        return Notice(True, f"{where}: unless a refresh works, access ends {_in(record.pair.refresh_expires_at, now)}; "
                      f"look for 'no fresh token' in the log, or {remedy}")  # fmt: skip
    return None


def waiting(connection: str, realm: str, grants: Sequence[TokenRecord]) -> Notice | None:
    """What is said while the company's owner has not decided yet on what a person granted, the last consent first."""
    if not grants:
        return None
    since = f" at {grants[0].granted_at:%Y-%m-%d %H:%M} UTC" if grants[0].granted_at else ""
    return Notice(False, f"company {realm} (connection {connection}): access was granted{since} and is stored; ingest "
                         "puts it in force as soon as it runs and reaches QuickBooks")  # fmt: skip


def _in(end: datetime, now: datetime) -> str:
    days = max(0, (end - now) // timedelta(days=1))
    return f"on {end:%Y-%m-%d} (in {days} day{'' if days == 1 else 's'})"
