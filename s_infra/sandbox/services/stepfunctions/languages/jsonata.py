"""JSONata: expressions see `$states` and the variables; `Output` and `Assign` make what follows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import QUERY_EVALUATION, StateError
from s_infra.sandbox.services.stepfunctions.languages import expressions
from s_infra.sandbox.services.stepfunctions.languages.language import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.visit import Visit


class JSONata:
    """See `Language`."""

    mistyped = QUERY_EVALUATION

    def data(self, visit: Visit) -> Any:
        """The input."""
        return visit.place.input

    def evaluate(self, visit: Visit, template: Any) -> Any:
        """As `Language` says."""
        return _evaluate(visit, template)

    def field(self, visit: Visit, name: str, default: Any = None) -> Any:
        """As `Language` says."""
        return _evaluate(visit, visit.state.get(name, default))

    def arguments(self, visit: Visit, default: Any) -> Any:
        """`Arguments`."""
        return _evaluate(visit, visit.state["Arguments"]) if "Arguments" in visit.state else default

    def items(self, visit: Visit) -> Any:
        """`Items`, or the input."""
        return _evaluate(visit, visit.state["Items"]) if "Items" in visit.state else visit.place.input

    def part(self, visit: Visit, name: str) -> dict[str, Any]:
        """As `Language` says."""
        found: dict[str, Any] = _evaluate(visit, visit.state.get(name, {}))
        return found

    def holds(self, visit: Visit, rule: Mapping[str, Any]) -> bool:
        """`Condition`, which has to be a boolean."""
        condition = _evaluate(visit, rule["Condition"])
        if not isinstance(condition, bool):
            cause = f"The condition {rule['Condition']} gave {json.dumps(condition)}, which is not a boolean"
            raise StateError(QUERY_EVALUATION, cause)
        return condition

    def passed(self, visit: Visit) -> Step:
        """The output, by default the input."""
        return _step(visit, visit.state, visit.place.input)

    def onward(self, visit: Visit, fields: Mapping[str, Any]) -> Step:
        """The same."""
        return _step(visit, fields, visit.place.input)

    def result(self, visit: Visit, result: Any) -> Step:
        """The output, by default the result."""
        return _step(visit, visit.state, result, result=result)

    def caught(self, visit: Visit, catcher: Mapping[str, Any], error: Mapping[str, str]) -> Step:
        """The output, by default the error."""
        return _step(visit, catcher, error, errorOutput=error)


def _evaluate(visit: Visit, template: Any, **extra: Any) -> Any:
    states = {"input": visit.place.input, "context": visit.context(), **extra}
    return expressions.evaluate(template, states, visit.place.variables)


def _step(visit: Visit, fields: Mapping[str, Any], default: Any, **extra: Any) -> Step:
    # Output and Assign both see the variables as they were when the state was entered.
    output = _evaluate(visit, fields["Output"], **extra) if "Output" in fields else default
    assigned = _evaluate(visit, fields.get("Assign", {}), **extra)
    return Step(output, assigned, fields.get("Next"))
