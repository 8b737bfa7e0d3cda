"""The requestid of a write: the same for every attempt, by whatever process, at whatever time. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

# Ours, drawn once. Changing it would give every unfinished write a second id, and so a second document.
_NAMESPACE = uuid.UUID("5b0c3d5e-6f53-4f0a-9a55-6a0f4c1f7d21")


def requestid(realm: str, entity_key: str, kind: str, operation: str, generation: int) -> str:
    """36 characters: short enough for single calls (50) and for batches (36).

    `entity_key` is the key in the log ("shop:order:17"), `kind` the document ("salesreceipt"), `operation` what is done
    to it ("create"); `generation` grows only when the last attempt is known to have failed.
    """
    name = json.dumps([realm, entity_key, kind, operation, generation])  # quoted parts can't run into one another
    return str(uuid.uuid5(_NAMESPACE, name))


def batch_requestid(realm: str, members: Sequence[str]) -> str:
    """36 characters, the most that a batch may have. `members` are the requestids that its items would have alone: the
    same work in the same order is the same batch."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps([realm, "batch", *members])))
