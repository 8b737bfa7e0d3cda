"""The rules in force, and which of them act on a request. All chances of a plan are drawn from its seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from sandbox import limits
from sandbox.faulting.rules import TimedRule

R = TypeVar("R", bound=TimedRule)


@dataclass(slots=True)
class ActiveRule(Generic[R]):
    """A rule with what became of it so far."""

    id: str
    rule: R
    matched: int = 0  # requests it acted on
    held: int = 0  # requests held now
    seen: int = 0  # requests it was for, whether it acted or not
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    random: Random = field(default_factory=Random)

    def drawn_seconds(self) -> float:
        """How long this request waits."""
        return self.rule.drawn_seconds(self.random)

    def as_json(self) -> dict[str, Any]:
        counts = {"matched": self.matched, "held": self.held, "seen": self.seen}
        return {"id": self.id, **self.rule.model_dump(mode="json"), **counts}

    @property
    def is_over(self) -> bool:
        """Whether it will never act again."""
        return self.gate.is_set() or (self.rule.times is not None and self.matched >= self.rule.times)

    def acts(self) -> bool:
        """Count a request that it is for, and say whether it acts on that one."""
        if self.gate.is_set():
            return False
        self.seen += 1
        if self.seen <= self.rule.skip or self.is_over:
            return False
        if not self.happens():
            return False
        self.matched += 1
        return True

    def happens(self) -> bool:
        """Drawn by the rule's probability."""
        return self.rule.probability >= 1 or self.random.random() < self.rule.probability

    async def hold(self) -> None:
        """Wait until the rule is released, or its seconds are over."""
        seconds = self.rule.seconds if self.rule.seconds is not None else limits.FAULT_HELD_SECONDS
        self.held += 1
        try:
            async with asyncio.timeout(seconds):
                await self.gate.wait()
        except TimeoutError:
            return
        finally:
            self.held -= 1


@dataclass(frozen=True, slots=True)
class Taken(Generic[R]):
    """What the plan does to one request: it waits first; then `active` acts, if there is one."""

    delay_seconds: float
    active: ActiveRule[R] | None

    @property
    def effect(self) -> str | None:
        return self.active.rule.effect if self.active else None


class TooManyRules(ValueError):
    """The plan is full."""


class FaultPlan(Generic[R]):
    """The rules in force, in the order they were added. Delays add up; of all others the first that matches acts."""

    def __init__(self) -> None:
        self._rules: dict[str, ActiveRule[R]] = {}
        self._next = 1
        self._random = Random(0)

    def load(self, seed: int, rules: Iterable[R]) -> list[ActiveRule[R]]:
        """Put these rules in the place of those in force; what is held goes on. Raises TooManyRules."""
        self.clear()
        self._random.seed(seed)
        return [self.add(rule) for rule in rules]

    def add(self, rule: R) -> ActiveRule[R]:
        """Put the rule in force; those that are over make room for it. Raises TooManyRules."""
        if len(self._rules) >= limits.FAULT_RULES:
            self._rules = {name: active for name, active in self._rules.items() if active.held or not active.is_over}
        if len(self._rules) >= limits.FAULT_RULES:
            raise TooManyRules(f"a plan has at most {limits.FAULT_RULES} rules; DELETE /_sandbox/faults clears it")
        active = ActiveRule(str(self._next), rule, random=self._random)
        self._rules[active.id] = active
        self._next += 1
        return active

    def rules(self) -> list[ActiveRule[R]]:
        return list(self._rules.values())

    def release(self, rule_id: str) -> bool:
        """Let the held requests of the rule go on, and let it act no more. False: there is no such rule."""
        active = self._rules.get(rule_id)
        if active is None:
            return False
        active.gate.set()
        return True

    def clear(self) -> None:
        """End the plan; what is held goes on. What is drawn begins anew."""
        self._random.seed(0)
        for active in self._rules.values():
            active.gate.set()
        self._rules.clear()

    def take(self, matches: Callable[[R], bool]) -> Taken[R]:
        """What becomes of this request: the delays up to the first other rule that acts, and that rule; counted."""
        seconds = 0.0
        for active in self._rules.values():
            if not matches(active.rule) or not active.acts():
                continue
            if active.rule.effect != "delay":
                return Taken(min(seconds, limits.FAULT_HELD_SECONDS), active)
            seconds += active.drawn_seconds()
        return Taken(min(seconds, limits.FAULT_HELD_SECONDS), None)
