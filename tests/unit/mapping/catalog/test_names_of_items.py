"""Names of items: legal and unique whatever products are called, and the same as long as the products stay."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from shared.commerce.product import Product
from shared.mapping.catalog.plan import ConflictKind, OperationKind
from shared.mapping.text import same_name
from shared.settings.model import Settings
from tests.unit.mapping.catalog.catalogue import World, changed, item, linked, only, planned, product, settings, used

WILD = st.text(st.sampled_from("aAßẞſéé'\"/+:\t\n\r\0\x85\u200b\u202e\u2028 \xa0😀\ud800<b>&-(#)"), max_size=8)
LONG = st.builds(lambda head, tail: head + "n" * 245 + tail, WILD, WILD)
ANY = st.one_of(WILD, LONG, st.text(max_size=130))
BY_SKU, BY_NAME = settings(names="sku"), settings(names="name")


@st.composite
def catalogues(draw: st.DrawFn) -> list[Product]:
    rows = draw(st.lists(st.tuples(ANY, ANY), max_size=8))
    return [product(number, sku, name=name) for number, (sku, name) in enumerate(rows, 1) if sku.strip()]


def names(world: World) -> dict[int, str]:
    return {link.product.id: world.rows[link.item_id]["Name"] for link in world.links.values()}


@given(catalogues(), st.sampled_from([BY_SKU, BY_NAME]))
@examples(max_examples=300)
def test_every_name_is_legal_and_no_two_are_the_same(products: list[Product], chosen: Settings) -> None:
    """World refuses, as QuickBooks does, names that are too long, empty, taken or hold what none may hold."""
    world = World()
    found = world.planned(products, chosen)
    world.apply(found)
    given = [str(one.body["Name"]) for one in found.operations]
    assert len({same_name(name) for name in given}) == len(given)
    assert all(name.isprintable() or not set(name) & set(map(chr, range(32))) for name in given)
    told = {one.product_id for one in found.operations} | {one for each in found.conflicts for one in each.products}
    assert told == {one.key.id for one in products}


@given(catalogues(), st.lists(ANY, min_size=8, max_size=8), st.sampled_from([BY_SKU, BY_NAME]))
@examples(max_examples=200)
def test_a_name_stays_when_its_product_or_others_are_renamed(
    products: list[Product], titles: list[str], chosen: Settings
) -> None:
    world = World()
    world.apply(world.planned(products, chosen))
    before = names(world)
    renamed = [changed(one, name=title) for one, title in zip(products, titles, strict=False)]
    more = product(99, "another one", name=titles[0])
    world.apply(world.planned([*renamed, more], chosen))
    assert {number: name for number, name in names(world).items() if number != 99} == before


@pytest.mark.parametrize(("first", "second"), [("Straße", "STRASSE"), ("ﬁn", "FIN"), ("ſet", "SET")])
def test_titles_that_quickbooks_may_take_for_one_have_their_skus_behind_them(first: str, second: str) -> None:
    found = planned([product(1, "A", name=first), product(2, "B", name=second)], chosen=BY_NAME)
    assert sorted(str(one.body["Name"]) for one in found.operations) == sorted([f"{first} (A)", f"{second} (B)"])


def test_a_name_that_quickbooks_refused_as_taken_is_not_tried_again() -> None:
    found = only(planned([product(1, "café")], unavailable={"café"}))
    assert found.body["Name"] == "café (item)"
    asleep = item(12, "café (deleted)", "café", Active=False)
    assert "Name" not in only(planned([product(1, "café")], [asleep], unavailable={"café"})).body


def test_where_items_are_matched_by_name_a_refused_name_is_still_the_only_one() -> None:
    chosen = settings(items={"match": "name"})
    assert only(planned([product(1, "A")], chosen=chosen, unavailable={"a"})).body["Name"] == "A"


@pytest.mark.parametrize("sku", ["\u200b", "\ufeff \u00ad", "\x01\x02"])
def test_a_sku_that_nobody_can_see_is_none(sku: str) -> None:
    found = planned([product(1, sku), product(2, "A")])
    assert [one.kind for one in found.conflicts] == [ConflictKind.NO_SKU]
    assert only(found).sku == "A"


def test_skus_that_differ_by_invisible_marks_only_clash() -> None:
    [conflict] = planned([product(1, "LAMP"), product(2, "LAMP\u200b"), product(3, "\u202alamp\u202c")]).conflicts
    assert (conflict.kind, conflict.products) == (ConflictKind.SKU_CLASH, (1, 2, 3))


def test_a_name_is_spelt_anew_only_where_the_shop_owns_names() -> None:
    standing = [item(12, "desk lamp", "A")], used(("A", "12")), [linked(1, "12")]
    respelt = product(1, "A", name="Desk Lamp")
    assert planned([respelt], *standing, chosen=BY_NAME).operations == ()
    found = only(planned([respelt], *standing, chosen=settings(names="name", owners={"name": "shop"})))
    assert (found.kind, found.body["Name"]) == (OperationKind.UPDATE, "Desk Lamp")


@pytest.mark.parametrize(("price", "text"), [("-0.01", "below zero"), ("1e15", "above 99,999,999,999")])
@pytest.mark.parametrize("field", ["price", "cost"])
def test_a_price_that_cannot_be_is_for_people_unless_the_books_own_prices(field: str, price: str, text: str) -> None:
    odd = product(1, "A", **{field: Decimal(price)})
    [conflict] = planned([odd]).conflicts
    assert conflict.kind is ConflictKind.PRICE_REFUSED
    assert field in conflict.text and text in conflict.text
    made = only(planned([odd], chosen=settings(owners={field: "books"})))
    assert {"price": "UnitPrice", "cost": "PurchaseCost"}[field] not in made.body
