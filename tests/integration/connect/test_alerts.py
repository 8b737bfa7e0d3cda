"""The alert rules in deploy/ on the metrics that a process really shows: each fires when it should, and then only.

The expressions are evaluated here as far as the rules go: one aggregation by company, a difference to now, and
a comparison.
"""

from __future__ import annotations

import asyncio
import operator
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.ingest.token_watch import TokenWatch
from services.process import Process, open_process
from shared import limits
from shared.config import Config
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import State, TokenRecord
from tests.support.deployment import deployment

RULES = Path(__file__).parents[3] / "deploy/prometheus/bookbridge-tokens.rules.yml"
_RULE = re.compile(r"- alert: (\w+)\n +expr: (.+)\n")
_EXPR = re.compile(
    r'max by \(realm\) \((?P<metric>\w+)\{(?P<label>\w+)(?P<match>=~?)"(?P<value>[^"]+)"\}\)(?P<left> - time\(\))? '
    r"(?P<compare>==|<) (?P<bound>-?[0-9]+(?: \* [0-9]+)?)"
)
REALM = "9130"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAIR = TokenPair("a", "r", NOW + timedelta(hours=1), NOW + timedelta(days=100), NOW + timedelta(days=1_800))
RECORD = TokenRecord(1, PAIR, NOW, since=NOW, granted_at=NOW)


def rules() -> dict[str, re.Match[str]]:
    found = {name: _EXPR.fullmatch(expr) for name, expr in _RULE.findall(RULES.read_text())}
    assert len(found) == RULES.read_text().count("- alert:")
    return {name: match for name, match in found.items() if match is not None}


def firing(shown: str, at: datetime) -> set[str]:
    """The alerts that fire for the company, by what a scrape holds."""
    samples = [sample for family in text_string_to_metric_families(shown) for sample in family.samples]
    names = set()
    for name, rule in rules().items():
        values = [
            one.value
            for one in samples
            if one.name == rule["metric"]
            and one.labels["realm"] == REALM
            and re.fullmatch(
                rule["value"] if rule["match"] == "=~" else re.escape(rule["value"]), one.labels[rule["label"]]
            )
        ]
        if not values:
            continue
        value = max(values) - (at.timestamp() if rule["left"] else 0)
        first, _, second = rule["bound"].partition(" * ")
        if {"==": operator.eq, "<": operator.lt}[rule["compare"]](value, int(first) * int(second or 1)):
            names.add(name)
    return names


@pytest.fixture
async def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
    async with deployment("embedded", tmp_path) as made:
        for name, value in {**made.common, "BOOKBRIDGE_DATA": str(tmp_path / "data")}.items():
            monkeypatch.setenv(name, value)
        async with open_process("ingest", Config(health_port=0), asyncio.Event()) as opened:
            yield opened


def test_every_rule_can_be_evaluated_here_and_agrees_with_what_the_log_warns_of() -> None:
    read = rules()
    assert read.keys() == dict(_RULE.findall(RULES.read_text())).keys()
    assert f"< {limits.TOKEN_WARNING_DAYS:.0f} * 86400" in read["BookbridgeAccessEndsSoon"][0]
    assert f"< {limits.TOKEN_HARD_NOTICE_DAYS:.0f} * 86400" in read["BookbridgeFiveYearsEnd"][0]


async def test_each_alert_fires_when_its_time_has_come(process: Process) -> None:
    watch = TokenWatch(process, lambda: NOW)

    def after(record: TokenRecord | None, state: str, *, days: float = 0) -> set[str]:
        watch.note("main", REALM, record, state)
        return firing(process.metrics.exposition().decode(), NOW + timedelta(days=days))

    person, none_fresh = "BookbridgeCompanyNeedsAPerson", "BookbridgeNoFreshToken"
    soon, years = "BookbridgeAccessEndsSoon", "BookbridgeFiveYearsEnd"
    assert after(RECORD, "valid") == set()
    assert after(RECORD, "refreshing", days=1 / 24 + 9 / 1_440) == set()
    assert after(RECORD, "refreshing", days=1 / 24 + 11 / 1_440) == {none_fresh}
    assert after(RECORD, "refreshing", days=85.9) == {none_fresh}
    assert after(RECORD, "refreshing", days=86.1) == {none_fresh, soon}
    old = replace(RECORD, pair=replace(PAIR, hard_expires_at=NOW + timedelta(days=89.9)))
    assert after(old, "valid") == {years}
    assert after(RECORD, "valid") == set(), "and another grant ends it"
    assert after(None, "reconnect") == {person}


@pytest.mark.parametrize("state", ["reconnect", "disconnected"])
async def test_a_connection_that_is_over_is_told_once_and_not_again_as_one_that_will_end(
    process: Process, state: State
) -> None:
    watch = TokenWatch(process, lambda: NOW)
    watch.note("main", REALM, RECORD, "valid")
    watch.note("main", REALM, replace(RECORD, state=state), state)
    for days in (0, 90, 1_790):
        shown = process.metrics.exposition().decode()
        assert firing(shown, NOW + timedelta(days=days)) == {"BookbridgeCompanyNeedsAPerson"}
