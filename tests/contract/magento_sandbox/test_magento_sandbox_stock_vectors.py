"""Magento's own figures about stock, played on the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.magento.vectors import compare

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "magento-stock"


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the folder of Magento's figures is not here")
def test_every_stock_figure_of_magentos_own_tests_agrees() -> None:
    report = compare(VECTORS)
    assert report.total > 250
    assert report.differences == [], f"{report.agreed} of {report.total} figures agree"
