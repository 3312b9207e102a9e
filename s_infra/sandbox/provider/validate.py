"""What can be said of a configuration before any call: what isn't carried, wrong values, broken JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from s_infra.sandbox.provider import waiting
from s_infra.sandbox.provider.cty import UNKNOWN, State, Value
from s_infra.sandbox.provider.shapes import Shape, at, carried
from s_infra.sandbox.provider.wire import Problem
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.provider.declaration import Resource
    from s_infra.sandbox.provider.schema import Block, Nested

PROVIDERS_OWN: Final = frozenset({"region", "tags", "tags_all", "timeouts"})
"""Arguments that the mechanism itself carries out, whatever the type."""

_NUMBERS: Final = {"integer", "long", "float", "double"}


def carried_by(resource: Resource, block: Block) -> dict[str, Shape]:
    """Each path of a configuration that some call of the type brings to AWS, with its member's shape."""
    model = service_model(resource.service)
    found: dict[str, Shape] = {}
    for call in (*resource.update, *resource.delete, *resource.create):
        shape = model.operation_model(call.each or call.operation).input_shape
        places = [shape, at(shape, tuple(call.into.split(".")))] if call.into else [shape]
        for place in places:
            found |= dict(carried(block.type, place, resource.names))
    return found


@dataclass(frozen=True)
class Validator:
    """Checks configurations of one type."""

    type_name: str
    resource: Resource
    block: Block
    members: Mapping[str, Shape]

    def problems(self, config: State) -> Iterator[Problem]:
        """Everything wrong with a configuration; unknown values are looked at later, in the plan."""
        yield from self._walk(self.block, config, "", ())
        for group in self.resource.one_of:
            given = [name for name in group if config.get(name) not in (None, [])]
            if len(given) != 1:
                names = ", ".join(group)
                which = f"got {', '.join(given)}" if given else "none is set"
                yield Problem("Invalid combination of arguments", f"exactly one of {names}: {which}")
        yield from _timeouts(config.get("timeouts"))
        for name in self.resource.json:
            value = config.get(name)
            if isinstance(value, str) and (fault := _json_fault(value)):
                yield Problem(f'"{name}" contains an invalid JSON', fault, (name,))

    def _walk(
        self, block: Block, values: State, prefix: str, path: tuple[str | int, ...]
    ) -> Iterator[Problem]:
        for name, attribute in block.attributes.items():
            value = values.get(name)
            # What isn't known yet may be null yet; it's looked at again when it is carried out.
            if value is None or value is UNKNOWN or not attribute.settable:
                continue
            yield from self._argument(prefix + name, value, (*path, name))
        for name, nested in block.blocks.items():
            elements = values.get(name)
            if elements is UNKNOWN or not elements or (not prefix and name in PROVIDERS_OWN):
                continue
            problem = self._not_carried(prefix + name, (*path, name, *_first(nested, elements)))
            if problem:
                yield problem
                continue
            if nested.mode == "list":
                for index, element in enumerate(elements):
                    yield from self._walk(nested.block, element, f"{prefix}{name}.", (*path, name, index))
            else:
                # An element of a set has no index: the block as a whole is pointed at.
                for element in elements if nested.mode == "set" else [elements]:
                    for found in self._walk(nested.block, element, f"{prefix}{name}.", ()):
                        yield Problem(found.summary, found.detail, (*path, name))

    def _argument(self, name: str, value: Value, path: tuple[str | int, ...]) -> Iterator[Problem]:
        if value in (self.resource.defaults.get(name), self.resource.blank.get(name)):
            return
        problem = self._not_carried(name, path)
        if problem:
            yield problem
        elif name in self.members:
            for item in value if isinstance(value, list) else [value]:
                fault = _fault(item, self.members[name])
                if fault:
                    yield Problem(f"expected {name} {fault}", "", path)

    def _not_carried(self, name: str, path: tuple[str | int, ...]) -> Problem | None:
        root = name.partition(".")[0]
        why = self.resource.refused.get(name, self.resource.refused.get(root))
        own = root in PROVIDERS_OWN and (root not in {"tags", "tags_all"} or self.resource.tags is not None)
        if why is None and (own or root in self.resource.local or name in self.members):
            return None
        return Problem(
            f"s-infra sandbox: {self.type_name} {name} isn't carried out",
            why
            or "The real provider has this argument; the sandbox's doesn't bring it to AWS, so it's refused.",
            path,
        )


def _timeouts(given: Value) -> Iterator[Problem]:
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str):
            try:
                waiting.seconds(value)
            except ValueError as error:
                yield Problem(str(error), "", ("timeouts", name))


def _fault(value: Value, shape: Shape) -> str | None:
    if value is UNKNOWN or value is None:
        return None
    if shape.type_name == "list":
        return _fault(value, shape.member)
    limits = shape.metadata
    if limits.get("enum") and isinstance(value, str) and value and value not in limits["enum"]:
        return f"to be one of {json.dumps(limits['enum'])}, got {value}"
    if shape.type_name in _NUMBERS and isinstance(value, int | float):
        least, most = limits.get("min"), limits.get("max")
        if least is not None and value < least:
            return f"to be at least ({least}), got {value}"
        if most is not None and value > most:
            return f"to be at most ({most}), got {value}"
    return None


def _first(nested: Nested, elements: Value) -> tuple[str | int, ...]:
    # Terraform finds the line of an argument, not that of a block; the elements of a set can't be pointed at.
    if nested.mode != "list":
        return ()
    given = [name for name in nested.block.attributes if elements[0].get(name) is not None]
    return (0, *given[:1])


def _json_fault(text: str) -> str | None:
    try:
        json.loads(text)
    except ValueError as error:
        return str(error)
    return None
