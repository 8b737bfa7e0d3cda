"""docs/settings.md, out of the models: every setting and every environment variable with its meaning.

`python -m shared.settings.docs > docs/settings.md` renews the page; a test says when that is due.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from shared.config import Config
from shared.settings.model import Settings, subsection

_HEAD = """\
# Settings

Generated from `shared/settings/model.py` and `shared/config.py` by `python -m shared.settings.docs`; edit those.

Two things are set in two places. The rules of a connection (one shop, one company) are a TOML document; a commented one
is [example-settings.toml](example-settings.toml). `bookbridge settings check FILE` says what is wrong with a document.
How a process runs is told by environment variables, or lines of a file `.env`. Nothing here is secret: keys and tokens
have a file of their own (`BOOKBRIDGE_SECRETS`).

# The settings of a connection
"""

_CONFIG_HEAD = """
# The environment of a process

| variable | meaning | allowed | default |
|---|---|---|---|
"""

_TABLE = "| key | meaning | allowed | default |\n|---|---|---|---|\n"


def render() -> str:
    """The whole page."""
    sections = "".join(_section(title, model, intro) for title, model, intro in _sections())
    prefix = str(Config.model_config.get("env_prefix", ""))
    variables = "".join(_row(prefix + name.upper(), field) for name, field in Config.model_fields.items())
    return f"{_HEAD}{sections}{_CONFIG_HEAD}{variables}"


def _sections() -> Iterator[tuple[str, type[BaseModel], str]]:
    """(title, model, what stands above its table), the document's own keys first, a section's subsections after it."""
    yield "At the top", Settings, ""
    for name, field in Settings.model_fields.items():
        if model := subsection(field.annotation):
            title = f"`[[{name}]]`, as many as needed" if get_origin(field.annotation) is tuple else f"`[{name}]`"
            yield title, model, _one_line(model.__doc__)
            for below, inner in model.model_fields.items():
                if nested := subsection(inner.annotation):
                    intro = _one_line(inner.description or nested.__doc__)
                    yield _nested_title(f"{name}.{below}", inner), nested, intro


def _nested_title(path: str, field: FieldInfo) -> str:
    origin = get_origin(field.annotation)
    if origin is dict:
        return f"`[{path}.NAME]`"
    return f"`[[{path}]]`, as many as needed" if origin is tuple else f"`[{path}]`"


def _section(title: str, model: type[BaseModel], intro: str) -> str:
    rows = "".join(_row(name, field) for name, field in model.model_fields.items() if not subsection(field.annotation))
    return f"\n## {title}\n\n" + (f"{intro}\n\n" if intro else "") + _TABLE + rows


def _row(name: str, field: FieldInfo) -> str:
    cells = (f"`{name}`", _one_line(field.description), _allowed(field), _default(field))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _allowed(field: FieldInfo) -> str:
    return ", ".join([_kind(field.annotation), *_bounds(field.metadata)])


def _kind(annotation: Any) -> str:
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not NoneType]
    if origin is Annotated:
        return ", ".join([_kind(parts[0]), *_bounds(parts[1].metadata if isinstance(parts[1], FieldInfo) else ())])
    if origin in (Union, UnionType):
        return " or ".join(map(_kind, parts))
    if origin is tuple:
        return "list of " + _kind(parts[0])
    if origin is dict:
        return f"table of names = {_kind(parts[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{one.value}`" for one in annotation)
    return _WORDS[annotation]


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "`true` or `false`",
    date: "date",
    time: "time of day",
    Path: "path",
}


def _bounds(metadata: Any) -> Iterator[str]:
    """Limits that pydantic keeps beside a type; patterns are told by the meaning."""
    for one in metadata:
        if (least := getattr(one, "ge", None)) is not None:
            yield f"at least {least}"
        if (most := getattr(one, "le", None)) is not None:
            yield f"at most {most}"
        if (short := getattr(one, "min_length", None)) is not None:
            yield "not empty" if short == 1 else f"at least {short} characters"
        if (long := getattr(one, "max_length", None)) is not None:
            yield f"at most {long} characters"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value = field.default
    if value is PydanticUndefined or value is None or value in ("", ()):
        return "none"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return ", ".join(f"`{one}`" for one in value) if isinstance(value, tuple) else f"`{value}`"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    sys.stdout.write(render())
