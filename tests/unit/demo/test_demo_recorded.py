"""Recorded orders of real shops: what is one, and which shop it goes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.recorded import Recorded, into_shops, read_folder
from shared.wire import encode


def order(entity_id: int, number: str) -> dict[str, Any]:
    return {"entity_id": entity_id, "increment_id": number, "state": "new", "items": []}


def test_a_recorded_order_is_kept_byte_for_byte(tmp_path: Path) -> None:
    text = b'{ "entity_id": 9,\n "increment_id":"13", "state":"new", "grand_total": 1.10 }'
    (tmp_path / "order-a.json").write_bytes(text)

    (found,), left_out = read_folder(tmp_path)

    assert (found.text, found.entity_id, found.number, left_out) == (text, 9, "13", [])


def test_an_id_written_as_text_is_an_id(tmp_path: Path) -> None:
    (tmp_path / "order-a.json").write_bytes(encode({**order(9, "13"), "entity_id": "9"}))

    (found,), left_out = read_folder(tmp_path)

    assert (found.entity_id, left_out) == (9, [])


def test_a_list_answer_gives_its_orders(tmp_path: Path) -> None:
    (tmp_path / "order-list.json").write_bytes(encode({"items": [order(1, "a"), order(2, "b")], "total_count": 2}))

    found, left_out = read_folder(tmp_path)

    assert ([one.number for one in found], left_out) == (["a", "b"], [])


def test_what_is_no_order_is_named_and_never_stops_the_others(tmp_path: Path) -> None:
    files = {
        "broken": b'{"entity_id": 5,',
        "empty": b"",
        "latin": b'{"entity_id": 1, "increment_id": "\xff"}',
        "number": b"5",
        "ints": b"[1, 2]",
        "invoice": encode({**order(3, "c"), "order_id": 1}),
        "text-id": encode({**order(3, "c"), "entity_id": "3a"}),
        "no-number": encode({"entity_id": 4, "state": "new"}),
        "product": encode({"entity_id": 4, "increment_id": "x", "sku": "A"}),
        "nan": b'{"entity_id": 4, "increment_id": "x", "state": "new", "grand_total": NaN}',
    }
    for name, text in files.items():
        (tmp_path / f"order-{name}.json").write_bytes(text)
    (tmp_path / "order-good.json").write_bytes(encode(order(1, "a")))
    (tmp_path / "product-x.json").write_bytes(b"{}")

    found, left_out = read_folder(tmp_path)

    assert [one.file for one in found] == ["order-good.json"]
    assert {left.file for left in left_out} == {f"order-{name}.json" for name in files}
    assert all(left.why for left in left_out)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=15))
def test_no_id_and_no_number_comes_twice_in_a_shop_and_every_order_is_somewhere(pairs: list[tuple[int, int]]) -> None:
    orders = [Recorded(f"f{i}", b"", entity_id, str(number)) for i, (entity_id, number) in enumerate(pairs)]

    shops, left_out = into_shops(orders, lambda number: number == 6, shops_max=4)

    for shop in shops:
        assert len({one.entity_id for one in shop}) == len({one.number for one in shop}) == len(shop)
    assert not any(6 in (one.entity_id, int(one.number)) for one in shops[0])  # the shop's own orders have these
    assert sorted([one.file for shop in shops for one in shop] + [left.file for left in left_out]) == sorted(
        one.file for one in orders
    )
    assert not left_out or len(shops) == 4
