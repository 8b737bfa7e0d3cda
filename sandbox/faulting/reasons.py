"""What is wrong with a document, where, and what is allowed there: for people who write it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def reasons(error: ValidationError, model: type[BaseModel], before: str = "") -> str:
    """All errors in one line, each with its path (`rules.1.effect: ...`). before: the path of the whole document."""
    return "; ".join(_reason(one, model, before) for one in error.errors(include_url=False))


def _reason(one: Any, model: type[BaseModel], before: str) -> str:
    path = ".".join(str(part) for part in (*([before] if before else []), *one["loc"]))
    text = str(one["msg"]).removeprefix("Value error, ")
    if one["type"] == "extra_forbidden":
        owner = _model_at(model, one["loc"][:-1])
        text = "unknown" if owner is None else f"unknown; allowed here: {', '.join(owner.model_fields)}"
    elif one["type"] == "literal_error":
        text = f"{one['ctx']['expected']} expected, not {one['input']!r}"
    return f"{path}: {text}" if path else text


def _model_at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel] | None:
    """The model of the object at the path; None when it is none of ours."""
    found: Any = model
    for part in path:
        if isinstance(part, str):
            if not (isinstance(found, type) and issubclass(found, BaseModel)) or part not in found.model_fields:
                return None
            found = found.model_fields[part].annotation
        found = _inner(found)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """The model in `list[Model]` or `Model | None`, or the annotation itself."""
    for inner in get_args(annotation):
        found = _inner(inner)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return annotation
