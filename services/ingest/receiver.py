"""Where a request for a path goes: to a source of a connection, or of the app at Intuit. Pure; `sources/` has what each
source takes."""

from __future__ import annotations

from services.ingest.sources import adobe_io, commerce, mageos, mageplaza, quickbooks
from services.ingest.sources.connection import Connections, WebhookConnection
from services.ingest.sources.webhook import Refused, Target
from shared import limits

NOT_FOUND = Refused(
    404,
    "no such address; webhooks go to /webhooks/{connection}/mageos/{event}, /webhooks/{connection}/adobe-io, "
    "/webhooks/{connection}/commerce/{hook}, /webhooks/{connection}/mageplaza/{hook} or /webhooks/quickbooks",
)
# To a sender that repeats only what a server answers, 404 would be the last word.
NO_SETTINGS = Refused(
    503, "no settings are published yet for this connection, which has secrets", limits.WEBHOOK_RETRY_AFTER_SECONDS
)


def find_target(connections: Connections, path: str) -> Target | Refused:
    """The target of a path as sent, without its query."""
    match path.split("/"):
        case ["", "webhooks", "quickbooks"]:
            return quickbooks.find(connections.app())
        case ["", "webhooks", name, source, *rest]:
            shop = connections.connection(name)
            if shop is None:
                return (
                    NO_SETTINGS
                    if connections.awaited(name)
                    else Refused(404, f"connection {name[:100]!r} is not known")
                )
            return _of_shop(shop, source, rest)
        case _:
            return NOT_FOUND


def _of_shop(shop: WebhookConnection, source: str, rest: list[str]) -> Target | Refused:
    match source, rest:
        case "mageos", [event]:
            return mageos.find(shop, event)
        case "adobe-io", []:
            return adobe_io.find(shop)
        case "commerce", [hook]:
            return commerce.find(shop, hook)
        case "mageplaza", [hook]:
            return mageplaza.find(shop, hook)
        case _:
            return NOT_FOUND
