"""Change data capture: what changed since an instant, one answer of at most 1,000 objects, no further pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.clock import COMPANY_ZONE
from sandbox.quickbooks.entity_names import CDC_ENTITIES
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.profile import preferences
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import ServerSettings
from sandbox.quickbooks.store import Company

# A plus sign that isn't encoded arrives as a space, so this form doesn't take it.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def changes(company: Company, settings: ServerSettings, entities: str, changed_since: str) -> dict[str, Any]:
    """The answer's document: for each entity that changed the live objects, then what is left of removed ones.

    An entity that this sandbox doesn't model never changes. Raises Refused: 2020, 2060, 500.
    """
    absent = [
        name for name, value in (("entities", entities), ("changedSince", changed_since)) if not value.strip(" ,")
    ]
    if absent:
        raise Refused(*(errors.missing(name) for name in absent))
    names = _names(entities, CDC_ENTITIES | settings.cdc_also_covers)
    since = _instant(company, changed_since)
    until = company.clock.now() - timedelta(seconds=settings.cdc_lag_seconds)
    left = limits.QB_CDC_OBJECTS
    parts = []
    for name in names:
        if name in ENTITIES and left:
            rows = _rows(company, name, since, until, left)
            left -= len(rows)
            if rows:
                parts.append(_part(name, rows))
    return {"CDCResponse": [{"QueryResponse": parts or [{}]}]}


def _names(entities: str, covered: frozenset[str]) -> list[str]:
    """The entities in their own spelling, each once, as asked. Raises Refused for one that CDC doesn't cover."""
    by_lower = {name.lower(): name for name in covered}
    asked = dict.fromkeys(name.strip() for name in entities.split(",") if name.strip())
    unknown = [name for name in asked if name.lower() not in by_lower]
    if unknown:
        raise errors.unsupported(f"cdc for {', '.join(unknown)}")
    return list(dict.fromkeys(by_lower[name.lower()] for name in asked))


def _instant(company: Company, text: str) -> datetime:
    """Raises Refused: 2060 for no date, 500 for more than 30 days back (as recorded in QuickBooksSharp#19).

    A date means its beginning in the company; so a time without an offset is the company's.
    """
    if _INSTANT.fullmatch(text) is None:
        raise Refused(errors.bad_date("changedSince", text))
    try:
        instant = datetime.fromisoformat(text)
        instant = instant if instant.tzinfo else instant.replace(tzinfo=COMPANY_ZONE)
        day = instant.astimezone(COMPANY_ZONE).date()
    except (ValueError, OverflowError) as error:
        raise Refused(errors.bad_date("changedSince", text)) from error
    if day < company.clock.today() - timedelta(days=limits.QB_CDC_DAYS):
        raise errors.unsupported(f"cdc with changedSince date {text} which is older than fixed days")
    return instant


def _rows(company: Company, name: str, since: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """Live objects by their last update, then the removed ones. until: what is younger hasn't arrived yet."""
    changed = company.changed_since(name, since, limit)
    live = [preferences(company) if name == "Preferences" else record.document for record in changed]
    rows = list(takewhile(lambda row: datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]) <= until, live))
    gone = company.tombstones(name, since, limit - len(rows)) if len(rows) < limit else []
    return rows + [_tombstone(stone.id, stone.at) for stone in takewhile(lambda stone: stone.at <= until, gone)]


def _tombstone(object_id: str, at: datetime) -> dict[str, Any]:
    when = at.astimezone(COMPANY_ZONE).isoformat(timespec="seconds")
    return {"domain": "QBO", "status": "Deleted", "Id": object_id, "MetaData": {"LastUpdatedTime": when}}


def _part(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    part: dict[str, Any] = {name: rows, "startPosition": 1, "maxResults": len(rows)}
    if ENTITIES[name].total_count:
        part["totalCount"] = len(rows)
    return part
