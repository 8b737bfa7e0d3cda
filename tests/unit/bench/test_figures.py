"""The figures of the benchmarks: what flat means, and which way a target is reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.flatness import flatness
from tests.bench.load import Target


@given(st.floats(1, 1e6), st.integers(10, 700))
def test_what_stays_as_it_is_is_flat(level: float, count: int) -> None:
    assert flatness([level] * count) == 1.0


@given(st.integers(30, 700), st.floats(0.001, 1.0))
def test_what_grows_all_the_time_is_not_flat_however_slowly(count: int, step: float) -> None:
    assert flatness([100 + step * number for number in range(count)]) < 1.0


def test_a_leak_of_a_tenth_of_a_mib_a_second_is_seen_in_ten_minutes() -> None:
    assert flatness([80 + 0.1 * second for second in range(600)]) < 0.9


def test_the_time_until_it_has_settled_and_single_peaks_do_not_count() -> None:
    samples = [50.0 + second for second in range(30)] + [80.0] * 270
    samples[150] = samples[-3] = 500.0
    assert flatness(samples) == 1.0


def test_a_handful_of_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="tell nothing"):
        flatness([1.0] * 9)


def test_a_target_is_reached_from_its_own_side_and_never_unmeasured() -> None:
    assert [Target("rate", 0.8, value).reached for value in (0.79, 0.8, 0.9, None)] == [False, True, True, False]
    limits = [Target("p99", 100, value, at_most=True).reached for value in (99.0, 100.0, 101.0, None)]
    assert limits == [True, True, False, False]
