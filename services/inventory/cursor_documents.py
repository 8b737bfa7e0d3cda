"""Documents of `bookbridge.cursors` as others write them: which rows of that topic a projection keeps. Pure."""

from __future__ import annotations

from shared.log.port import Record
from shared.log.projection import Fold
from shared.wire import NotJson, decode


def ending_in(suffix: str) -> Fold:
    """Those whose key ends so. Of other cursors, and of what this version can't read, there is no row."""

    def fold(current: bytes | None, record: Record) -> bytes | None:
        if record.value is None or not record.key.endswith(suffix):
            return None
        try:
            document = decode(record.value)
        except NotJson:
            return None
        return record.value if isinstance(document, dict) and document.get("schema") == 1 else None

    return fold
