"""JSONPath: InputPath, Parameters, ResultSelector, ResultPath and OutputPath, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import (
    INTRINSIC_FAILURE,
    PARAMETER_PATH_FAILURE,
    RESULT_PATH_FAILURE,
    RUNTIME,
    StateError,
)
from s_infra.sandbox.services.stepfunctions.languages import choices, intrinsics, paths
from s_infra.sandbox.services.stepfunctions.languages.language import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.visit import Visit


class JSONPath:
    """See `Language`."""

    mistyped = RUNTIME

    def data(self, visit: Visit) -> Any:
        """What `InputPath` picks of the input."""
        return _path(visit, "InputPath", visit.place.input)

    def evaluate(self, visit: Visit, template: Any) -> Any:
        """A payload template: fields whose names end in `.$` hold paths and calls."""
        return _filled(template, _scope(visit, self.data(visit)))

    def field(self, visit: Visit, name: str, default: Any = None) -> Any:
        """`name`, or what the path under `name` with Path leads to."""
        if f"{name}Path" not in visit.state:
            return visit.state.get(name, default)
        return _reference(visit.state[f"{name}Path"], _scope(visit, self.data(visit)))

    def arguments(self, visit: Visit, default: Any) -> Any:
        """`Parameters`, or the data."""
        del default
        if "Parameters" in visit.state:
            return self.evaluate(visit, visit.state["Parameters"])
        return self.data(visit)

    def items(self, visit: Visit) -> Any:
        """What `ItemsPath` picks."""
        return _find(visit.state.get("ItemsPath", "$"), _scope(visit, self.data(visit)))

    def part(self, visit: Visit, name: str) -> dict[str, Any]:
        """`Parameters` become `Arguments`, and what is given by a path its value."""
        written = dict(visit.state.get(name, {}))
        scope = _scope(visit, self.data(visit))
        if "Parameters" in written:
            written["Arguments"] = _filled(written.pop("Parameters"), scope)
        for field in ("BatchInput", "ReaderConfig"):
            if field in written:
                written[field] = _by_path(_filled(written[field], scope), scope)
        return _by_path(written, scope)

    def holds(self, visit: Visit, rule: Mapping[str, Any]) -> bool:
        """As `Language` says."""
        try:
            return choices.holds(rule, _scope(visit, self.data(visit)))
        except paths.PathError as error:
            raise StateError(RUNTIME, str(error)) from error

    def passed(self, visit: Visit) -> Step:
        """`Result`, or the data, or `Parameters`, at `ResultPath`."""
        given = visit.state["Result"] if "Result" in visit.state else self.arguments(visit, None)
        return _step(visit, given, given)

    def onward(self, visit: Visit, fields: Mapping[str, Any]) -> Step:
        """What `OutputPath` picks of the data."""
        data = self.data(visit)
        output = _path(visit, "OutputPath", data)
        return Step(output, _assigned(visit, fields, data), fields.get("Next"))

    def result(self, visit: Visit, result: Any) -> Step:
        """What `ResultSelector` makes of it, at `ResultPath`."""
        chosen = result
        if "ResultSelector" in visit.state:
            chosen = _filled(visit.state["ResultSelector"], _scope(visit, result))
        return _step(visit, chosen, result)

    def caught(self, visit: Visit, catcher: Mapping[str, Any], error: Mapping[str, str]) -> Step:
        """The input, with the error at `ResultPath`."""
        output = _placed(catcher, visit.place.input, error)
        return Step(output, _assigned(visit, catcher, error), catcher["Next"])


def _step(visit: Visit, chosen: Any, result: Any) -> Step:
    placed = _placed(visit.state, visit.place.input, chosen)
    output = _path(visit, "OutputPath", placed)
    return Step(output, _assigned(visit, visit.state, result), visit.state.get("Next"))


def _assigned(visit: Visit, fields: Mapping[str, Any], data: Any) -> Any:
    return _filled(fields.get("Assign", {}), _scope(visit, data))


def _placed(fields: Mapping[str, Any], given: Any, result: Any) -> Any:
    path = fields.get("ResultPath", "$")
    if path is None:
        return given
    try:
        return paths.put(path, given, result)
    except paths.PathError as error:
        raise StateError(RESULT_PATH_FAILURE, str(error)) from error


def _path(visit: Visit, field: str, data: Any) -> Any:
    path = visit.state.get(field, "$")
    return {} if path is None else _find(path, _scope(visit, data))


def _find(path: str, scope: paths.Scope) -> Any:
    try:
        return paths.find(path, scope)
    except paths.PathError as error:
        raise StateError(RUNTIME, str(error)) from error


def _reference(text: str, scope: paths.Scope) -> Any:
    return _called(text, scope) if intrinsics.is_call(text) else _find(text, scope)


def _by_path(written: Mapping[str, Any], scope: paths.Scope) -> dict[str, Any]:
    return {
        key.removesuffix("Path"): _find(value, scope) if key.endswith("Path") else value
        for key, value in written.items()
    }


def _filled(template: Any, scope: paths.Scope) -> Any:
    if isinstance(template, list):
        return [_filled(one, scope) for one in template]
    if not isinstance(template, dict):
        return template
    filled = {}
    for key, value in template.items():
        if key.endswith(".$"):
            filled[key[:-2]] = _called(value, scope)
        else:
            filled[key] = _filled(value, scope)
    return filled


def _called(text: str, scope: paths.Scope) -> Any:
    try:
        return intrinsics.call(text, scope) if intrinsics.is_call(text) else paths.find(text, scope)
    except intrinsics.IntrinsicError as error:
        raise StateError(INTRINSIC_FAILURE, str(error)) from error
    except paths.PathError as error:
        raise StateError(PARAMETER_PATH_FAILURE, str(error)) from error


def _scope(visit: Visit, data: Any) -> paths.Scope:
    return paths.Scope(data, visit.context(), visit.place.variables)
