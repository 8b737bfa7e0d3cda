"""python -m tests.lives [--runs 2000] [--seed N] [--copy]: random lives of SKUs between both sandboxes.

The figures come on standard output, progress on standard error. Exit code 0: no life failed; 1: some did, and they are
shown with their seeds, their steps and their terms.
"""

from __future__ import annotations

import argparse
import logging
import sys

import structlog

from tests.lives.keeper import keeper
from tests.lives.runs import chosen_seed, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lives", description="random lives of SKUs")
    parser.add_argument("--runs", type=int, default=2_000, help="lives, each of one SKU with its own orders (2000)")
    parser.add_argument("--seed", type=int, default=None, help="of the first life; the others follow it")
    parser.add_argument("--copy", action="store_true", help="copy on hand instead: shows that the test would notice")
    given = parser.parse_args()
    seed = chosen_seed() if given.seed is None else given.seed
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    _note(f"{given.runs} lives from seed {seed} on ...")
    verdict, short = run(seed, given.runs, None if given.copy else keeper, _note)
    for failure in short:
        sys.stdout.write(f"\n{failure.text()}\n")
    others = [str(one.living.life.seed) for one in verdict.failures[len(short) :]]
    if others:
        sys.stdout.write(f"\nother seeds that failed: {' '.join(others)}\n")
    sys.stdout.write(f"\nseed {seed}: {verdict.summary()}\n")
    return 1 if verdict.failures else 0


def _note(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
