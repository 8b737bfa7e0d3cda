"""Statements, paths and requestids."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.quickbooks import queries
from shared.quickbooks.paths import create_path, entity_of, update_path, void_path
from shared.quickbooks.queries import NotExpressible, quote
from shared.quickbooks.requestids import requestid

EXPRESSIBLE = st.text(st.characters(exclude_categories=("Cc", "Cs")))


def unquote(text: str) -> tuple[str, str]:
    """Reads one string of the language, as a parser would; returns it and what follows it."""
    assert text[0] == "'"
    out, position = "", 1
    while text[position] != "'":
        if text[position] == "\\":
            position += 1
        out += text[position]
        position += 1
    return out, text[position + 1 :]


@given(EXPRESSIBLE, EXPRESSIBLE)
def test_a_quoted_text_is_read_back_and_nothing_of_it_becomes_language(text: str, after: str) -> None:
    assert unquote(quote(text) + after) == (text, after)


@pytest.mark.parametrize("text", ["a\nb", "\x00", "tab\there", "\ud800", "\x85"])
def test_text_without_a_form_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(NotExpressible, match=r"U\+"):
        quote(text)


def test_statements_are_built() -> None:
    where = queries.both(queries.equals("DisplayName", "O'Neil \\ Co"), queries.active_and_inactive(), "")
    assert queries.select("Customer", where, start=1001) == (
        "SELECT * FROM Customer WHERE DisplayName = 'O\\'Neil \\\\ Co' AND Active IN (true,false)"
        " ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )
    assert queries.count("Item") == "SELECT COUNT(*) FROM Item"
    assert queries.one_of("Id", ["1", "2"]) == "Id IN ('1','2')"
    assert queries.entity_in("select * from SalesReceipt where Id = '1'") == "SalesReceipt"


@pytest.mark.parametrize("name", ["", "Item; DROP", "a b", "Item'", "1x"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no field or entity name"):
        queries.select(name)
    with pytest.raises(ValueError, match="no QuickBooks entity type"):
        create_path(name)


def test_no_condition_is_made_of_an_empty_list() -> None:
    with pytest.raises(ValueError, match="asks for nothing"):
        queries.one_of("Id", [])


def test_each_type_is_voided_in_its_own_way() -> None:
    assert void_path("Invoice") == "invoice?operation=void"
    assert void_path("SalesReceipt") == "salesreceipt?operation=update&include=void"
    assert void_path("Payment") == "payment?operation=update&include=void"
    assert create_path("SalesReceipt") == update_path("SalesReceipt") == "salesreceipt"
    assert entity_of(void_path("SalesReceipt")) == "salesreceipt"
    with pytest.raises(ValueError, match="can't be voided"):
        void_path("CreditMemo")


def test_a_requestid_never_changes_between_versions_of_the_program() -> None:
    assert requestid("9130", "shop:order:17", "salesreceipt", "create", 1) == "4f75be07-2efc-5131-ab38-bea2fe4353a4"


PARTS = st.tuples(st.text(), st.text(), st.text(), st.text(), st.integers())


@given(PARTS, PARTS)
def test_requestids_are_equal_exactly_when_all_parts_are(
    one: tuple[str, str, str, str, int], other: tuple[str, str, str, str, int]
) -> None:
    assert (requestid(*one) == requestid(*other)) == (one == other)
    assert len(requestid(*one)) == 36
    assert uuid.UUID(requestid(*one)).version == 5


def test_parts_do_not_run_into_one_another() -> None:
    assert requestid("1", "2:3", "a", "b", 0) != requestid("1:2", "3", "a", "b", 0)
