"""The small notation in which the schema is written: one field per line.

    Name kind [flag ...]

kind: str bool num int date time any, ref:Target (an object {"value": id, "name": text}), obj:Type; `[]` = array.
flags: max=N (characters), enum=A|B, req (needed on create), ro (system defined: taken and ignored), drop (taken and not
kept: a field of the desktop product), f (may stand in WHERE and ORDERBY), clean (no colon, tab or newline).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["str", "bool", "num", "int", "date", "time", "any", "ref", "obj"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an entity or of a nested type."""

    name: str
    kind: Kind
    target: str = ""  # entity of a ref, name of the nested type of an obj
    array: bool = False
    max_length: int | None = None
    enumeration: tuple[str, ...] = ()
    required: bool = False
    read_only: bool = False
    dropped: bool = False
    filterable: bool = False
    clean: bool = False


def parse_fields(text: str) -> dict[str, Field]:
    """The fields that the notation above describes, by name."""
    fields = [_parse_line(line) for line in text.strip().splitlines() if line.strip()]
    return {field.name: field for field in fields}


def _parse_line(line: str) -> Field:
    name, kind_text, *flags = line.split()
    array = kind_text.endswith("[]")
    kind, _, target = kind_text.removesuffix("[]").partition(":")
    values = dict(flag.partition("=")[::2] for flag in flags)
    if kind not in ("str", "bool", "num", "int", "date", "time", "any", "ref", "obj"):
        raise ValueError(f"unknown kind {kind!r} in schema line {line!r}")
    unknown = values.keys() - {"max", "enum", "req", "ro", "drop", "f", "clean"}
    if unknown:
        raise ValueError(f"unknown flags {sorted(unknown)} in schema line {line!r}")
    return Field(
        name=name,
        kind=kind,  # type: ignore[arg-type]  # checked against the literal above
        target=target,
        array=array,
        max_length=int(values["max"]) if "max" in values else None,
        enumeration=_enumeration(values["enum"]) if "enum" in values else (),
        required="req" in values,
        read_only="ro" in values,
        dropped="drop" in values,
        filterable="f" in values,
        clean="clean" in values,
    )


def _enumeration(text: str) -> tuple[str, ...]:
    """Values of an enumeration; `_` stands for a space and `__` for an underscore."""
    return tuple(value.replace("__", "\0").replace("_", " ").replace("\0", "_") for value in text.split("|"))
