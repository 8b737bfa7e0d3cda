"""Answers of Magento, and of what stands before it, as errors by what the caller should do."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared import limits
from shared.magento.faults import (
    BadAnswer,
    MagentoError,
    NotFound,
    Refused,
    ShopUnavailable,
    Throttled,
    Unauthorised,
    answer_of,
    fault_of,
    interpolate,
)

HTML = b"<html><body>503 Service Temporarily Unavailable</body></html>"
NOT_AUTHORISED = (
    b'{"message":"The consumer isn\'t authorized to access %resources.",'
    b'"parameters":{"resources":"Magento_Sales::actions_view"}}'
)
NO_ENTITY = b'{"message":"The entity that was requested doesn\'t exist. Verify the entity and try again."}'
NO_ROUTE = b'{"message":"Request does not match any route."}'
MASKED = b'{"message":"Internal Error. Details are available in Magento log file. Report ID: webapi-1"}'
EARLY = b'{"messages":{"error":[{"code":500,"message":"Fatal error"}]}}'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, NO_ENTITY, NotFound),
        (404, NO_ROUTE, Refused),
        (404, HTML, ShopUnavailable),
        (404, b"", ShopUnavailable),
        (404, b'"not an object"', ShopUnavailable),
        (401, NOT_AUTHORISED, Unauthorised),
        (401, HTML, Unauthorised),
        (403, NOT_AUTHORISED, Unauthorised),
        (403, HTML, ShopUnavailable),
        (400, b'{"message":"bad"}', Refused),
        (400, HTML, Refused),
        (414, HTML, Refused),
        (405, b'{"message":"bad"}', Refused),
        (302, HTML, Refused),
        (429, HTML, Throttled),
        (429, b'{"message":"Too Many Requests"}', Throttled),
        (500, MASKED, ShopUnavailable),
        (500, EARLY, ShopUnavailable),
        (503, HTML, ShopUnavailable),
        (504, b"", ShopUnavailable),
    ],
)
def test_each_answer_becomes_the_error_that_says_what_to_do(
    status: int, body: bytes, error: type[MagentoError]
) -> None:
    fault = fault_of(status, {}, body)
    assert type(fault) is error
    assert fault.status == status


def test_a_401_names_its_known_causes_and_the_missing_resource() -> None:
    text = str(fault_of(401, {}, NOT_AUTHORISED))
    assert "access Magento_Sales::actions_view." in text
    assert "Bearer" in text
    assert "OAuth 1.0a" in text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (None, 30.0), ("soon", 30.0), ("nan", 30.0), ("-1", 0.0), ("999999", limits.MAGENTO_WAIT_MAX_SECONDS)],
)
def test_the_wait_after_429_is_told_within_reason(header: str | None, seconds: float) -> None:
    fault = fault_of(429, {} if header is None else {"retry-after": header}, b"")
    assert isinstance(fault, Throttled)
    assert fault.wait_seconds == seconds


@pytest.mark.parametrize(
    ("message", "parameters", "text"),
    [
        ("%1 of %2", ["a", "b"], "a of b"),
        ("%fieldName is required", {"fieldName": "sku"}, "sku is required"),
        ("%1 and %2", ["a"], "a and %2"),
        ("100% sure", ["a"], "100% sure"),
        ("plain", None, "plain"),
        ("%1", ["%2", "x"], "%2"),
        ("%10 %1", list(range(1, 11)), "10 1"),
    ],
)
def test_placeholders_are_filled_in(message: str, parameters: object, text: str) -> None:
    assert interpolate(message, parameters) == text


def test_the_errors_inside_an_error_are_told_too() -> None:
    body = b'{"message":"Invalid","errors":[{"message":"%1 is bad","parameters":["a"]},{"message":"b is bad"}]}'
    assert str(fault_of(400, {}, body)) == "Invalid; a is bad; b is bad"


def test_a_good_answer_is_decoded_with_decimals() -> None:
    assert answer_of(200, b'{"grand_total":29.95}') == {"grand_total": Decimal("29.95")}


def test_a_page_with_a_good_status_is_an_unavailable_shop() -> None:
    with pytest.raises(ShopUnavailable):
        answer_of(200, b"\n<!doctype html><html></html>")


@pytest.mark.parametrize("body", [b"", b'{"items":[', b"oauth_problem=x", b"\xff\xfe"])
def test_other_answers_that_are_not_json_are_bad_and_keep_their_first_bytes(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        answer_of(200, body)
    assert caught.value.first_bytes == body
