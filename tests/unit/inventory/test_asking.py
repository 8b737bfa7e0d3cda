"""Questions that only our own deployment can ask, and answers that arrive as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory import answers
from services.inventory.preview import NotKnown, Preview, PreviewRow
from services.inventory.questions import PURPOSE, Ask, NotOurs, NotUnderstood, Question, read_question
from shared import limits
from shared.mapping.stock.decision import StockDecision
from shared.quickbooks.own_signatures import OwnSignatures
from shared.quickbooks.vault import new_key
from shared.wire import decode, encode
from tests.unit.stock_command.strange import decisions, quantities, rows, skus

KEY, OTHER_KEY = new_key(), new_key()
OURS = OwnSignatures([KEY], PURPOSE)
QUESTION = Question(Ask.CONFIRM, "main", 1_000, "0123456789abcdef", "ann")


def read(body: bytes, signatures: OwnSignatures = OURS, now: float = 1_000.0) -> Question:
    return read_question(body, signatures.sign(body).hex(), OURS, now)


@given(st.sampled_from(Ask), skus, st.text(max_size=40))
def test_a_question_arrives_as_it_was_asked(ask: Ask, sku: str, by: str) -> None:
    question = Question(ask, "main", 1_000, sku, by)
    body = question.body()
    assert read(body) == question
    assert len(body) <= limits.STOCK_QUESTION_BYTES


def test_nobody_else_can_ask() -> None:
    body = QUESTION.body()
    with pytest.raises(NotOurs):
        read(body, OwnSignatures([OTHER_KEY], PURPOSE))
    with pytest.raises(NotOurs):
        read(body, OwnSignatures([KEY], "bookbridge connect tickets 1"))
    signature = OURS.sign(body).hex()
    for changed in (
        replace(QUESTION, about="f" * 16),
        replace(QUESTION, connection="other"),
        replace(QUESTION, ask=Ask.PREVIEW),
    ):
        with pytest.raises(NotOurs):
            read_question(changed.body(), signature, OURS, 1_000.0)
    for odd in ("", "zz", signature[:-2], "é"):
        with pytest.raises(NotOurs):
            read_question(body, odd, OURS, 1_000.0)


def test_a_question_that_was_overheard_cant_be_asked_later() -> None:
    body, window = QUESTION.body(), limits.STOCK_QUESTION_SECONDS
    assert read(body, now=1_000 + window) == QUESTION
    assert read(body, now=1_000 - window) == QUESTION
    for now in (1_000 + window + 1, 1_000 - window - 1):
        with pytest.raises(NotOurs, match="set the clocks"):
            read(body, now=now)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"ask":"sell","connection":"main","at":1000,"about":"","by":""}'])
def test_what_another_version_asks_is_not_taken_for_a_question(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read(body)


@given(decisions())
def test_a_decision_arrives_as_it_was(decision: StockDecision) -> None:
    assert answers.read_decision(decode(encode(answers.decision_document(decision)))) == decision


@given(st.lists(rows(), max_size=5), quantities, st.text(max_size=20))
def test_a_preview_arrives_as_it_was(found: list[PreviewRow], guard: object, approved: str) -> None:
    preview = Preview("main", "default", tuple(found), 5, 2, 1, guard, "0" * 16, approved, True)  # type: ignore[arg-type]
    read_rows = [answers.read_row(decode(encode(answers.row_document(row)))) for row in preview.rows]
    assert answers.read_preview(decode(encode(answers.head_of(preview))), read_rows) == preview


@given(skus, st.lists(skus, max_size=3))
def test_a_sku_that_nothing_is_known_of_arrives_as_it_was(sku: str, similar: list[str]) -> None:
    found = NotKnown(sku, "why", tuple(similar))
    assert answers.read_not_known(decode(encode(answers.not_known_document(found)))) == found
