"""Which form a vector file has, and playing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.magento.errors import ControlError, MagentoError
from sandbox.magento.vectors import after_sale, stock, totals
from sandbox.magento.vectors.report import UNKNOWN, Figure, Report
from shared import wire

Document = Mapping[str, Any]
# What playing a vector with a missing or misshapen value raises: it is reported with its name, and the others go on.
UNPLAYABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, ControlError, MagentoError)


@dataclass(frozen=True)
class Form:
    """One form of vector file: `recognises` by content; `vectors` names each vector and what plays it."""

    name: str
    recognises: Callable[[Document], bool]
    vectors: Callable[[Document], Iterator[tuple[str, Callable[[], Iterator[Figure]]]]]


FORMS = (
    Form("totals", totals.recognises, totals.vectors),
    Form("after-sale", after_sale.recognises, after_sale.vectors),
    Form("stock", stock.recognises, stock.vectors),
)


def files(folder: Path) -> list[Path]:
    """The vector files of a folder."""
    return sorted(folder.glob("*.json"))


def compare(folder: Path) -> Report:
    """Every figure of every vector file in the folder. What can't be read or has no known form doesn't agree."""
    report = Report()
    for path in files(folder):
        try:
            document = wire.decode(path.read_bytes())
        except wire.NotJson as error:
            report.failed(path.name, f"no JSON document: {error}")
            continue
        form = next((one for one in FORMS if isinstance(document, dict) and one.recognises(document)), None)
        if form is None:
            report.add([(f"{path.name} form", "(a vector file)", UNKNOWN)])
            continue
        _play(report, path.name, form, document)
    return report


def _play(report: Report, file: str, form: Form, document: Document) -> None:
    try:
        for name, play in form.vectors(document):
            try:
                report.add(list(play()))
            except UNPLAYABLE as error:
                report.failed(f"{file} {name}", f"can't be played: {type(error).__name__} {error}")
    except UNPLAYABLE as error:
        report.failed(file, f"is not of the form {form.name}: {type(error).__name__} {error}")
