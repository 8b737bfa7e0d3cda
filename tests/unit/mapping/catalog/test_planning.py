"""What a plan says about one product: made, taken over, changed, left."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.commerce.product import ProductKey, ProductKind
from shared.mapping.catalog.plan import CatalogPlan, ConflictKind, OperationKind, SkipReason
from tests.unit.mapping.catalog.catalogue import World, changed, item, linked, only, planned, product, settings, used


def test_a_product_without_an_item_gets_one_under_the_key_that_orders_use() -> None:
    made = only(planned([product(1, "LAMP-07", name="Desk lamp")]))
    assert made.kind is OperationKind.CREATE
    assert made.link_key == "7:item:sku:lamp-07"
    assert made.product == ProductKey("main", 1)
    assert made.item_id is None
    assert made.body == {
        "Name": "LAMP-07",
        "Type": "NonInventory",
        "Sku": "LAMP-07",
        "Description": "Desk lamp",
        "UnitPrice": Decimal("9.99"),
        "Taxable": True,
        "IncomeAccountRef": {"value": "1"},
    }


def test_nothing_is_planned_while_the_workflow_is_off() -> None:
    assert planned([product(1, "LAMP-07")], chosen=settings("off")) == CatalogPlan()


def test_an_item_with_the_sku_in_any_letter_case_is_taken_over_as_it_is() -> None:
    found = only(planned([product(1, "LAMP-07")], [item(12, "Desk lamp", "lamp-07", Sku="LAMP-07")]))
    assert (found.kind, found.item_id, found.body) == (OperationKind.ADOPT, "12", {})
    found = only(planned([product(1, "LAMP-07")], [item(12, "Desk lamp", "lamp-07")]))
    assert (found.kind, found.item_id, found.body["Sku"]) == (OperationKind.ADOPT, "12", "LAMP-07")


def test_an_item_called_like_the_sku_is_taken_over_and_gets_the_sku() -> None:
    found = only(planned([product(1, "LAMP-07")], [item(12, "lamp-07")]))
    assert (found.kind, found.item_id) == (OperationKind.ADOPT, "12")
    assert found.body == {"Id": "12", "SyncToken": "0", "sparse": True, "Sku": "LAMP-07"}


def test_an_item_called_like_the_sku_but_with_another_sku_only_takes_the_name() -> None:
    found = only(planned([product(1, "LAMP-07")], [item(12, "lamp-07", "OTHER")]))
    assert (found.kind, found.body["Name"]) == (OperationKind.CREATE, "LAMP-07 (item)")
    assert "'LAMP-07' is another's" in found.reason


def test_a_category_only_takes_the_name() -> None:
    found = only(planned([product(1, "LAMP")], [item(12, "Lamp", Type="Category")]))
    assert (found.kind, found.body["Name"]) == (OperationKind.CREATE, "LAMP (item)")


def test_an_item_that_orders_made_is_taken_over_without_a_write() -> None:
    found = only(planned([product(1, "A")], [item(12, "A", "A")], used(("A", "12"))))
    assert (found.kind, found.body) == (OperationKind.ADOPT, {})


def test_what_is_as_it_should_be_is_left_alone() -> None:
    found = planned([product(1, "A")], [item(12, "A", "A")], used(("A", "12")), [linked(1, "12")])
    assert (found.operations, found.conflicts, found.unchanged) == ((), (), 1)


def test_a_price_changed_in_the_shop_is_written_and_is_no_drift() -> None:
    world = World()
    world.apply(planned([product(1, "A")]))
    dearer = product(1, "A", price=Decimal("12.5"))
    found = world.planned([dearer])
    assert only(found).kind is OperationKind.UPDATE
    assert only(found).body == {"Id": "1", "SyncToken": "0", "sparse": True, "UnitPrice": Decimal("12.5")}
    assert only(found).reason == "price: 9.99 -> 12.5"
    assert found.drift == ()


def test_a_price_changed_in_the_books_is_restored_and_shown() -> None:
    world = World()
    world.apply(planned([product(1, "A")]))
    world.rows["1"]["UnitPrice"] = Decimal(1)
    found = world.planned([product(1, "A")])
    assert only(found).body["UnitPrice"] == Decimal("9.99")
    [drift] = found.drift
    assert (drift.field, drift.shop, drift.books, drift.restored) == ("price", "9.99", "1", True)


@pytest.mark.parametrize("owner", ["create", "books"])
def test_a_field_that_the_shop_does_not_own_is_left_and_shown(owner: str) -> None:
    chosen = settings(owners={"price": owner})
    found = planned(
        [product(1, "A")], [item(12, "A", "A", UnitPrice=1)], used(("A", "12")), [linked(1, "12")], chosen=chosen
    )
    assert found.operations == ()
    assert [(one.field, one.restored) for one in found.drift] == [("price", False)]


def test_a_field_of_the_books_is_not_even_written_when_the_item_is_made() -> None:
    chosen = settings(owners={"price": "books", "description": "books", "taxable": "books", "sku": "books"})
    assert set(only(planned([product(1, "A")], chosen=chosen)).body) == {"Name", "Type", "IncomeAccountRef"}


def test_a_price_that_quickbooks_rounded_is_not_written_again_and_again() -> None:
    odd = product(1, "A", price=Decimal("9.9949"))
    assert (
        planned([odd], [item(12, "A", "A", UnitPrice=Decimal("9.99"))], used(("A", "12")), [linked(1, "12")]).unchanged
        == 1
    )


def test_a_renamed_sku_is_followed_by_the_products_id() -> None:
    renamed = product(1, "NEW")
    found = only(planned([renamed], [item(12, "OLD", "OLD")], used(("OLD", "12")), [linked(1, "12")]))
    assert (found.kind, found.item_id, found.link_key) == (OperationKind.UPDATE, "12", "7:item:sku:new")
    assert found.body["Sku"] == "NEW"
    assert "Name" not in found.body


def test_a_renamed_sku_is_linked_even_where_the_books_own_skus() -> None:
    chosen = settings(owners={"sku": "books"})
    found = only(
        planned([product(1, "NEW")], [item(12, "OLD", "OLD")], used(("OLD", "12")), [linked(1, "12")], chosen=chosen)
    )
    assert (found.kind, found.body, found.link_key) == (OperationKind.ADOPT, {}, "7:item:sku:new")


def test_a_product_that_takes_over_the_old_sku_gets_an_item_of_its_own() -> None:
    products = [product(1, "NEW"), product(2, "OLD")]
    found = planned(products, [item(12, "OLD", "OLD")], used(("OLD", "12")), [linked(1, "12")])
    kinds = {one.product_id: (one.kind, one.item_id, one.link_key) for one in found.operations}
    assert kinds == {
        1: (OperationKind.UPDATE, "12", "7:item:sku:new"),
        2: (OperationKind.CREATE, None, "7:item:sku:old"),
    }
    world = World.of([item(12, "OLD", "OLD")], used(("OLD", "12")), [linked(1, "12")])
    world.apply(found)
    assert world.planned(products).unchanged == 2


def test_a_product_made_anew_under_the_sku_of_a_deleted_one_takes_its_item() -> None:
    gone = changed(product(1, ""), deleted=True)
    chosen = settings(deleted="inactive")
    found = only(
        planned([gone, product(2, "A")], [item(12, "A", "A")], used(("A", "12")), [linked(1, "12")], chosen=chosen)
    )
    assert (found.kind, found.product_id, found.item_id) == (OperationKind.ADOPT, 2, "12")


def test_an_inactive_item_is_revived_instead_of_a_second_one() -> None:
    asleep = item(12, "A (deleted)", "A", Active=False)
    found = only(planned([product(1, "A")], [asleep]))
    assert (found.kind, found.item_id) == (OperationKind.REACTIVATE, "12")
    assert found.body == {"Id": "12", "SyncToken": "0", "sparse": True, "Active": True, "Name": "A"}


def test_a_revived_item_keeps_its_odd_name_when_another_item_has_its_own_by_now() -> None:
    found = only(planned([product(1, "A")], [item(12, "A (deleted)", "A", Active=False), item(13, "A", "X")]))
    assert "Name" not in found.body


def test_an_inactive_item_is_left_where_people_want_that() -> None:
    found = planned([product(1, "A")], [item(12, "A", "A", Active=False)], chosen=settings(revive=False))
    assert found.operations == ()
    assert [one.reason for one in found.skipped] == [SkipReason.LEFT_INACTIVE]


def test_several_active_items_of_one_sku_are_for_people_to_decide() -> None:
    found = planned([product(1, "A")], [item(12, "X", "A"), item(13, "Y", "a")])
    [conflict] = found.conflicts
    assert (conflict.kind, conflict.items, found.operations) == (ConflictKind.ITEM_AMBIGUOUS, ("12", "13"), ())
    linked = planned([product(1, "A")], [item(12, "X", "A"), item(13, "Y", "a")], used(("A", "13")))
    assert only(linked).item_id == "13"


def test_a_bundle_of_quickbooks_is_not_touched() -> None:
    found = planned([product(1, "A")], [item(12, "A", "A", Type="Group")])
    assert [one.kind for one in found.conflicts] == [ConflictKind.ITEM_IS_BUNDLE]
    assert found.operations == ()


def test_the_item_of_another_shops_product_is_that_shops() -> None:
    found = planned([product(1, "A")], [item(12, "A", "A", UnitPrice=1)], used(("A", "12")), [linked(5, "12", "other")])
    assert [one.reason for one in found.skipped] == [SkipReason.ANOTHER_SHOPS]


def test_an_item_that_is_gone_from_the_books_is_made_again() -> None:
    assert only(planned([product(1, "A")], [], used(("A", "12")), [linked(1, "12")])).kind is OperationKind.CREATE


def test_an_existing_item_keeps_its_type_and_the_difference_is_shown() -> None:
    found = planned([product(1, "A")], [item(12, "A", "A", Type="Service")], used(("A", "12")), [linked(1, "12")])
    assert (found.unchanged, [(one.field, one.shop, one.books) for one in found.drift]) == (
        1,
        [("type", "NonInventory", "Service")],
    )


@pytest.mark.parametrize(("state", "setting"), [("disabled", "disabled"), ("deleted", "deleted")])
def test_the_item_of_a_product_no_longer_offered_is_kept_or_made_inactive(state: str, setting: str) -> None:
    one = product(1, "A", enabled=False) if state == "disabled" else changed(product(1, ""), deleted=True)
    standing = [item(12, "A", "A")], used(("A", "12")), [linked(1, "12")]
    assert planned([one], *standing).operations == ()
    found = only(planned([one], *standing, chosen=settings("all", None, **{setting: "inactive"})))
    assert found.kind is OperationKind.DEACTIVATE
    assert found.body == {"Id": "12", "SyncToken": "0", "sparse": True, "Active": False}


def test_an_item_of_two_deleted_products_is_made_inactive_once() -> None:
    gone = [changed(product(number, ""), deleted=True) for number in (1, 2)]
    links = [linked(1, "12"), linked(2, "12")]
    found = only(planned(gone, [item(12, "A", "A")], used(("A", "12")), links, settings(deleted="inactive")))
    assert (found.kind, found.product_id) == (OperationKind.DEACTIVATE, 1)


def test_pieces_on_hand_are_not_written_off_with_an_item() -> None:
    stocked = item(12, "A", "A", Type="Inventory", QtyOnHand=3)
    found = planned(
        [product(1, "A", enabled=False)],
        [stocked],
        used(("A", "12")),
        [linked(1, "12")],
        chosen=settings(disabled="inactive"),
    )
    assert ([one.kind for one in found.conflicts], found.operations) == ([ConflictKind.ON_HAND], ())


def test_a_disabled_product_gets_no_item_and_takes_none_over() -> None:
    chosen = settings(disabled="inactive")
    for items in ([], [item(12, "A", "A")]):
        found = planned([product(1, "A", enabled=False)], items, chosen=chosen)
        assert (found.operations, [one.reason for one in found.skipped]) == ((), [SkipReason.DISABLED])


def test_a_disabled_product_gets_an_item_when_the_filter_asks_for_it() -> None:
    chosen = settings("filtered", filter={"enabled": False})
    assert only(planned([product(1, "A", enabled=False)], chosen=chosen)).kind is OperationKind.CREATE


def test_skus_that_differ_by_case_or_spaces_wait_together_but_what_is_settled_goes_on() -> None:
    clashing = [product(1, "A b"), product(2, "a  B"), product(3, "A B"), product(4, "other")]
    found = planned(clashing)
    [conflict] = found.conflicts
    assert (conflict.kind, conflict.products, conflict.skus) == (
        ConflictKind.SKU_CLASH,
        (1, 2, 3),
        ("A b", "a  B", "A B"),
    )
    assert [one.product_id for one in found.operations] == [4]
    settled = planned(clashing, [item(12, "x", "A b")], used(("A b", "12")), [linked(1, "12")])
    assert [one.products for one in settled.conflicts] == [(1, 2, 3)]
    assert settled.unchanged == 1


def test_a_configurable_product_is_never_an_item() -> None:
    found = planned([product(1, "HOODIE", type="configurable", kind=ProductKind.PARENT)])
    assert (found.operations, [one.reason for one in found.skipped]) == ((), [SkipReason.PARENT])
