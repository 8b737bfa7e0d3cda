"""A question to the inventory service: what is asked, by whom, and that one of ours asks. Pure.

Its body is signed by keys that are derived from the keys for tokens at rest (shared/quickbooks/own_signatures.py):
whoever may read the secrets file may ask. The time in it keeps what somebody overheard from being asked again later.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared import limits
from shared.quickbooks.own_signatures import OwnSignatures
from shared.wire import NotJson, decode, encode

PURPOSE = "bookbridge stock questions 1"
DOOR = "stock"
SIGNATURE = "X-Bookbridge-Signature"


class Ask(StrEnum):
    """What is wanted of a connection."""

    PREVIEW = "preview"
    CONFIRM = "confirm"
    EXPLAIN = "explain"


class Problem(StrEnum):
    """Why there is no answer; each stands for an error of services/inventory/desk.py."""

    NOT_SERVED = "not_served"
    NOT_YET = "not_yet"
    OTHER_PREVIEW = "other_preview"


class NotOurs(ValueError):
    """Nobody of this deployment asks, or not now. The text may be told to whoever asked."""


class NotUnderstood(ValueError):
    """One of ours asks what this version doesn't know."""


@dataclass(frozen=True, slots=True)
class Question:
    """`about` is a SKU to explain or a digest to confirm, `by` the account of whoever asks, `at` when: seconds of the
    epoch, by their clock."""

    ask: Ask
    connection: str
    at: int
    about: str = ""
    by: str = ""

    def body(self) -> bytes:
        """As it is sent. Raises UnicodeEncodeError for half of a surrogate pair."""
        fields = {"ask": self.ask.value, "connection": self.connection, "about": self.about, "by": self.by}
        for text in fields.values():
            text.encode()
        return encode({**fields, "at": self.at})


def read_question(body: bytes, signature: str, signatures: OwnSignatures, now: float) -> Question:
    """Raises NotOurs, NotUnderstood."""
    try:
        ours = signatures.made(body, bytes.fromhex(signature))
    except ValueError:
        ours = False
    if not ours:
        raise NotOurs("not signed with a key of this process's secrets file")
    try:
        document = decode(body)
        question = Question(
            Ask(document["ask"]), document["connection"], int(document["at"]), document["about"], document["by"]
        )
    except (NotJson, KeyError, TypeError, ValueError) as error:
        raise NotUnderstood("asked by another version of bookbridge: use the service's own") from error
    if abs(now - question.at) > limits.STOCK_QUESTION_SECONDS:
        raise NotOurs(f"asked at a time that is {abs(now - question.at):,.0f} s from this process's: set the clocks")
    return question
