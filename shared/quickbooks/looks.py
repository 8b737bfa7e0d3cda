"""Which moment the last whole look at a company's objects was of, as ingest's cursor tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.quickbooks.cdc import Unreadable, instant


def cursor_of(realm: str) -> str:
    """The key of a company's cursor in `bookbridge.cursors`."""
    return f"{realm}:cdc"


def look_in(cursor: Mapping[str, Any], entity: str) -> tuple[datetime, datetime] | None:
    """When the last question that showed all there was of this entity was sent and answered, by the server's clock;
    None before the first. Raises Unreadable."""
    try:
        looked = cursor["entities"][entity].get("looked")
        return None if looked is None else (instant(looked[0]), instant(looked[1]))
    except KeyError:
        return None
    except (TypeError, AttributeError, IndexError) as error:
        raise Unreadable(f"a cursor without its looks: {error!r}") from error
