"""Faults on demand: a plan of rules that slow, refuse, drop and spoil the calls they are for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from sandbox.faulting import plan
from sandbox.faulting.reasons import reasons
from sandbox.magento.errors import ControlError
from sandbox.magento.fault_rules import Match, PlanDocument, Rule
from sandbox.magento.router import Route
from sandbox.magento.webhooks.disturbance import UNDISTURBED

_OF_LISTS = ("bad_order", "not_found")  # effects that no single request takes
_OF_PLANS = {"rules", "webhooks"}


class Faults(plan.FaultPlan[Rule]):
    """The plan in force, and what it says of webhooks."""

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__()
        self._routes = routes
        self.webhooks = UNDISTURBED

    def arm(self, body: dict[str, Any]) -> dict[str, Any]:
        """One rule more, which acts once when it doesn't say how often; or, when the body has rules or webhooks, a
        whole plan in place of the one in force. Raises ControlError (400) naming the key that is wrong."""
        try:
            if body.keys() & _OF_PLANS:
                return {"ids": self.use(PlanDocument.model_validate(body))}
            rule = Rule.model_validate({"times": 1, **body})
            _check("match.route", rule, self._routes)
            return self.add(rule).as_json()
        except ValidationError as error:
            raise ControlError(400, reasons(error, PlanDocument if body.keys() & _OF_PLANS else Rule)) from error
        except plan.TooManyRules as error:
            raise ControlError(400, str(error)) from error

    def use(self, document: PlanDocument) -> list[str]:
        """Put the document in the place of the plan in force; ids of its rules.

        Raises ControlError (400): a rule is for no route.
        """
        check_routes(document, self._routes)
        ids = [active.id for active in self.load(document.seed, document.rules)]
        self.webhooks = document.webhooks
        return ids

    def clear(self) -> None:
        super().clear()
        self.webhooks = UNDISTURBED

    def misses(self) -> int:
        """How many reads of the order that was just placed find nothing; counted as one request of the rule."""
        found = [active for active in self.rules() if active.rule.effect == "not_found" and self._hides(active)]
        return max((active.rule.times or 0 for active in found), default=0)

    def _hides(self, active: plan.ActiveRule[Rule]) -> bool:
        active.seen += 1
        if active.gate.is_set() or active.seen <= active.rule.skip or not active.happens():
            return False
        active.matched += 1
        return True

    def take_call(self, method: str, route: str) -> plan.Taken[Rule]:
        """What becomes of this call; counted."""
        return self.take(lambda rule: rule.effect not in _OF_LISTS and rule.match.fits(method, route))

    def spoils(self, route: str, entity_ids: Iterable[int]) -> bool:
        """Whether a bad order is among those that this page of a list shows, or that this call shows alone; counted."""
        shown = set(entity_ids)
        for active in self.rules():
            rule = active.rule
            if rule.effect != "bad_order" or not shown.intersection(rule.orders):
                continue
            listed = rule.match.route or "orders"
            of_list = Match(route=listed).fits("GET", route)
            alone = rule.alone and Match(route=f"{listed}/:id").fits("GET", route)
            if (of_list or alone) and active.acts():
                return True
        return False

    @property
    def has_bad_orders(self) -> bool:
        return any(active.rule.effect == "bad_order" and not active.is_over for active in self.rules())


def check_routes(document: PlanDocument, routes: Sequence[Route]) -> None:
    """A rule for no call at all is a slip of the pen. Raises ControlError (400) naming the first."""
    for number, rule in enumerate(document.rules):
        _check(f"rules.{number}.match.route", rule, routes)


def _check(path: str, rule: Rule, routes: Sequence[Route]) -> None:
    if any(rule.match.fits(route.method, route.pattern) for route in routes):
        return
    wanted = f"{rule.match.method or ''} {rule.match.route or ''}".strip()
    near = difflib.get_close_matches(wanted, [route.name for route in routes], n=5, cutoff=0.3)
    raise ControlError(400, f"{path}: no route is {wanted}; near it: {', '.join(near) or 'nothing'}")
