"""The part of Liquid that webhook templates are written in: values with dots, filters, for, if.

Anything else is refused when the template is read, so that nobody takes a wrong text for what the module would send.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.magento import limits, php_json

_TOKEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_LITERAL = re.compile(r'"[^"]*"|\'[^\']*\'|-?\d+(\.\d+)?|true|false|nil')
_FOR = re.compile(r"for\s+([A-Za-z_]\w*)\s+in\s+(\S+)")
_CONDITION = re.compile(r"(\S+)(?:\s*(==|!=)\s*(.+))?")
_KNOWN = "{{ value | filter }}, for, if, elsif, else"


class TemplateRefused(ValueError):
    """A template that the sandbox doesn't take; the text says what and why."""


Scope = Mapping[str, Any]


@dataclass(frozen=True)
class _Value:
    """A path or a literal with filters."""

    path: tuple[str, ...] = ()
    literal: Any = None
    filters: tuple[tuple[str, Any], ...] = ()

    def of(self, scope: Scope) -> Any:
        found: Any = scope if self.path else self.literal
        for name in self.path:
            found = _member(found, name)
        for name, argument in self.filters:
            found = FILTERS[name](found, argument.of(scope) if argument is not None else None)
        return found


@dataclass
class _For:
    name: str
    rows: _Value
    body: list[_Node] = field(default_factory=list)


@dataclass
class _If:
    """Branches in order; one without a condition is `else`."""

    branches: list[tuple[tuple[_Value, str | None, _Value | None] | None, list[_Node]]] = field(default_factory=list)


_Node = str | _Value | _For | _If


def _default(value: Any, argument: Any) -> Any:
    return argument if value in (None, False, "") or value == [] else value


def _escape(value: Any, _argument: Any) -> str:
    return html.escape(text_of(value)).replace("&#x27;", "&#039;")  # as PHP's ENT_QUOTES writes it


FILTERS: dict[str, Callable[[Any, Any], Any]] = {
    "default": _default,
    "escape": _escape,
    "upcase": lambda value, _: text_of(value).upper(),
    "downcase": lambda value, _: text_of(value).lower(),
}
_TAKES_ARGUMENT = ("default",)


class Template:
    """A template that was read. Raises TemplateRefused for what isn't known here."""

    def __init__(self, text: str) -> None:
        self._nodes = _Reader(text).read()

    def render(self, item: Mapping[str, Any]) -> str:
        """The text with the model as `item`."""
        return _rendered(self._nodes, {"item": item})


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = [token for token in _TOKEN.split(text) if token]
        for token in self._tokens:
            if _TOKEN.fullmatch(token) is None and ("{%" in token or "{{" in token):
                raise TemplateRefused(f"a tag in {token.strip()[:60]!r} has no end")

    def read(self) -> list[_Node]:
        top: list[_Node] = []
        open_: list[tuple[_For | _If, list[_Node]]] = []
        for token in self._tokens:
            into = open_[-1][1] if open_ else top
            if _TOKEN.fullmatch(token) is None:
                into.append(token)
            elif token.startswith("{{"):
                into.append(_value(token[2:-2].strip("- \t\n\r"), scoped=True))
            else:
                self._tag(token[2:-2].strip("- \t\n\r"), into, open_)
        if open_:
            raise TemplateRefused(f"a {'for' if isinstance(open_[-1][0], _For) else 'if'} has no end")
        return top

    def _tag(self, tag: str, into: list[_Node], open_: list[tuple[_For | _If, list[_Node]]]) -> None:
        word = tag.split(None, 1)[0] if tag else ""
        inner = open_[-1][0] if open_ else None
        if word == "for" and (match := _FOR.fullmatch(tag)):
            if len(open_) >= limits.LIQUID_NESTING:
                raise TemplateRefused(f"more than {limits.LIQUID_NESTING} tags within one another")
            loop = _For(match[1], _value(match[2]))
            into.append(loop)
            open_.append((loop, loop.body))
        elif word == "if":
            if len(open_) >= limits.LIQUID_NESTING:
                raise TemplateRefused(f"more than {limits.LIQUID_NESTING} tags within one another")
            choice = _If()
            into.append(choice)
            open_.append((choice, _branch(choice, _condition(tag[2:].strip()))))
        elif word in ("elsif", "else") and isinstance(inner, _If):
            condition = _condition(tag[5:].strip()) if word == "elsif" else None
            open_[-1] = (inner, _branch(inner, condition))
        elif (word == "endfor" and isinstance(inner, _For)) or (word == "endif" and isinstance(inner, _If)):
            open_.pop()
        else:
            raise TemplateRefused(f"{{% {tag} %}} is not known here; known are {_KNOWN}")


