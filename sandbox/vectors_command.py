"""`bookbridge sandbox vectors`: how many figures of Magento's own tests the sandbox reproduces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.magento import vectors
from shared import wire

AGREES, DIFFERS = 0, 1


def without_vectors(folders: Iterable[Path]) -> str | None:
    """Why one of the folders can't be run, or None."""
    for folder in folders:
        if not folder.is_dir():
            return f"{folder} is not a folder"
        if not vectors.files(folder):
            return f"{folder} holds no vectors (*.json)"
    return None


def run(folders: Iterable[Path]) -> dict[Path, vectors.Report]:
    return {folder: vectors.compare(folder) for folder in folders}


def lines(reports: dict[Path, vectors.Report]) -> Iterator[str]:
    """For people: each figure that doesn't agree, then the count of its folder."""
    for folder, report in reports.items():
        yield from (str(difference) for difference in report.differences)
        yield f"{folder.resolve().name}: {report.agreed} of {report.total} figures agree"


def as_json(reports: dict[Path, vectors.Report]) -> str:
    """One line for programs."""
    folders = [
        {
            "folder": str(folder),
            "agreed": report.agreed,
            "total": report.total,
            "differences": [difference.document() for difference in report.differences],
        }
        for folder, report in reports.items()
    ]
    return wire.encode({"folders": folders}).decode()


def exit_code(reports: dict[Path, vectors.Report]) -> int:
    return AGREES if all(report.total and not report.differences for report in reports.values()) else DIFFERS
