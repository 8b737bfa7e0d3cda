"""What operators see of tokens: gauges, health warnings, and a line in the log when a person must act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

import structlog

from services.ingest.connect.lifetimes import Notice, notice
from services.process import Process
from shared import limits
from shared.quickbooks.vault import State, TokenRecord

_STATES = ("valid", "refreshing", *(state for state in get_args(State) if state != "active"))
_log = structlog.get_logger(__name__)


class TokenWatch:
    """Of the realms that this process owns."""

    def __init__(self, process: Process, now: Callable[[], datetime]) -> None:
        self._metrics = process.metrics
        self._now = now
        self._notices: dict[str, Notice] = {}
        self._told: dict[str, tuple[Notice, datetime]] = {}
        process.health.warn_when("tokens", self._warning)

    def note(self, connection: str, realm: str, record: TokenRecord | None, state: str) -> None:
        """After each look at a realm. `state` is valid, refreshing, reconnect or disconnected."""
        for name in _STATES:
            self._metrics.token_state.labels(realm, name).set(name == state)
        self._metrics.token_expiry.remove_by_labels({"realm": realm})  # a grant that is over ends no more
        if record is not None and record.state == "active" and record.pair.access_token:
            ends = {"access": record.pair.access_expires_at, "refresh": record.pair.refresh_expires_at}
            if record.pair.hard_expires_at is not None:
                ends["hard"] = record.pair.hard_expires_at
            for token, end in ends.items():
                self._metrics.token_expiry.labels(realm, token).set(end.timestamp())
        found = notice(connection, realm, record, self._now())
        if found is None:
            self._notices.pop(realm, None)
            self._told.pop(realm, None)
        else:
            self._notices[realm] = found
            self._tell(realm, found)

    def forget(self, realm: str) -> None:
        """Another process owns it now, and shows it."""
        self._notices.pop(realm, None)
        self._told.pop(realm, None)
        self._metrics.token_state.remove_by_labels({"realm": realm})
        self._metrics.token_expiry.remove_by_labels({"realm": realm})

    def _tell(self, realm: str, found: Notice) -> None:
        before, now = self._told.get(realm), self._now()
        if (
            before is not None
            and before[0].text == found.text
            and now - before[1] < timedelta(seconds=limits.TOKEN_NOTICE_SECONDS)
        ):
            return
        self._told[realm] = (found, now)
        (_log.warning if found.urgent else _log.info)("the connection to QuickBooks needs a person", realm=realm,
                                                      reason=found.text)  # fmt: skip

    def _warning(self) -> str | None:
        return "; ".join(found.text for _, found in sorted(self._notices.items())) or None
