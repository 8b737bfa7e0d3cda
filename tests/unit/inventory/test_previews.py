"""Which previews are harmless, and what a confirmation holds for."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.preview import Preview, preview_of, row_of
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.settings.model import Settings


def settings(**stock: object) -> Settings:
    return Settings.model_validate(
        {
            "connection": "main",
            "magento": {"url": "https://shop.example"},
            "quickbooks": {"realm": "1"},
            "stock": {"direction": "books_to_shop", **stock},
        }
    )


def decision(sku: str, now: int | None, then: int | None, *, open_: int = 0, **more: object) -> StockDecision:
    outcome = Outcome.WRITE if then is not None else Outcome.WAIT
    shop_now = None if now is None else Decimal(now)
    quantity = None if then is None else Decimal(then)
    fields = {"outcome": outcome, "quantity": quantity, "shop_now": shop_now, "open": Decimal(open_), **more}
    return StockDecision(sku, **fields)  # type: ignore[arg-type]


def preview(*decisions: StockDecision, **stock: object) -> Preview:
    return preview_of(settings(**stock), [row_of(one, True) for one in decisions])


def test_what_sells_nothing_any_more_counts_as_emptied() -> None:
    shown = preview(
        decision("A", 5, 0),
        decision("B", 5, 3, open_=3),  # all that is left is sold
        decision("C", 5, 4, in_stock=False),
        decision("D", 5, 2, threshold=Decimal(2)),
        decision("E", 5, 1),
        decision("F", 3, 3, open_=3),  # nothing of it could be sold before
        decision("G", None, 0),
    )
    assert (shown.stocked, shown.emptied) == (5, 4)
    assert [row.sku for row in shown.rows if row.emptied] == ["A", "B", "C", "D"]


def test_a_row_that_is_out_of_stock_is_not_emptied() -> None:
    shown = preview_of(settings(), [row_of(decision("A", 5, 0), False)])
    assert (shown.stocked, shown.emptied, shown.harmless) == (0, 0, True)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 100))
def test_it_is_harmless_when_no_more_than_the_guards_share_is_emptied_or_unsure(
    emptied: int, unsure: int, kept: int, guard: int
) -> None:
    decisions = [decision(f"E{number}", 5, 0) for number in range(emptied)]
    decisions += [decision(f"U{number}", 5, None) for number in range(unsure)]
    decisions += [decision(f"K{number}", 5, 4) for number in range(kept)]
    shown = preview(*decisions, guard_percent=guard)
    total = emptied + unsure + kept
    assert shown.harmless == ((emptied + unsure) * 100 <= guard * total)


def test_a_digest_names_what_is_emptied_and_where_and_no_quantity() -> None:
    first = preview(decision("A", 5, 0), decision("B", 5, 3))
    assert preview(decision("A", 7, 0), decision("B", 4, 2)).digest == first.digest
    others = [
        preview(decision("A", 5, 0), decision("B", 5, 0)),
        preview(decision("A", 5, 1), decision("B", 5, 3)),
        preview(decision("A", 5, 0), decision("B", 5, 3), source="depot"),
        preview(decision("A", 5, 0), decision("B", 5, 3), direction="shop_to_books"),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 5
