"""The `fields` parameter: `items[entity_id,increment_id],total_count` keeps only these. Pure.

As in Magento's FieldsFilter, a character it does not allow or an unbalanced bracket empties the whole answer (`[]`),
and so does naming an entity's fields at the level of the list.
"""

from __future__ import annotations

import re
from typing import Any

Tree = dict[str, Any]
_ALLOWED = re.compile(r"[\w\[\],]*", re.ASCII)


def apply(document: Any, fields: str) -> Any:
    """What is left of the document; an empty list when nothing is, or when `fields` can't be read."""
    tree = _parse(fields)
    if tree is None:
        return []
    return _keep(document, tree) or []


def _parse(fields: str) -> Tree | None:
    if not _ALLOWED.fullmatch(fields):
        return None
    root: Tree = {}
    stack = [root]
    last = ""
    for part in re.findall(r"\w+|[\[\],]", fields):
        if part == "[":
            if not last:
                return None
            stack.append(stack[-1][last])
            last = ""
        elif part == "]":
            if len(stack) == 1:
                return None
            stack.pop()
            last = ""
        elif part == ",":
            last = ""
        else:
            stack[-1][part] = {}
            last = part
    return root if len(stack) == 1 else None


def _keep(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_keep(entry, tree) for entry in value]
    if isinstance(value, dict):
        return {name: _keep(value[name], branch) for name, branch in tree.items() if name in value}
    return value
