"""Where a request for a path goes: to a source of a connection. Pure; `sources/` has what each source takes."""

from __future__ import annotations

from services.ingest.sources import mageos
from services.ingest.sources.connection import Connections
from services.ingest.sources.webhook import Refused, Target

NOT_FOUND = Refused(404, "no such address; webhooks go to /webhooks/{connection}/mageos/{event}")


def find_target(connections: Connections, path: str) -> Target | Refused:
    """The target of a path as sent, without its query."""
    match path.split("/"):
        case ["", "webhooks", name, "mageos", event]:
            shop = connections.connection(name)
            return _unknown(name) if shop is None else mageos.find(shop, event)
        case _:
            return NOT_FOUND


def _unknown(name: str) -> Refused:
    return Refused(404, f"connection {name[:100]!r} is not known")
