"""What an action is asked for, whoever asks: REST or a control route."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

Quantities = dict[int, Decimal]  # by order item id


@dataclass(frozen=True)
class Comment:
    text: str
    visible_on_front: bool = False
    notified: bool = False


@dataclass(frozen=True)
class Track:
    number: str
    title: str
    carrier: str


@dataclass(frozen=True)
class InvoiceRequest:
    """capture: "online" through the gateway, "offline" (paid, whoever took the money), "not" (left open)."""

    quantities: Quantities = field(default_factory=dict)
    capture: str = "offline"
    comment: Comment | None = None


@dataclass(frozen=True)
class ShipRequest:
    quantities: Quantities = field(default_factory=dict)
    source: str | None = None
    tracks: tuple[Track, ...] = ()
    comment: Comment | None = None


@dataclass(frozen=True)
class CreditRequest:
    """Amounts in base currency. shipping None: all that is left. returned None: the shop's setting decides."""

    quantities: Quantities = field(default_factory=dict)
    shipping: Decimal | None = None
    extra: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    returned: tuple[int, ...] | None = None
    online: bool = False
    comment: Comment | None = None
