"""Texts and decisions that a terminal has trouble with."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from services.inventory.preview import PreviewRow
from shared.commerce.money import ZERO
from shared.mapping.stock.decision import Note, Outcome, Remark, StockDecision, Term, TermKind

characters = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from("/+'\"\\ \t\n\x1b\x07[]äé漢字かな👩‍🚀😀\u0301\u200b\u202e"),
)
skus = st.text(characters, min_size=1, max_size=64)
names = st.text(characters, max_size=100)
quantities = st.decimals(Decimal("-99999999.9999"), Decimal("99999999.9999"), places=4)
order_kinds = st.sampled_from([TermKind.AWAITING_SHIPMENT, TermKind.AWAITING_BOOKS])
notes = st.builds(Note, st.sampled_from(Remark), quantities, names)


@st.composite
def terms(draw: st.DrawFn) -> Term:
    booked, taken = draw(quantities), draw(quantities)
    records = tuple(draw(st.lists(names, max_size=3)))
    return Term(draw(order_kinds), booked - taken, draw(names), records, "7", booked, taken)


@st.composite
def decisions(draw: st.DrawFn) -> StockDecision:
    """With a quantity that is the sum of its terms."""
    first = Term(TermKind.ON_HAND, draw(quantities), draw(names), tuple(draw(st.lists(names, max_size=1))))
    every = (first, *draw(st.lists(terms(), max_size=8)))
    return StockDecision(
        sku=draw(skus),
        outcome=draw(st.sampled_from([Outcome.WRITE, Outcome.UNCHANGED])),
        quantity=sum((term.units for term in every), ZERO),
        in_stock=draw(st.booleans()),
        shop_now=draw(st.none() | quantities),
        open=abs(draw(quantities)),
        threshold=draw(quantities),
        terms=every,
        notes=tuple(draw(st.lists(notes, max_size=3))),
    )


@st.composite
def rows(draw: st.DrawFn) -> PreviewRow:
    outcome = draw(st.sampled_from(Outcome))
    would_be = draw(quantities) if outcome in (Outcome.WRITE, Outcome.UNCHANGED) else None
    return PreviewRow(
        sku=draw(skus),
        outcome=outcome,
        shop_now=draw(st.none() | quantities),
        would_be=would_be,
        in_stock=draw(st.booleans()),
        why=draw(names),
        notes=tuple(draw(st.lists(names, max_size=2))),
        emptied=outcome is Outcome.WRITE and draw(st.booleans()),
    )
