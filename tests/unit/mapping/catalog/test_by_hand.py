"""What people do in the books and the shop behind the catalogue's back: nothing is doubled, or undone for ever."""

from __future__ import annotations

from typing import Any

import pytest

from shared.commerce.product import Product, ProductKind
from shared.mapping.catalog.plan import ConflictKind, OperationKind, SkipReason
from tests.unit.mapping.catalog.catalogue import World, changed, item, linked, only, planned, product, settings, used

A = item(12, "A", "A")
ASLEEP = item(12, "A (deleted)", "A", Active=False)
STANDS = used(("A", "12")), [linked(1, "12")]
BY_NAME = settings(items={"match": "name"})


@pytest.mark.parametrize("links", [STANDS, (used(("A", "12")), [])])
@pytest.mark.parametrize("chosen", [settings(), BY_NAME, settings(revive=False)])
def test_an_item_that_people_put_in_the_place_of_an_inactive_one_is_taken(links: Any, chosen: Any) -> None:
    if chosen is BY_NAME:
        links = ({"7:item:name:a": "12"}, links[1])
    other = item(20, "A" if chosen is BY_NAME else "A anew", "A", Type="Service")
    world = World.of([ASLEEP, other], *links)
    found = only(world.planned([product(1, "A")], chosen))
    assert (found.kind, found.item_id, found.replaces) == (OperationKind.ADOPT, "20", "12")
    world.apply(world.planned([product(1, "A")], chosen))
    assert world.planned([product(1, "A")], chosen).unchanged == 1
    assert world.rows["12"]["Active"] is False


def test_of_several_in_its_place_people_must_choose() -> None:
    found = planned([product(1, "A")], [ASLEEP, item(20, "X", "A"), item(21, "Y", "A")], *STANDS)
    assert [one.kind for one in found.conflicts] == [ConflictKind.ITEM_AMBIGUOUS]


def test_an_item_of_another_product_takes_nobodys_place() -> None:
    anothers = item(20, "X", "A")
    found = planned(
        [product(1, "A"), product(2, "B")], [ASLEEP, anothers], used(("A", "12")), [linked(1, "12"), linked(2, "20")]
    )
    assert {one.product_id: (one.kind, one.item_id) for one in found.operations} == {
        1: (OperationKind.REACTIVATE, "12"),
        2: (OperationKind.UPDATE, "20"),
    }


def test_a_product_renamed_to_the_sku_of_an_active_item_is_for_people_to_decide() -> None:
    found = planned([product(1, "B"), product(2, "C")], [A, item(20, "Somebody's", "b")], *STANDS)
    [conflict] = found.conflicts
    assert (conflict.kind, conflict.items, conflict.products) == (ConflictKind.ITEM_AMBIGUOUS, ("12", "20"), (1,))
    assert only(found).product_id == 2


def test_a_product_renamed_to_the_sku_of_an_inactive_item_keeps_its_own() -> None:
    found = only(planned([product(1, "B")], [A, item(20, "B (deleted)", "B", Active=False)], *STANDS))
    assert (found.kind, found.item_id, found.body["Sku"]) == (OperationKind.UPDATE, "12", "B")


def swapped(*, sku_owner: str = "shop", **chosen: Any) -> World:
    before = [product(1, "A", name="Lamp"), product(2, "B", name="Chair")]
    after = [changed(before[0], sku="B"), changed(before[1], sku="A")]
    rules = settings(owners={"sku": sku_owner}, **chosen)
    world = World()
    world.apply(world.planned(before, rules))
    for _ in range(4):
        world.apply(world.planned(after, rules))
    assert world.planned(after, rules).operations == ()
    return world


def test_two_products_that_swap_their_skus_keep_their_items_and_orders_find_the_right_one() -> None:
    world = swapped()
    assert {number: row["Sku"] for number, row in world.rows.items()} == {"1": "B", "2": "A"}
    assert world.skus == used(("A", "2"), ("B", "1"))
    assert swapped(sku_owner="books").skus == used(("A", "2"), ("B", "1"))


