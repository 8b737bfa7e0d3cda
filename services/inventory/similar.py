"""Which SKUs somebody may have meant who typed one that there isn't. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from heapq import nlargest

from shared import limits

_ENOUGH = 0.4  # of two texts' pieces of three characters are the same: fewer is chance
_PIECE = 3


def similar(sku: str, skus: Iterable[str]) -> tuple[str, ...]:
    """Up to STOCK_SIMILAR of them, the most similar first: what differs in case, spaces and signs alone is that, then
    what begins like it or has most of it. 50,000 take some tenths of a second: leave the event loop for it."""
    wanted = _core(sku)
    if not wanted:
        return ()
    pieces = _pieces(wanted)
    scored = ((_score(wanted, pieces, _core(one)), one) for one in skus)
    best = nlargest(limits.STOCK_SIMILAR, (pair for pair in scored if pair[0] >= _ENOUGH))
    return tuple(one for _score_of_it, one in best)


def _score(wanted: str, pieces: set[str], other: str) -> float:
    """0 to 2: 2 for the same, over 1 for a part of the other, else the share of pieces that both have (Dice)."""
    if wanted == other:
        return 2.0
    if not other:
        return 0.0
    theirs = _pieces(other)
    share = 2 * len(pieces & theirs) / (len(pieces) + len(theirs))
    part = len(wanted) >= _PIECE and other.startswith(wanted)
    return 1.0 + share if part else share


def _core(sku: str) -> str:
    """Letters and digits without case; a SKU of signs alone stays what it is."""
    folded = unicodedata.normalize("NFKC", sku).casefold()
    return "".join(filter(str.isalnum, folded)) or folded.strip()


def _pieces(core: str) -> set[str]:
    """Of a text with its ends marked, so that short SKUs have some, too."""
    marked = f" {core} "
    return {marked[at : at + _PIECE] for at in range(len(marked) - _PIECE + 1)}
