"""The addresses of connecting, behind the public address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from services.ingest.connect.tickets import Purpose, Ticket, TicketOffice
from shared import limits

START = "/connect/quickbooks/start"
CALLBACK = "/connect/quickbooks/callback"


@dataclass(frozen=True, slots=True)
class Link:
    """What a person opens to connect a company, and the attempt that it begins."""

    attempt: str
    address: str
    until: datetime


def new_link(office: TicketOffice, public_address: str, connection: str, realm: str, now: datetime) -> Link:
    """A link that is good once, from now on for CONNECT_LINK_SECONDS."""
    until = now + timedelta(seconds=limits.CONNECT_LINK_SECONDS)
    ticket = Ticket(Purpose.LINK, uuid.uuid4().hex, connection, realm, until)
    query = urlencode({"link": office.sign(ticket)})
    return Link(ticket.attempt, f"{public_address}{START}?{query}", until)
