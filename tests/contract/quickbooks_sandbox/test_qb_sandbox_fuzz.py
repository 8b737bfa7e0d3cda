"""Arbitrary requests over real HTTP: whatever comes in, the answer is one of the real system's, never a 500 of ours."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from sandbox.quickbooks import build_app
from sandbox.quickbooks.fault_rules import Rule
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings, ServerSettings
from sandbox.quickbooks.webhooks import EndpointPlan
from shared.wire import decode
from tests.contract.quickbooks_sandbox.books_client import Books, connect, line, sale
from tests.contract.quickbooks_sandbox.conftest import SEED
from tests.support.quickbooks_sandbox import running

_NAMES = sorted(entity.path for entity in ENTITIES.values())
_SEGMENTS = st.sampled_from(
    [*_NAMES, "batch", "cdc", "query", "companyinfo", "preferences", "reports", "upload", "download", "taxservice"]
) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
_IDS = st.sampled_from(["1", "2", "TAX", "0", "-1", "pdf", "send", "ProfitAndLoss", "taxcode"]) | st.text(max_size=4)
_PARAMETERS = st.dictionaries(
    st.sampled_from(["operation", "include", "requestid", "minorversion", "query", "entities", "changedSince", "x"]),
    st.sampled_from(["create", "update", "void", "delete", "merge", "allowduplicatedocnum", "Customer", "2026-11-01"])
    | st.sampled_from(["select * from Customer", "select count(*) from Item", "select * from Item where Id = '1'"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    max_size=3,
)
_KEYS = (
    *(
        "Id",
        "SyncToken",
        "sparse",
        "Name",
        "value",
        "CustomerRef",
        "Line",
        "Amount",
        "DetailType",
        "SalesItemLineDetail",
    ),
    *("BatchItemRequest", "bId", "operation", "Query", "CDCQuery", "Entities", "Customer", "Invoice"),
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(-1e6, 1e6)
    | st.sampled_from(["1", "", "create", "2026-01-01", "Customer", "TAX"])
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_BODIES = st.one_of(
    _VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"",
            b"{",
            b"[" * 2_000,
            b'{"a":' * 100 + b"1" + b"}" * 100,
            b'{"Id": 1e400, "TotalAmt": -1e-400}',
            b'{"DisplayName": ' + b"9" * 5_000 + b"}",
            b'{"DisplayName": "a", "DisplayName": "b"}',
            b'{"DisplayName": "\\ud800"}',
            b'{"DisplayName": "\xff"}',
            b'{"DisplayName": "\\u0000"}',
            b'{"DisplayName": NaN}',
            b"\xef\xbb\xbf{}",
            "null".encode("utf-16"),
            b"<xml/>",
            gzip.compress(b'{"DisplayName": "packed"}'),
        ]
    ),
)
_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            [
                "application/json",
                "application/json;charset=latin-1",
                "application/text",
                "text/plain",
                "",
                "/",
                "x" * 300,
            ]
        ),
        "Accept": st.sampled_from(["application/json", "*/*", "application/xml", "", "\xff"]),
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "identity", "nonsense"]),
    },
)
_TOKENS = ["Bearer", "Bearer x", "Basic x", "Basic eDp5", "", "\xff", "OAuth a=b"]
_METHODS = st.sampled_from(["GET", "POST", "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
# They would end the caller's token or bring back the limits that these tests opened.
_LEFT_OUT = {"/_sandbox/expire-tokens", "/_sandbox/clock", "/_sandbox/reset"}
_ROUTES = sorted(
    {re.sub(r"\{.*?\}", "1", resource.canonical) for resource in build_app().router.resources()} - _LEFT_OUT
)
_OTHER_ADDRESSES = st.sampled_from(
    [
        *_ROUTES,
        "/",
        "/v3",
        "/v3/company",
        "/v3/company/1",
        "/v3/company//customer",
        "/_sandbox",
        "/_sandbox/objects/item",
    ]
)


class Fuzzed:
    """A sandbox with a caller, in a loop that the examples of one test share."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.books = self._runner.run(self._start())

    async def _start(self) -> Books:
        sandbox = await self._stack.enter_async_context(running())
        await sandbox.seed(SEED)
        books = await connect(sandbox)
        await books.post("invoice", sale(line(5)))
        return books

    def stop(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def send(self, method: str, address: str, parameters: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        """Send it and look at the answer."""
        self._runner.run(self._send(method, address, parameters, headers, body))

    async def _send(
        self, method: str, address: str, parameters: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        sandbox = self.books.sandbox
        url = URL(sandbox.base_url).joinpath(*address.strip("/").split("/")).with_query(parameters)
        sent = {"Authorization": f"Bearer {self.books.token}", "Accept": "application/json"} | headers
        async with sandbox.session.request(
            method, url, headers=sent, data=body if method not in ("GET", "HEAD") else None, allow_redirects=False
        ) as answer:
            raw = await answer.read()
        assert answer.status < 500, (answer.status, raw)
        if method != "HEAD" and answer.status >= 400:
            _look(answer.content_type, raw)


def _look(content_type: str, raw: bytes) -> None:
    """The body has one of the known shapes."""
    match content_type:
        case "application/json":
            assert decode(raw).keys() & {"Fault", "fault", "error"}, raw
        case "application/xml":
            assert raw.startswith(b"<?xml") and b"<Fault" in raw
        case "text/html":
            assert raw.startswith((b"<html", b"<!doctype"))
        case _:
            assert content_type == "text/plain" and raw


@pytest.fixture
def fuzzed() -> Iterator[Fuzzed]:
    started = Fuzzed()
    try:
        yield started
    finally:
        started.stop()


def test_any_call_of_the_api_gets_an_answer_of_quickbooks(fuzzed: Fuzzed) -> None:
    @settings(max_examples=500)
    @given(_METHODS, st.lists(_SEGMENTS | _IDS, min_size=1, max_size=4), _PARAMETERS, _HEADERS, _BODIES)
    def any_call(
        method: str, segments: list[str], parameters: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        address = "/".join(["v3/company", fuzzed.books.sandbox.realm, *segments])
        fuzzed.send(method, address, parameters, headers, body)

    any_call()


@pytest.mark.parametrize("token", _TOKENS)
def test_any_token_is_answered(fuzzed: Fuzzed, token: str) -> None:
    for address in ("v3/company/1/customer", "v3/company/x/batch", "v1/openid_connect/userinfo"):
        fuzzed.send("GET", address, {}, {"Authorization": token}, b"")
        fuzzed.send("POST", address, {}, {"Authorization": token}, b"{}")


def test_any_batch_gets_an_answer_of_quickbooks(fuzzed: Fuzzed) -> None:
    @settings(max_examples=400)
    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(
                    [
                        "bId",
                        "operation",
                        "optionsData",
                        "Query",
                        "CDCQuery",
                        "Customer",
                        "Invoice",
                        "Item",
                        "SalesReceipt",
                        "x",
                    ]
                ),
                _VALUES,
                max_size=4,
            )
            | _VALUES,
            max_size=4,
        )
    )
    def any_batch(items: list[Any]) -> None:
        address = f"v3/company/{fuzzed.books.sandbox.realm}/batch"
        body = json.dumps({"BatchItemRequest": items}).encode()
        fuzzed.send("POST", address, {"requestid": "r"}, {"Content-Type": "application/json"}, body)

    any_batch()


def test_any_call_of_another_address_is_answered(fuzzed: Fuzzed) -> None:
    @settings(max_examples=500)
    @given(_METHODS, _OTHER_ADDRESSES, _PARAMETERS, _HEADERS, _BODIES)
    @example("POST", "/_sandbox/clock", {}, {}, b'{"advance_seconds": 1e400}')
    @example("POST", "/_sandbox/clock", {}, {}, b'{"advance_seconds": "1"}')
    def any_call(method: str, address: str, parameters: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        fuzzed.send(method, address, parameters, headers, body)

    any_call()


def test_any_body_of_the_control_interface_is_taken_or_refused_with_a_reason(fuzzed: Fuzzed) -> None:
    models = (ServerSettings, CompanySettings, Rule, EndpointPlan)
    names = [name for model in models for name in model.model_fields]
    others = ["rules", "advance_seconds", "realm", "template", "deliveries", "Customer", "Invoice", "Account"]
    keys = st.sampled_from(names + others)
    addresses = st.sampled_from([route for route in _ROUTES if route.startswith("/_sandbox")] + ["/_sandbox/clock"])

    @settings(max_examples=400)
    @given(addresses, st.dictionaries(keys, _VALUES | st.integers(-1, 10**12), min_size=1, max_size=3))
    def any_body(address: str, body: dict[str, Any]) -> None:
        fuzzed.send("POST", address, {}, {}, json.dumps(body).encode())

    any_body()