def test_while_one_half_of_a_swap_is_known_only_that_product_waits() -> None:
    world = World()
    world.apply(world.planned([product(1, "A"), product(2, "B")]))
    half = world.planned([product(1, "B"), product(2, "B")])
    assert [one.kind for one in half.conflicts] == [ConflictKind.SKU_CLASH]
    assert half.operations == ()


def test_two_products_that_swap_the_names_by_which_items_are_known_wait_for_people() -> None:
    before = [product(1, "A"), product(2, "B")]
    world = World()
    world.apply(world.planned(before, BY_NAME))
    after = [changed(before[0], sku="B"), changed(before[1], sku="A")]
    stuck = world.planned(after, BY_NAME)
    assert {one.kind for one in stuck.conflicts} == {ConflictKind.NAME_TAKEN}
    world.rows["1"] |= {"Name": "for a moment", "FullyQualifiedName": "for a moment"}  # by hand
    for _ in range(3):
        world.apply(world.planned(after, BY_NAME))
    assert {number: row["Name"] for number, row in world.rows.items()} == {"1": "B", "2": "A"}
    assert world.planned(after, BY_NAME).unchanged == 2


@pytest.mark.parametrize("policy", ["keep", "inactive"])
@pytest.mark.parametrize("noticed", [True, False], ids=["seen in between", "seen at once"])
def test_a_product_deleted_and_made_again_keeps_its_item(policy: str, noticed: bool) -> None:
    chosen = settings(deleted=policy)
    world = World()
    world.apply(world.planned([product(1, "A")], chosen))
    gone = Product(product(1, "A").key, deleted=True)
    if noticed:
        world.apply(world.planned([gone], chosen))
    again = [gone, product(7, "A")]
    world.apply(world.planned(again, chosen))
    assert [(row["Active"], row["Sku"]) for row in world.rows.values()] == [(True, "A")]
    assert world.planned(again, chosen).operations == ()


def test_an_item_that_people_merged_into_another_is_made_anew_once() -> None:
    products = [product(1, "A"), product(2, "B")]
    world = World()
    world.apply(world.planned(products))
    del world.rows["2"]
    world.apply(world.planned(products))
    assert sorted(row["Sku"] for row in world.rows.values()) == ["A", "B"]
    assert world.planned(products).unchanged == 2


def test_somebodys_item_that_was_renamed_to_the_name_that_we_want_keeps_it() -> None:
    found = only(planned([product(1, "LAMP")], [item(20, "LAMP", "OTHER")]))
    assert (found.kind, found.body["Name"]) == (OperationKind.CREATE, "LAMP (item)")


@pytest.mark.parametrize("chosen", [settings(), BY_NAME])
def test_a_sku_that_changes_its_letter_case_alone_stays_with_its_item(chosen: Any) -> None:
    world = World()
    world.apply(world.planned([product(1, "lamp")], chosen))
    found = world.planned([product(1, "LAMP")], chosen)
    assert (only(found).kind, only(found).body["Sku"]) == (OperationKind.UPDATE, "LAMP")
    world.apply(found)
    assert world.planned([product(1, "LAMP")], chosen).unchanged == 1
    assert len(world.rows) == 1


def test_a_configurable_product_that_becomes_simple_gets_an_item_and_the_other_way_round_leaves_it() -> None:
    parent = product(1, "HOODIE", type="configurable", kind=ProductKind.PARENT)
    world = World()
    world.apply(world.planned([parent]))
    assert world.rows == {}
    world.apply(world.planned([product(1, "HOODIE")]))
    back = world.planned([parent])
    assert (back.operations, [one.reason for one in back.skipped]) == ((), [SkipReason.PARENT])
    assert [row["Active"] for row in world.rows.values()] == [True]
