"""What people asked, as JSON documents on the way to them, and back. Pure.

An answer is lines of JSON: `{"waiting": true}` every second until it is there, with `done` and `of` where these are
known; then `{"row": …}` for each row of a preview; and one last line: `{"preview": …}`, `{"confirmed": true}`,
`{"decision": …, "waits_for": …}` (why nothing is written for now, if so), `{"not_known": …}` or
`{"problem": …, "text": …}`. Without that the answer was cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from services.inventory.preview import NotKnown, Preview, PreviewRow
from shared.mapping.stock.decision import Note, Outcome, Remark, StockDecision, Term, TermKind
from shared.settings.stock import StockDirection

_OWN = tuple(field.name for field in fields(Preview) if field.name != "rows")


def head_of(preview: Preview) -> dict[str, Any]:
    """All of it but the rows, with what follows from them."""
    return {
        **{name: getattr(preview, name) for name in _OWN},
        "counts": {outcome.value: number for outcome, number in sorted(preview.counts.items())},
        "emptied_percent": round(preview.emptied_percent, 2),
        "harmless": preview.harmless,
        "skus": len(preview.rows),
    }


def row_document(row: PreviewRow) -> dict[str, Any]:
    """A row, field by field."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def decision_document(decision: StockDecision) -> dict[str, Any]:
    """A decision with its terms and remarks."""
    plain = {field.name: getattr(decision, field.name) for field in fields(decision)}
    plain["terms"] = [{field.name: getattr(term, field.name) for field in fields(term)} for term in decision.terms]
    plain["notes"] = [{field.name: getattr(note, field.name) for field in fields(note)} for note in decision.notes]
    return plain


def not_known_document(found: NotKnown) -> dict[str, Any]:
    """A SKU that nothing can be said of."""
    return {field.name: getattr(found, field.name) for field in fields(found)}


def read_preview(head: Mapping[str, Any], rows: Iterable[PreviewRow]) -> Preview:
    """The preview again. Raises KeyError, TypeError, ValueError, as all readers here, for what isn't one."""
    return Preview(
        connection=head["connection"],
        source=head["source"],
        rows=tuple(rows),
        stocked=head["stocked"],
        emptied=head["emptied"],
        unsure=head["unsure"],
        guard_percent=_number(head["guard_percent"]),
        digest=head["digest"],
        approved=head["approved"],
        paused=head["paused"],
        direction=StockDirection(head["direction"]),
    )


def read_row(document: Mapping[str, Any]) -> PreviewRow:
    """A row again."""
    return PreviewRow(
        sku=document["sku"],
        outcome=Outcome(document["outcome"]),
        shop_now=_maybe(document["shop_now"]),
        would_be=_maybe(document["would_be"]),
        in_stock=document["in_stock"],
        why=document["why"],
        notes=tuple(document["notes"]),
        stocked=document["stocked"],
        emptied=document["emptied"],
    )


def read_decision(document: Mapping[str, Any]) -> StockDecision:
    """A decision again."""
    return StockDecision(
        sku=document["sku"],
        outcome=Outcome(document["outcome"]),
        quantity=_maybe(document["quantity"]),
        in_stock=document["in_stock"],
        shop_now=_maybe(document["shop_now"]),
        open=_number(document["open"]),
        threshold=_number(document["threshold"]),
        terms=tuple(map(_term, document["terms"])),
        notes=tuple(Note(Remark(note["remark"]), _number(note["units"]), note["text"]) for note in document["notes"]),
        why=document["why"],
        waits_for=tuple(document["waits_for"]),
        on_hand=_maybe(document["on_hand"]),
        item_id=document["item_id"],
    )


def read_not_known(document: Mapping[str, Any]) -> NotKnown:
    """A SKU again that nothing can be said of."""
    return NotKnown(document["sku"], document["why"], tuple(document["similar"]))


def _term(document: Mapping[str, Any]) -> Term:
    return Term(
        kind=TermKind(document["kind"]),
        units=_number(document["units"]),
        because=document["because"],
        records=tuple(document["records"]),
        order=document["order"],
        booked=_number(document["booked"]),
        taken=_number(document["taken"]),
    )


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise TypeError("no number")
    return Decimal(value)


def _maybe(value: Any) -> Decimal | None:
    return None if value is None else _number(value)
