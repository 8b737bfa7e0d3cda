"""Log lines: their form, and what must not be in them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.telemetry import logs
from shared.telemetry.redaction import REDACTED, is_hidden, redact


@pytest.fixture
def output() -> Iterator[io.BytesIO]:
    buffer = io.BytesIO()
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    logs.configure("ingest", "info", output=buffer)
    yield buffer
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def lines(output: io.BytesIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in output.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_service(output: io.BytesIO) -> None:
    logs.logger(connection="shop").info("webhook", status=202)
    (line,) = lines(output)
    assert line["event"] == "webhook"
    assert (line["connection"], line["status"], line["level"], line["service"]) == ("shop", 202, "info", "ingest")
    assert line["time"].endswith("Z")


def test_lines_below_the_level_are_not_written(output: io.BytesIO) -> None:
    logs.logger().debug("detail")
    assert lines(output) == []


def test_an_unknown_level_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(ValueError, match="'loud' is not known; allowed: debug, info, warning, error"):
        logs.configure("ingest", "loud")


@pytest.mark.parametrize(
    "key",
    ["token", "access_token", "refreshTokens", "client_secret", "Authorization", "X-Magento-Signature", "Set-Cookie",
     "email", "customer_email", "name", "firstname", "DisplayName", "billing_address", "BillAddr-Address", "addresses",
     "street", "phone", "telephone", "body", "payload"],
)  # fmt: skip
def test_values_under_the_names_of_secrets_and_personal_data_are_hidden_at_every_depth(
    output: io.BytesIO, key: str
) -> None:
    logs.logger().info("attempt", **{key: "jane@example.test"}, nested={"list": [{key: "jane@example.test"}]})
    (line,) = lines(output)
    assert line[key] == REDACTED
    assert b"jane" not in output.getvalue()


@pytest.mark.parametrize("key", ["connection", "status", "token_state", "entity_id", "realm", "outcome", "signed"])
def test_ordinary_keys_are_shown(key: str) -> None:
    assert not is_hidden(key)


@given(st.recursive(st.text(max_size=20) | st.integers(), lambda inner: st.dictionaries(st.text(max_size=5), inner)))
def test_nothing_under_a_hidden_key_survives_whatever_is_around_it(surroundings: Any) -> None:
    shown = orjson.dumps(redact({"around": surroundings, "x": {"secret": "s3cr3t-value", "around": surroundings}}))
    assert b"s3cr3t-value" not in shown


def test_values_that_json_writers_refuse_do_not_break_the_line(output: io.BytesIO) -> None:
    logs.logger().info("odd", big=2**70, undecodable="caf\udce9", other=object())
    (line,) = lines(output)
    assert line["big"] == str(2**70)
    assert line["undecodable"] == "caf\\udce9"


def test_long_texts_and_deep_structures_are_cut(output: io.BytesIO) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"inner": deep}
    logs.logger().info("odd", text="x" * 1_000_000, deep=deep, raw=b"1234")
    (line,) = lines(output)
    assert len(output.getvalue()) < limits.LOG_VALUE_MAX_CHARS + 1_000
    assert line["raw"] == "4 bytes"


def test_a_wide_line_gathers_the_fields_of_an_attempt_and_is_written_once(output: io.BytesIO) -> None:
    with logs.wide_line(logs.logger(), "post order", connection="shop") as line:
        line.add(order=17)
        line.add(outcome="posted")
    (written,) = lines(output)
    assert (written["order"], written["outcome"], written["connection"]) == (17, "posted", "shop")
    assert written["seconds"] >= 0


def test_a_failed_attempt_is_written_with_the_error_and_the_error_goes_on(output: io.BytesIO) -> None:
    with pytest.raises(KeyError), logs.wide_line(logs.logger(), "post order", order=17):
        raise KeyError("sku-1")
    (written,) = lines(output)
    assert (written["outcome"], written["error"], written["level"]) == ("failed", "KeyError", "warning")


def test_lines_of_libraries_come_through_the_same_chain(output: io.BytesIO) -> None:
    logging.getLogger("aiokafka").warning("no connection to %s", "node 1")
    (line,) = lines(output)
    assert (line["event"], line["library"], line["level"]) == ("no connection to node 1", "aiokafka", "warning")


def test_a_library_that_repeats_itself_is_cut_short_and_later_says_how_often(output: io.BytesIO) -> None:
    now = 0.0
    root = logging.getLogger()
    root.handlers[:] = [logs.LibraryHandler(clock=lambda: now)]
    for attempt in range(1_000):
        logging.getLogger("aiokafka").error("attempt %d failed", attempt)
    assert len(lines(output)) == limits.LIBRARY_LOG_LINES
    now = limits.LIBRARY_LOG_WINDOW_SECONDS + 1
    logging.getLogger("aiokafka").error("attempt %d failed", 1_000)
    assert lines(output)[-1]["left_out"] == 1_000 - limits.LIBRARY_LOG_LINES


def test_a_library_message_with_wrong_arguments_is_still_written(output: io.BytesIO) -> None:
    record = logging.makeLogRecord({"name": "odd", "levelno": logging.WARNING, "msg": "%d and %d", "args": (1,)})
    logs.LibraryHandler().emit(record)
    assert lines(output)[0]["event"] == "%d and %d"


def test_configuring_twice_writes_library_lines_once(output: io.BytesIO) -> None:
    logs.configure("ingest", "info", output=output)
    logging.getLogger("x").warning("once")
    assert len(lines(output)) == 1
