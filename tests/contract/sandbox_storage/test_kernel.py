"""The store underneath: transactions, exact values, bounded shelves; and the books and the shop on top of it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.config import Config
from sandbox.magento.placing import place
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.quickbooks import operations
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.tables import PROGRAM
from sandbox.storage import Database, Shelf
from sandbox.storage.codec import from_text, to_text
from tests.support.magento_sandbox import in_process
from tests.support.shopping import cart


class _Stop(Exception):
    pass


_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)),
    max_leaves=8,
)


@given(_values)
def test_a_value_comes_back_as_it_was_with_every_digit_and_type(value: Any) -> None:
    assert repr(from_text(to_text(value))) == repr(value)


def _tables(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    return {name: database.execute(" ".join(["SELECT * FROM", name, "ORDER BY 1, 2"])).fetchall() for name in names}


def _books() -> Company:
    company = new_company("1", Clock(), CompanySettings())
    operations.create(company, ENTITIES["Customer"], {"DisplayName": "Ann"})
    return company


def test_what_is_rolled_back_leaves_nothing_in_the_books() -> None:
    company, told = _books(), []
    before = _tables(company.database)
    with pytest.raises(_Stop), company.atomic():
        operations.create(company, ENTITIES["Customer"], {"DisplayName": "Bob"})
        company.new_number()
        company.remove("Customer", "1")
        company.after_commit(lambda: told.append("never"))
        raise _Stop
    assert (_tables(company.database), told) == (before, [])


def test_an_inner_failure_takes_back_its_own_part_alone() -> None:
    company, told = _books(), []
    with company.atomic():
        operations.create(company, ENTITIES["Customer"], {"DisplayName": "Bob"})
        company.after_commit(lambda: told.append("outer"))
        with pytest.raises(_Stop), company.atomic():
            operations.create(company, ENTITIES["Customer"], {"DisplayName": "Eve"})
            company.after_commit(lambda: told.append("inner"))
            raise _Stop
        assert told == []
    assert [row.document["DisplayName"] for row in company.rows("Customer")] == ["Ann", "Bob"]
    assert told == ["outer"]


def test_what_is_rolled_back_leaves_nothing_in_the_shop_and_tells_nobody() -> None:
    shop, told = Shop(Config()), []
    shop.on_event(lambda event, document: told.append(event))
    place(shop, cart(sku="FIRST"))
    before, heard = _tables(shop.database), list(told)
    with pytest.raises(_Stop), shop.atomic():
        place(shop, cart(sku="SECOND"))
        raise _Stop
    assert (_tables(shop.database), told) == (before, heard)


def test_a_record_changed_without_put_changes_nothing() -> None:
    company = _books()
    record = company.need("Customer", "1")
    record.document["DisplayName"] = "Eve"
    record.side = {"seen": Decimal("1.0")}
    assert company.need("Customer", "1").document["DisplayName"] == "Ann"
    company.put(record)
    record.document["DisplayName"] = "Zoe"
    kept = company.need("Customer", "1")
    assert (kept.document["DisplayName"], repr(kept.side)) == ("Eve", "{'seen': Decimal('1.0')}")
    assert (company.holders("Vendor", " EVE "), company.holders("Customer", "Ann")) == (["1"], [])


def test_changes_come_by_time_and_tombstones_for_a_month() -> None:
    clock = Clock()
    company = Company("1", clock, CompanySettings())
    for number, second in enumerate((5, 3, 3, 9), start=1):
        stamp = f"2026-01-01T00:00:0{second}-08:00"
        times = {"CreateTime": stamp, "LastUpdatedTime": stamp}
        company.put(Record("Customer", {"Id": str(number), "DisplayName": f"C{number}", "MetaData": times}))
    since = company.changed_since("Customer", clock.now().replace(year=2000), 3)
    assert [record.id for record in since] == ["2", "3", "1"]
    start = clock.now()
    company.remove("Customer", "2")
    assert [stone.id for stone in company.tombstones("Customer", start, 10)] == ["2"]
    clock.advance(30 * 86_400)
    company.remove("Customer", "3")
    assert [stone.id for stone in company.tombstones("Customer", start, 10)] == ["2", "3"]
    clock.advance(2 * 86_400)
    company.remove("Customer", "1")
    assert [stone.id for stone in company.tombstones("Customer", start, 10)] == ["3", "1"]


def test_a_shop_document_must_be_saved_and_an_id_beyond_64_bits_is_nobodys() -> None:
    shop = Shop(Config())
    shop.insert(Document(Kind.PRODUCT, {"id": 2**63 - 1, "sku": "Mug"}))
    product = shop.product("MUG")
    assert product is not None
    product.body["name"] = "A mug"
    found = shop.get(Kind.PRODUCT, 2**63 - 1)
    assert found is not None and "name" not in found.body
    shop.save(product)
    found = shop.get(Kind.PRODUCT, 2**63 - 1)
    assert found is not None and found.body["name"] == "A mug"
    assert shop.get(Kind.PRODUCT, 2**63) is None
    shop.remove(Kind.PRODUCT, 2**63 - 1)
    assert shop.product("mug") is None
    with pytest.raises(KeyError):
        shop.save(product)


_steps = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["put", "add", "pop"])), max_size=30)


@given(_steps, st.integers(0, 4))
def test_a_shelf_holds_the_latest_names_as_a_dict_would(steps: list[tuple[str, str]], at_most: int) -> None:
    shelf, model = Shelf(Database(None, PROGRAM), "one"), dict[str, Any]()
    for number, (name, step) in enumerate(steps):
        if step == "put":
            shelf.put(name, number, at_most=at_most)
            model[name] = number
        elif step == "add":
            assert shelf.add(name, at_most=at_most) == (name not in model)
            model.setdefault(name, None)
        else:
            assert shelf.pop(name) == model.pop(name, None)
        while len(model) > at_most:
            del model[next(iter(model))]
        assert list(shelf.oldest()) == list(model.items())
        assert (len(shelf), shelf.get(name)) == (len(model), model.get(name))


@pytest.mark.parametrize("header", [b"Bearer \xff\xfe", b'OAuth oauth_nonce="\xff"', b"OAuth %s"])
async def test_bytes_that_are_no_text_in_a_header_are_refused_as_any_wrong_one(header: bytes) -> None:
    async with in_process(Config(bearer=True)) as shop:
        signed = shop.sign("GET", "/rest/V1/orders/1", oauth_nonce="NONCE")["Authorization"].encode()
        sent = header.replace(b"OAuth %s", signed.replace(b"NONCE", b"\xff\xfe"))
        port = int(shop.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /rest/V1/orders/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " + sent + b"\r\n\r\n"
        )
        assert (await reader.readline()).split()[1] in (b"400", b"401")
        writer.close()
