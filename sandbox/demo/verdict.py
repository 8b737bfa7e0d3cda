"""Is everything as promised? Orders, what the audit expects, what was decided, and the ledger, held side by side."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.demo.audit import Expected
from sandbox.demo.watch import POSTED, Seen

_MARKER = re.compile(r"\[bookbridge ([a-z0-9-]+:order:\d+)\]$")


@dataclass(frozen=True, slots=True)
class Judged:
    """One order with everything known about it. `documents` are the live ones in the ledger."""

    key: str
    shape: str
    number: str
    expected: Expected
    seen: Seen
    documents: tuple[Mapping[str, Any], ...]

    @property
    def parked(self) -> bool:
        return self.seen.status == "parked"

    @property
    def posted(self) -> bool:
        return self.seen.status in POSTED

    @property
    def difference(self) -> Decimal:
        """|total| + |tax| between shop and books."""
        total, tax = (self.expected.total, self.expected.tax) if self.expected.posted else (Decimal(0), Decimal(0))
        return abs(total - self.booked("total")) + abs(tax - self.booked("tax"))

    def booked(self, field_name: str) -> Decimal:
        """What the books hold."""
        return sum((Decimal(document[field_name]) for document in self.documents), Decimal(0))

    def problems(self) -> list[str]:
        """What is not as promised, in words."""
        name = f"{self.shape} order {self.number} ({self.key})"
        if not self.seen.decided:
            return [f"{name}: undecided; so far: {', '.join(self.seen.history) or 'nothing'}"]
        found = []
        if len(self.documents) != int(self.expected.posted):
            found.append(f"{name}: {len(self.documents)} documents instead of {int(self.expected.posted)}")
        if self.expected.posted and not self.posted:
            found.append(f"{name}: {self.seen.status} ({self.seen.reason} {self.seen.text}) instead of posted")
        if not self.expected.posted and (not self.parked or self.seen.reason not in self.expected.reasons):
            wanted = " or ".join(sorted(self.expected.reasons))
            found.append(f"{name}: {self.seen.status} {self.seen.reason} instead of parked for {wanted}")
        if self.difference:
            found.append(
                f"{name}: the books hold {self.booked('total')} with tax {self.booked('tax')} instead of "
                f"{self.expected.total} with tax {self.expected.tax}"
            )
        wrong = {document["currency"] for document in self.documents} - {self.expected.currency}
        if self.expected.posted and wrong:
            found.append(f"{name}: booked in {', '.join(sorted(wrong))} instead of {self.expected.currency}")
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """The orders, and the documents that belong to none of them."""

    orders: tuple[Judged, ...]
    strays: tuple[Mapping[str, Any], ...]
    others: list[str] = field(default_factory=list)

    @property
    def parked(self) -> dict[str, int]:
        """Reason -> count."""
        return dict(sorted(Counter(order.seen.reason for order in self.orders if order.parked).items()))

    @property
    def posted(self) -> int:
        return sum(order.posted for order in self.orders)

    @property
    def documents(self) -> int:
        """Live ones in the ledger, whoever made them."""
        return sum(len(order.documents) for order in self.orders) + len(self.strays)

    @property
    def difference_cents(self) -> int | float:
        """Over all orders, and the whole of what nobody ordered. A whole number, but for currencies with mills."""
        cents = 100 * sum((order.difference for order in self.orders), Decimal(0))
        cents += 100 * sum((Decimal(stray["total"]) + Decimal(stray["tax"]) for stray in self.strays), Decimal(0))
        return int(cents) if cents == cents.to_integral_value() else float(cents)

    def problems(self) -> list[str]:
        """Everything that is not as promised."""
        found = [problem for order in self.orders for problem in order.problems()]
        found += [
            f"{stray['type']} {stray['id']} ({stray['doc_number']}) over {stray['total']} belongs to no order"
            for stray in self.strays
        ]
        return [*found, *self.others]


def by_order(ledger: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The live documents by the key in their marker, "" for those without one."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for document in ledger:
        if document["status"] == "live":
            marker = _MARKER.search(document["private_note"] or "")
            found[marker[1] if marker else ""].append(document)
    return dict(found)
