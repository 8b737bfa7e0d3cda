"""The query language: text to a statement. Pure; knows the grammar, not the entities.

SELECT * | COUNT(*) FROM Entity [WHERE p op v [AND ...]] [ORDERBY p [ASC|DESC] [, ...]] [STARTPOSITION n] [MAXRESULTS n]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    r"|(?P<sign><=|>=|[=<>*(),]))"
)
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


def parse_query(text: str) -> Query:
    """The statement that the text means. Raises Refused: 4000 for its form, 4001 for values out of range."""
    if len(text) > limits.QB_QUERY_LENGTH:
        raise query_invalid(f"a statement has at most {limits.QB_QUERY_LENGTH} characters")
    return _Parser(_tokens(text)).statement()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or match.lastgroup is None:
            raise query_syntax(
                f"Encountered '{stripped[position : position + 1]}' at column {position + 1}, lexical error"
            )
        tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens; each method eats what its name says."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def statement(self) -> Query:
        self._word("SELECT")
        count = self._selection()
        self._word("FROM")
        entity = self._name()
        conditions = self._conditions() if self._took("WHERE") else ()
        order = self._order() if self._took_order() else ()
        start = self._whole("STARTPOSITION") if self._took("STARTPOSITION") else 1
        limit = self._whole("MAXRESULTS") if self._took("MAXRESULTS") else limits.QB_QUERY_PAGE
        if self._at < len(self._tokens):
            raise self._unexpected("end of the statement")
        if limit > limits.QB_QUERY_PAGE_MAX:
            raise query_invalid(f"MAXRESULTS is at most {limits.QB_QUERY_PAGE_MAX}")
        return Query(entity, count, conditions, order, start, limit)

    def _selection(self) -> bool:
        if self._took_sign("*"):
            return False
        self._word("COUNT")
        for sign in "(*)":
            self._sign(sign)
        return True

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
        raise self._unexpected("an operator: = < > <= >= IN LIKE")

    def _value(self) -> Value:
        token = self._next("a value")
        if token.kind == "string":
            return _ESCAPE.sub(r"\1", token.text[1:-1])
        if token.kind == "number":
            return Decimal(token.text)
        if token.kind == "word" and token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        self._at -= 1
        raise self._unexpected("a quoted value, a number, true or false")

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

    def _whole(self, clause: str) -> int:
        token = self._next(f"a number after {clause}")
        if token.kind != "number" or not token.text.isdigit():
            self._at -= 1
            raise self._unexpected(f"a whole number after {clause}")
        value = int(token.text)
        if value < 1:
            raise query_invalid(f"{clause} starts at 1")
        return value

    def _name(self) -> str:
        token = self._next("a name")
        if token.kind != "word":
            self._at -= 1
            raise self._unexpected("a name")
        return token.text

    def _word(self, word: str) -> None:
        if not self._took(word):
            raise self._unexpected(word)

    def _sign(self, sign: str) -> None:
        if not self._took_sign(sign):
            raise self._unexpected(sign)

    def _took(self, word: str) -> bool:
        return self._took_token("word", word)

    def _took_sign(self, sign: str) -> bool:
        return self._took_token("sign", sign)

    def _took_token(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == kind and token.text.upper() == text:
                self._at += 1
                return True
        return False

    def _next(self, wanted: str) -> _Token:
        if self._at >= len(self._tokens):
            raise query_syntax(f"Encountered the end of the statement, was expecting {wanted}")
        self._at += 1
        return self._tokens[self._at - 1]

    def _unexpected(self, wanted: str) -> Exception:
        if self._at >= len(self._tokens):
            return query_syntax(f"Encountered the end of the statement, was expecting {wanted}")
        return query_syntax(f"Encountered '{self._tokens[self._at].text[:100]}', was expecting {wanted}")
