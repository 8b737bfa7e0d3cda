"""What may be left of a foreign document after its conversion: the gain or loss of other rates, and rounding.

Without a bound the account of exchange gains and losses would take every mistake of a foreign document in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sandbox.quickbooks.accounting.amounts import rate
from sandbox.quickbooks.accounting.deposited import is_funds_line, source_amount, source_of
from sandbox.quickbooks.accounting.entry import Unbalanced
from sandbox.quickbooks.accounting.open_items import linked_lines, open_item
from sandbox.quickbooks.money import CENT, ZERO
from sandbox.quickbooks.store import Company, Record

_HALF_CENT = CENT / 2


def check_residue(company: Company, record: Record, residue: Decimal, sides: int) -> None:
    """Raises Unbalanced when debits less credits are further from the gain of other rates than half a cent for each
    amount that was rounded, and one cent more."""
    linked = list(_linked(company, record))
    gain = sum((amount * (rate(record.document) - rate(other.document)) for other, amount in linked), ZERO)
    # What is taken from a linked document is the difference of two rounded amounts, or a sum of its rounded lines.
    rounded = sides + sum(1 + len(other.document.get("Line", ())) for other, _ in linked)
    if abs(residue - gain) > rounded * _HALF_CENT + CENT:
        raise Unbalanced(f"{record.entity} {record.id}: {residue} is left, of which other rates explain {gain}")


def _linked(company: Company, record: Record) -> Iterator[tuple[Record, Decimal]]:
    """The documents whose rate counts, each with the amount that is taken from it, credits below zero."""
    document = record.document
    if record.entity == "Payment":
        for entity, object_id, amount in linked_lines(document):
            other = company.need(entity, object_id)
            yield other, amount * open_item(company, other, document["CustomerRef"]["value"]).sign
    if record.entity == "Deposit":
        for line in filter(is_funds_line, document["Line"]):
            other, line_id = source_of(company, line)
            yield other, source_amount(other, line_id)
