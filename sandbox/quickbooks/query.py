"""The query language: text to a statement. Pure; knows the grammar, not the entities.

SELECT * [, p ...] | COUNT(*) FROM Entity [WHERE p op v [AND ...]] [ORDERBY p [ASC|DESC] [, ...]]
    [STARTPOSITION n] [MAXRESULTS n]

Properties after the star add nothing (python-quickbooks writes `SELECT *, Sku FROM Item`); without it they are refused.
Faults name line and column as recorded ones do (node-quickbooks#56, quickbooks-node-promise#1, quickbooks-php#129).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from sandbox import limits
from sandbox.quickbooks.errors import query_invalid, query_syntax

Operator = Literal["=", "<", ">", "<=", ">=", "IN", "LIKE"]
Value = str | Decimal | bool

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\['\\])*')"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign><=|>=|[=<>*(),]))",
    re.ASCII,
)
_KINDS = {"string": "STRING_LITERAL", "number": "NUMBER", "word": "IDENTIFIER", "sign": "SIGN"}
_ESCAPE = re.compile(r"\\(['\\])")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of the WHERE clause; several values only with IN."""

    path: str
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A statement. start is 1-based."""

    entity: str
    count: bool = False
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # path, descending
    start: int = 1
    limit: int = limits.QB_QUERY_PAGE
    extra: tuple[str, ...] = ()  # properties named beside the star


def parse_query(text: str, *, zero_is_first: bool = False) -> Query:
    """The statement that the text means. zero_is_first: STARTPOSITION 0 is read as 1.

    Raises Refused: 4000 for its form, 4001 for values out of range.
    """
    if len(text) > limits.QB_QUERY_LENGTH:
        raise query_invalid(f"a statement has at most {limits.QB_QUERY_LENGTH} characters")
    query = _Parser(text).statement()
    if query.start == 0 and not zero_is_first:
        raise query_invalid("STARTPOSITION starts at 1")
    return replace(query, start=max(query.start, 1))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # string, number, word, sign; bad: no token starts with this character; end
    text: str
    at: int  # offset in the statement


def _tokens(text: str) -> list[_Token]:
    """The statement's tokens and its end, or what stands before the first character that begins none."""
    tokens: list[_Token] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or match.lastgroup is None:
            start = len(stripped) - len(stripped[position:].lstrip())
            return [*tokens, _Token("bad", stripped[start], start)]
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    return [*tokens, _Token("end", "<EOF>", len(stripped))]


class _Parser:
    """Recursive descent over the tokens; each method eats what its name says."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0

    def statement(self) -> Query:
        self._word("SELECT")
        count, extra = self._selection()
        self._word("FROM")
        entity = self._name()
        conditions = self._conditions() if self._took("WHERE") else ()
        order = self._order() if self._took_order() else ()
        start = self._whole("STARTPOSITION", least=0) if self._took("STARTPOSITION") else 1
        limit = self._whole("MAXRESULTS") if self._took("MAXRESULTS") else limits.QB_QUERY_PAGE
        rest = self._next()
        if rest.kind != "end":
            raise self._unexpected(rest, "<EOF>")
        if limit > limits.QB_QUERY_PAGE_MAX:
            raise query_invalid(f"MAXRESULTS is at most {limits.QB_QUERY_PAGE_MAX}")
        return Query(entity, count, conditions, order, start, limit, extra)

    def _selection(self) -> tuple[bool, tuple[str, ...]]:
        """Whether rows are counted only, and the properties named beside the star."""
        if self._took_sign("*"):
            extra = []
            while self._took_sign(","):
                extra.append(self._name())
            return False, tuple(extra)
        self._word("COUNT")
        for sign in "(*)":
            self._sign(sign)
        return True, ()

    def _conditions(self) -> tuple[Condition, ...]:
        found = [self._condition()]
        while self._took("AND"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> Condition:
        path = self._name()
        if self._took("IN"):
            self._sign("(")
            values = [self._value()]
            while self._took_sign(","):
                values.append(self._value())
            self._sign(")")
            return Condition(path, "IN", tuple(values))
        if self._took("LIKE"):
            return Condition(path, "LIKE", (self._value(),))
        operators: tuple[Operator, ...] = ("<=", ">=", "=", "<", ">")
        for operator in operators:
            if self._took_sign(operator):
                return Condition(path, operator, (self._value(),))
        raise self._unexpected(self._next(), "one of = < > <= >= in like")

    def _value(self) -> Value:
        token = self._next()
        if token.kind == "string":
            return _ESCAPE.sub(r"\1", token.text[1:-1])
        if token.kind == "number":
            return Decimal(token.text)
        if token.kind == "word" and token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        raise self._unexpected(token, "a quoted value, a number, true or false")

    def _order(self) -> tuple[tuple[str, bool], ...]:
        found = [self._order_term()]
        while self._took_sign(","):
            found.append(self._order_term())
        return tuple(found)

    def _order_term(self) -> tuple[str, bool]:
        path = self._name()
        descending = self._took("DESC")
        if not descending:
            self._took("ASC")
        return path, descending

    def _took_order(self) -> bool:
        if self._took("ORDERBY"):
            return True
        if self._took("ORDER"):
            self._word("BY")
            return True
        return False

    def _whole(self, clause: str, *, least: int = 1) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected(token, f"a whole number after {clause}")
        digits = token.text.lstrip("0")
        most = limits.QB_QUERY_POSITION_DIGITS
        value = int(digits or "0") if len(digits) <= most else 10**most
        if value < least:
            raise query_invalid(f"{clause} starts at {least}")
        return value

    def _name(self) -> str:
        token = self._next()
        if token.kind != "word":
            raise self._unexpected(token, "<IDENTIFIER>")
        return token.text

    def _word(self, word: str) -> None:
        if not self._took(word):
            raise self._unexpected(self._next(), f'"{word.lower()}"')

    def _sign(self, sign: str) -> None:
        if not self._took_sign(sign):
            raise self._unexpected(self._next(), f'"{sign}"')

    def _took(self, word: str) -> bool:
        return self._took_token("word", word)

    def _took_sign(self, sign: str) -> bool:
        return self._took_token("sign", sign)

    def _took_token(self, kind: str, text: str) -> bool:
        token = self._tokens[self._at]
        if token.kind != kind or token.text.upper() != text:
            return False
        self._at += 1
        return True

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind == "bad":
            raise query_syntax(
                f"Invalid content. Lexical error at {self._place(token.at)}.  "
                f'Encountered: "{token.text}" ({ord(token.text)}), after : ""'
            )
        if token.kind != "end":
            self._at += 1
        return token

    def _unexpected(self, token: _Token, wanted: str) -> Exception:
        shown = '"<EOF>"' if token.kind == "end" else f'" <{_KINDS[token.kind]}> "{token.text[:100]} ""'
        return query_syntax(f"Encountered {shown} at {self._place(token.at)}.\nWas expecting:\n    {wanted} ...\n    ")

    def _place(self, at: int) -> str:
        """Line and column, both from 1; an empty statement is at 0, 0."""
        if not self._text.strip():
            return "line 0, column 0"
        before = self._text[:at]
        return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}"
