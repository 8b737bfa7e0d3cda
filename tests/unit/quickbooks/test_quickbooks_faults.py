"""Faults in every form they are known to come in, and in forms nobody has seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.quickbooks import faults
from shared.quickbooks.faults import QuickBooksError, classify, fault_in

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "quickbooks"


def fault(*codes: object, type: str = "ValidationFault", message: str = "No", detail: str = "Not so") -> bytes:
    errors = [{"Message": message, "Detail": detail, "code": code, "element": "Line"} for code in codes]
    return json.dumps({"Fault": {"Error": errors, "type": type}, "time": "2026-01-05T08:00:00.000-08:00"}).encode()


XML_THROTTLE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" time="2026-01-05T08:00:00.000-08:00">'
    b'<Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429'
    b"</Message><Detail>Over the &quot;limit&quot;</Detail></Error></Fault></IntuitResponse>"
)
LOWER_CASE_401 = (
    b'{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=AuthenticationFailed; '
    b'errorCode=003200; statusCode=401","detail":"Token expired","code":"3200","element":null}],'
    b'"type":"AUTHENTICATION"},"report":null,"time":1767600000000}'
)
HTML_502 = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Error</h1></body></html>"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "100", faults.TokenRefused),
        (401, "3200", faults.TokenRefused),
        (403, "3202", faults.TokenRefused),
        (403, "120", faults.Reconnect),
        (403, "3100", faults.Reconnect),
        (400, "6190", faults.Reconnect),
        (429, "3001", faults.Throttled),
        (403, "003001", faults.Throttled),
        (500, "130", faults.Unavailable),
        (503, "140", faults.Unavailable),
        (400, 150, faults.Unavailable),
        (400, "600", faults.AlreadyAccepted),
        (400, "610", faults.Missing),
        (400, "2500", faults.Missing),
        (400, "5010", faults.StaleObject),
        (400, "6140", faults.NumberTaken),
        (400, "6240", faults.NameTaken),
        (400, "6200", faults.BooksClosed),
        (400, "6210", faults.BooksClosed),
        (400, "6070", faults.Refused),
        (400, "500", faults.Refused),
        (403, "5020", faults.Refused),
        (400, "no-such-code", faults.Refused),
    ],
)
def test_a_code_says_what_to_do(status: int, code: object, kind: type[QuickBooksError]) -> None:
    error = classify(status, {"Intuit_Tid": "1-abc"}, fault(code))
    assert type(error) is kind
    assert error.tid == "1-abc"
    assert error.status == status
    assert error.code == str(code).lstrip("0")


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (429, XML_THROTTLE, faults.Throttled, "3001"),
        (403, XML_THROTTLE, faults.Throttled, "3001"),
        (429, b"", faults.Throttled, "http-429"),
        (401, LOWER_CASE_401, faults.TokenRefused, "3200"),
        (401, b"", faults.TokenRefused, "http-401"),
        (
            401,
            b'{"Fault":{"Error":[{"Message":"x","code":"003200"}],"type":"AuthenticationFault"}}',
            faults.TokenRefused,
            "3200",
        ),
        (
            401,
            b'{"fault":{"error":[{"message":"message=X; errorCode=003200; statusCode=401"}]}}',
            faults.TokenRefused,
            "3200",
        ),
        (403, b"", faults.Reconnect, "http-403"),
        (403, b'{"Fault":{"Error":[{"code":"9"}],"type":"AuthorizatonFault"}}', faults.Reconnect, "9"),
        (500, HTML_502, faults.OutcomeUnknown, "http-500"),
        (502, HTML_502, faults.OutcomeUnknown, "http-502"),
        (503, b"", faults.OutcomeUnknown, "http-503"),
        (504, b"\xff\xfe\x00", faults.OutcomeUnknown, "http-504"),
        (500, fault("10000", type="SystemFault"), faults.OutcomeUnknown, "10000"),
        (400, fault("10000", type="SystemFault"), faults.OutcomeUnknown, "10000"),
        (500, fault("2010"), faults.Refused, "2010"),
        (200, b"<html>", faults.OutcomeUnknown, "http-200"),
        (400, b'{"Fault":{}}', faults.Refused, "http-400"),
        (400, b'{"Fault":{"Error":{"code":6240}}}', faults.NameTaken, "6240"),
        (404, b"Not Found", faults.Refused, "http-404"),
        (302, b"", faults.Refused, "http-302"),
    ],
)
def test_a_body_of_any_form_is_understood(status: int, body: bytes, kind: type[QuickBooksError], code: str) -> None:
    error = classify(status, {}, body)
    assert type(error) is kind
    assert error.code == code


def test_words_in_another_language_change_nothing() -> None:
    detail = "Ce num\u00e9ro est d\u00e9j\u00e0 utilis\u00e9. N\u00b0=1001 TxnType=Facture TxnId=123"
    error = classify(400, {}, fault("6140", message="Num\u00e9ro en double", detail=detail))
    assert type(error) is faults.NumberTaken
    assert error.detail == detail


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (("2050", "6240"), faults.NameTaken),
        (("6070", "6140", "2500"), faults.NumberTaken),
        (("5010", "3200"), faults.TokenRefused),
        (("2020", "2050"), faults.Refused),
        (("610", "6210"), faults.Missing),
    ],
)
def test_of_several_errors_the_one_that_can_be_acted_on_decides_and_all_are_kept(
    codes: tuple[str, ...], kind: type[QuickBooksError]
) -> None:
    error = classify(400, {}, fault(*codes))
    assert type(error) is kind
    assert tuple(each.code for each in error.errors) == codes


def test_the_text_of_an_error_quotes_no_customer() -> None:
    error = classify(400, {"intuit_tid": "t1"}, fault("6240", detail="Ada Lovelace exists: Id=58"))
    assert str(error) == "QuickBooks 6240: No (intuit_tid t1)"
    assert "Lovelace" not in repr(error)
    assert error.detail == "Ada Lovelace exists: Id=58"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60.0),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0"}, limits.THROTTLE_WAIT_MIN_SECONDS),
        ({"Retry-After": "-5"}, limits.THROTTLE_WAIT_MIN_SECONDS),
        ({"Retry-After": "999999"}, limits.THROTTLE_WAIT_MAX_SECONDS),
        ({"Retry-After": "nan"}, 60.0),
        ({"Retry-After": "soon"}, 60.0),
        ({"Retry-After": "Mon, 05 Jan 2026 08:00:30 GMT", "Date": "Mon, 05 Jan 2026 08:00:10 GMT"}, 20.0),
        ({"Retry-After": "Mon, 05 Jan 2026 08:00:30 GMT"}, 60.0),
    ],
)
def test_retry_after_is_honoured_within_bounds(headers: dict[str, str], seconds: float) -> None:
    error = classify(429, headers, XML_THROTTLE, jitter_seconds=0.5)
    assert isinstance(error, faults.Throttled)
    assert error.wait_seconds == seconds + 0.5


@pytest.mark.parametrize(
    "body",
    [
        fault("6240"),
        b'{"QueryResponse":{"Fault":{"Error":[{"code":"6240"}]}}}',
        b'{"CDCResponse":[{"QueryResponse":[{},{"fault":{"error":[{"code":"6240"}]}}]}]}',
        b'<IntuitResponse><Fault type="ValidationFault"><Error code="6240"/></Fault></IntuitResponse>',
        b"\xef\xbb\xbf" + fault("6240"),
    ],
)
def test_a_200_can_hold_a_fault(body: bytes) -> None:
    assert type(fault_in(body)) is faults.NameTaken


@pytest.mark.parametrize(
    "body",
    [b'{"SalesReceipt":{"Id":"1","PrivateNote":"Fault"}}', b'{"QueryResponse":{}}', b"", b"<html/>", b"[1]", b"null"],
)
def test_an_ordinary_200_holds_none(body: bytes) -> None:
    assert fault_in(body) is None


def test_an_unknown_outcome_of_a_read_can_simply_be_repeated_but_an_answer_too_large_can_not() -> None:
    lost = faults.OutcomeUnknown("reply-lost", "x", tid="t")
    assert type(lost.for_read()) is faults.Unavailable
    assert lost.for_read().tid == "t"
    assert type(faults.OutcomeUnknown(faults.ANSWER_TOO_LARGE).for_read()) is faults.Refused


@given(status=st.integers(-1, 1000), headers=st.dictionaries(st.text(), st.text()), body=st.binary(max_size=500))
def test_no_bytes_make_classify_fail(status: int, headers: dict[str, str], body: bytes) -> None:
    assert isinstance(classify(status, headers, body), QuickBooksError)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["003200", "-10600", "6140"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Fault", "fault", "Error", "error", "code", "Message", "type", "x"]), inner)
    ),
    max_leaves=20,
)


@given(status=st.sampled_from([200, 400, 401, 403, 429, 500, 503]), document=JSON)
def test_no_json_of_the_right_words_in_the_wrong_places_makes_it_fail(status: int, document: object) -> None:
    body = json.dumps(document).encode()
    assert isinstance(classify(status, {}, body), QuickBooksError)
    assert fault_in(body) is None or isinstance(fault_in(body), QuickBooksError)


@given(st.text(alphabet="<>/=\"' FaultErocdMsg:1", max_size=300))
def test_no_text_that_looks_like_xml_makes_it_fail(text: str) -> None:
    assert isinstance(classify(429, {}, ("<Fault" + text).encode()), faults.QuickBooksError)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of recorded documents is not beside the project")
def test_recorded_faults_are_understood() -> None:
    error = classify(400, {}, (SAMPLES / "ruckus-taxservice-error-dup.json").read_bytes())
    assert type(error) is faults.NameTaken
    items = json.loads((SAMPLES / "doc-batch-response-mixed-faults.json").read_bytes())["BatchItemResponse"]
    kinds = [type(fault_in(json.dumps(item).encode())) for item in items]
    assert kinds == [faults.NameTaken, faults.Missing, faults.StaleObject, type(None)]
