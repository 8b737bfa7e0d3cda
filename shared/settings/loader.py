"""A TOML document -> Settings, with messages that name the key and what is allowed there."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.settings.model import Settings, section_at


class SettingsError(ValueError):
    """The document isn't usable. `problems` has one line for each thing to mend."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__(f"{source}: " + "; ".join(problems))
        self.source = source
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the text they came from; `version` changes exactly when the text does."""

    settings: Settings
    text: str

    @property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def load(text: str, source: str) -> Loaded:
    """Raises SettingsError. `source` is the file's name, for messages."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(source, [f"not a TOML document: {error}"]) from error
    try:
        return Loaded(Settings.model_validate(document), text)
    except ValidationError as error:
        raise SettingsError(source, [_problem(one) for one in error.errors(include_url=False)]) from error


def _problem(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "(the document)"
    if error["type"] == "extra_forbidden":
        return f"{key}: there is no such setting; {_known(error['loc'])}"
    if error["type"] == "missing":
        return f"{key}: must be set"
    given, context = error.get("input"), error.get("ctx", {})
    say = _WORDS.get(error["type"])
    message = say(context) if say else error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        message = f"is not allowed here: {_meaning(error['loc'])}"
    # A "value_error" is our own: it repeats what was given where it may, which in an address could be a password.
    shows = isinstance(given, str | int | float | bool) and error["type"] != "value_error"
    return f"{key}: {given!r} {message}" if shows else f"{key}: {message}"


# What pydantic's error types mean to people who write TOML.
_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "enum": lambda context: "is not allowed; allowed: " + str(context.get("expected", "")).replace("'", ""),
    "string_type": lambda context: "must be text in quotes",
    "string_too_short": lambda context: "must not be empty",
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "too_short": lambda context: "must have at least one entry",
    "tuple_type": lambda context: "must be a list in brackets",
    "dict_type": lambda context: "must be a table",
    "model_type": lambda context: "must be a table",
    "decimal_type": lambda context: "must be a number",
    "decimal_parsing": lambda context: "must be a number",
    "finite_number": lambda context: "must be a number",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "date_type": lambda context: "must be a date such as 2026-01-31",
    "date_parsing": lambda context: "must be a date such as 2026-01-31",
    "time_type": lambda context: "must be a time of day such as 03:15:00",
    "time_parsing": lambda context: "must be a time of day such as 03:15:00",
    "date_from_datetime_parsing": lambda context: "must be a date such as 2026-01-31",
    "date_from_datetime_inexact": lambda context: "must be a date such as 2026-01-31, without a time",
}


def _known(place: tuple[int | str, ...]) -> str:
    """The settings that there are where somebody wrote another, the likeliest one first."""
    known = list(section_at(place[:-1]).model_fields)
    close = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else "there are: " + ", ".join(known)


def _meaning(place: tuple[int | str, ...]) -> str:
    field = section_at(place[:-1]).model_fields.get(str(place[-1]))
    return " ".join((field.description or "").split()) if field else ""
