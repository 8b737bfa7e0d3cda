"""Whatever becomes of a SKU has a status, is counted, and is told once for as long as it is no other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.inventory.outcome import QUIET, Status, StockOutcome, decided, wrote
from services.inventory.telling import Teller
from shared import limits
from shared.log.port import LogUnavailable
from shared.magento.stock_rows import Result, Written
from shared.mapping.stock.decision import Note, Outcome, Remark, StockDecision, Term, TermKind
from shared.telemetry.metrics import Metrics

MUG = StockDecision("MUG", Outcome.WRITE, Decimal(7), shop_now=Decimal(5))


class Log:
    def __init__(self) -> None:
        self.told: list[StockOutcome] = []
        self.away = False

    async def publish(self, outcome: StockOutcome) -> None:
        if self.away:
            raise LogUnavailable("away")
        self.told.append(outcome)


def teller() -> tuple[Teller, Log, Metrics]:
    log, metrics = Log(), Metrics()
    return Teller("main", log.publish, metrics), log, metrics


@pytest.mark.parametrize("written", Written)
def test_each_result_of_a_write_has_a_status(written: Written) -> None:
    assert wrote(MUG, Result("MUG", written), "default").status in Status


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.WRITE])
def test_each_decision_that_writes_nothing_has_its_status(outcome: Outcome) -> None:
    assert decided(StockDecision("MUG", outcome, why="because"), "default").status.value == outcome.value


def test_what_was_written_is_told_with_its_sum() -> None:
    terms = (Term(TermKind.ON_HAND, Decimal(7), "on hand", ("Item 3",)),)
    notes = (Note(Remark.OVERSOLD, Decimal(1), "1 too many"),)
    decision = StockDecision("MUG", Outcome.WRITE, Decimal(7), shop_now=Decimal(5), terms=terms, notes=notes)
    assert wrote(decision, Result("MUG", Written.WRITTEN), "default").document() == {
        "status": "written",
        "sku": "MUG",
        "source": "default",
        "before": Decimal(5),
        "quantity": Decimal(7),
        "in_stock": True,
        "sum": [{"kind": "on_hand", "units": Decimal(7), "because": "on hand", "records": ["Item 3"]}],
        "notes": ["oversold: 1 too many"],
    }


async def test_a_refusal_is_told_once_and_again_after_it_was_over() -> None:
    telling, log, metrics = teller()
    refused = StockOutcome(Status.REFUSED, "MUG", "default", text="no")
    steps = [refused, refused, StockOutcome(Status.REFUSED, "mug", "default", text="other"), refused]
    steps += [StockOutcome(Status.UNCHANGED, "MUG", "default"), refused]
    for outcome in steps:
        telling.note(outcome)
        await telling.tell()
    assert [one.text for one in log.told] == ["no", "other", "no", "no"]
    assert (
        metrics.registry.get_sample_value("bookbridge_stock_total", {"connection": "main", "outcome": "refused"}) == 5
    )


async def test_every_write_is_told_and_what_is_quiet_never() -> None:
    telling, log, _ = teller()
    for _ in range(2):
        telling.note(wrote(MUG, Result("MUG", Written.WRITTEN), "default"))
        for status in QUIET:
            telling.note(StockOutcome(status, "CUP", "default"))
    await telling.tell()
    assert [one.sku for one in log.told] == ["MUG", "MUG"]


async def test_what_the_log_did_not_take_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_TELLS_AT_ONCE", 2)
    telling, log, _ = teller()
    for number in range(5):
        telling.note(StockOutcome(Status.NO_ITEM, f"SKU-{number}", "default"))
    log.away = True
    with pytest.raises(LogUnavailable):
        await telling.tell()
    log.away = False
    await telling.tell()
    assert [one.sku for one in log.told] == [f"SKU-{number}" for number in range(5)]
    await telling.tell()
    assert len(log.told) == 5
