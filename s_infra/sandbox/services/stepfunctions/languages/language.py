"""What a state asks of the language that it is written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.visit import Visit


@dataclass(frozen=True)
class Step:
    """Where a state leads: its output, the variables it sets, and the next state (None at the end)."""

    output: Any
    assigned: Mapping[str, Any]
    next: str | None


class Language(Protocol):
    """Each raises StateError where a value isn't there or an expression fails.

    `mistyped` is the error's name where a value is of another type than it should be.
    """

    mistyped: str

    def data(self, visit: Visit) -> Any:
        """Return what the state works with."""

    def evaluate(self, visit: Visit, template: Any) -> Any:
        """Return a template with each expression in it replaced by its value."""

    def field(self, visit: Visit, name: str, default: Any = None) -> Any:
        """Return the value of a field that may be given by an expression."""

    def arguments(self, visit: Visit, default: Any) -> Any:
        """Return what a task or the branches of a Parallel are given; `default` where none are written."""

    def items(self, visit: Visit) -> Any:
        """Return what a Map goes over."""

    def part(self, visit: Visit, name: str) -> dict[str, Any]:
        """Return a part of a distributed Map (`ItemReader`) in JSONata's form, evaluated; {} without it."""

    def holds(self, visit: Visit, rule: Mapping[str, Any]) -> bool:
        """Tell whether a Choice's rule holds."""

    def passed(self, visit: Visit) -> Step:
        """Return where a Pass leads."""

    def onward(self, visit: Visit, fields: Mapping[str, Any]) -> Step:
        """Return where `fields`, a state without a result or a rule, lead."""

    def result(self, visit: Visit, result: Any) -> Step:
        """Return where the state leads with that result."""

    def caught(self, visit: Visit, catcher: Mapping[str, Any], error: Mapping[str, str]) -> Step:
        """Return where a catcher leads."""
