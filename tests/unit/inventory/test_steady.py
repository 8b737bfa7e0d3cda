"""Which differences are real: not those that a shipment makes whose order isn't read yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.adjusting_steady import Reading, Steady
from shared.commerce.stock import SourceRow

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT_ONCE = timedelta(0)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def read(difference: int, holds: int, ended: float, swept: float | None) -> Reading:
    rows = (SourceRow("default", Decimal(holds)),)
    return Reading(Decimal(difference), rows, after(ended), None if swept is None else after(swept))


def ripe(*readings: Reading, stood: timedelta = AT_ONCE) -> dict[str, Decimal]:
    steady = Steady()
    for reading in readings:
        steady.note("MUG", reading)
    return steady.ripe(stood)


def test_a_difference_is_real_once_a_sweep_has_passed_between_two_readings_that_agree() -> None:
    assert ripe(read(2, 9, 0, None), read(2, 9, 60, 30)) == {"MUG": 2}


def test_it_is_not_before() -> None:
    assert ripe(read(2, 9, 0, None), read(2, 9, 60, None)) == {}, "no sweep is known"
    assert ripe(read(2, 9, 0, None), read(2, 9, 60, -30)) == {}, "the sweep passed before the first reading"
    assert ripe(read(2, 9, 0, None), read(2, 9, 60, 4)) == {}, "our machines' clocks may differ by so much"
    assert ripe(read(2, 9, 0, None), read(2, 8, 60, 30)) == {}, "the source moved"
    assert ripe(read(2, 9, 0, None), read(3, 9, 60, 30)) == {}, "the difference moved"
    assert ripe(read(2, 9, 0, None), read(2, 9, 60, 30), read(0, 9, 70, 30)) == {}, "it went by itself"


def test_it_has_to_stand_for_the_time_that_the_settings_say_whatever_is_shipped_meanwhile() -> None:
    quarter = timedelta(minutes=15)
    shipped = [read(2, 9, 0, None), read(2, 8, 600, 300), read(2, 8, 890, 880)]
    assert ripe(*shipped, stood=quarter) == {}
    assert ripe(*shipped, read(2, 8, 900, 880), stood=quarter) == {"MUG": 2}


def test_what_was_corrected_begins_anew() -> None:
    steady = Steady()
    for reading in (read(2, 9, 0, None), read(2, 9, 60, 30)):
        steady.note("MUG", reading)
    steady.forget("MUG")
    steady.note("MUG", read(2, 9, 61, 30))
    assert (steady.ripe(AT_ONCE), list(steady)) == ({}, ["MUG"])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 300)), max_size=12), st.data())
def test_a_shipment_that_no_sweep_has_told_of_is_never_taken_for_a_difference(
    shipments: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Shop and books agree. Pieces are shipped at moments, each order is read some time later, at the latest by the
    sweep that passes its moment; readings see the source as it is and orders as they are known."""
    told = sorted((moment, count, moment + late) for count, late, moment in shipments)
    sweeps = data.draw(st.lists(st.integers(0, 400), max_size=4))
    steady = Steady()
    for moment in sorted(data.draw(st.lists(st.integers(0, 400), max_size=12))):
        swept = max((one for one in sweeps if one + 40 <= moment), default=None)
        gone = sum(count for at, count, _ in told if at <= moment)
        known = sum(count for at, count, late in told if late <= moment or (swept is not None and at <= swept))
        known = min(known, gone)
        steady.note("MUG", read(known - gone, 100 - gone, moment, swept))
        assert steady.ripe(AT_ONCE) == {}