def _branch(choice: _If, condition: tuple[_Value, str | None, _Value | None] | None) -> list[_Node]:
    nodes: list[_Node] = []
    choice.branches.append((condition, nodes))
    return nodes


def _condition(text: str) -> tuple[_Value, str | None, _Value | None]:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise TemplateRefused(f"{{% if {text} %}} is not known here; a value, or == or != of two, is")
    return _value(match[1]), match[2], _value(match[3].strip()) if match[3] else None


def _value(text: str, *, scoped: bool = False) -> _Value:
    """scoped: filters may follow."""
    first, *rest = _split(text) if scoped else [text]
    filters = []
    for part in rest:
        name, _, argument = (piece.strip() for piece in part.partition(":"))
        if name not in FILTERS:
            raise TemplateRefused(f"the filter {name!r} is not known here; known are {', '.join(FILTERS)}")
        if bool(argument) != (name in _TAKES_ARGUMENT):
            raise TemplateRefused(f"the filter {name!r} takes {'one argument' if name in _TAKES_ARGUMENT else 'none'}")
        filters.append((name, _value(argument) if argument else None))
    if _LITERAL.fullmatch(first):
        return _Value((), _literal(first), tuple(filters))
    if not _PATH.fullmatch(first):
        raise TemplateRefused(f"{first!r} is no value that is known here; names joined by dots are")
    return _Value(tuple(first.split(".")), None, tuple(filters))


def _split(text: str) -> list[str]:
    """At each | outside of quotes."""
    return [part.strip() for part in re.findall(r"(?:\"[^\"]*\"|'[^']*'|[^|\"'])+", text)] or [""]


def _literal(text: str) -> Any:
    if text[0] in "\"'":
        return text[1:-1]
    if text in ("true", "false", "nil"):
        return {"true": True, "false": False, "nil": None}[text]
    return Decimal(text) if "." in text else int(text)


def _member(found: Any, name: str) -> Any:
    if isinstance(found, Mapping):
        return found.get(name)
    if isinstance(found, list):
        if name == "size":
            return len(found)
        return found[int(name)] if name.isdigit() and int(name) < len(found) else None
    return None


def text_of(value: Any) -> str:
    """As PHP makes text of it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, Decimal):
        return php_json.number(value)
    return "Array" if isinstance(value, Mapping | list) else str(value)


def _rendered(nodes: Sequence[_Node], scope: Scope) -> str:
    return "".join(_one(node, scope) for node in nodes)


def _one(node: _Node, scope: Scope) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, _Value):
        return text_of(node.of(scope))
    if isinstance(node, _If):
        return next((_rendered(inner, scope) for condition, inner in node.branches if _holds(condition, scope)), "")
    rows = node.rows.of(scope)
    rows = list(rows.values()) if isinstance(rows, Mapping) else rows if isinstance(rows, list) else []
    return "".join(
        _rendered(node.body, {**scope, node.name: row, "forloop": _loop(number, len(rows))})
        for number, row in enumerate(rows)
    )


def _loop(number: int, length: int) -> dict[str, Any]:
    return {
        "index": number + 1, "index0": number, "length": length, "first": number == 0, "last": number == length - 1,
    }  # fmt: skip


def _holds(condition: tuple[_Value, str | None, _Value | None] | None, scope: Scope) -> bool:
    if condition is None:
        return True
    left, operator, right = condition
    if operator is None or right is None:
        return left.of(scope) not in (None, False)
    same = text_of(left.of(scope)) == text_of(right.of(scope))
    return same if operator == "==" else not same
