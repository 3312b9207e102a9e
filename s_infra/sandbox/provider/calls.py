"""Sends a resource type's operations: the arguments that its declaration and the shapes make of a state."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.provider.shapes import Shape, at, put, to_aws
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.declaration import Call, Resource
    from s_infra.sandbox.provider.schema import Block
    from s_infra.sandbox.provider.session import Session

_ABSENT: Final = re.compile(r"^404$|NotFound|NoSuch|NonExistent|DoesNotExist")
# SageMaker has no code for it.
_ABSENT_TEXT: Final = re.compile(r"Could not find|does not exist")


class OperationError(Exception):
    """An AWS operation failed; `state` is what the resource is by now, None if there is none."""

    def __init__(self, service: str, operation: str, cause: Exception) -> None:
        super().__init__(f"{service}:{operation}: {cause}")
        self.code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""
        self.state: State | None = None

    @property
    def absent(self) -> bool:
        """Whether AWS says that the thing isn't there."""
        told = self.code == "ValidationException" and _ABSENT_TEXT.search(str(self))
        return bool(told or _ABSENT.search(self.code))


@dataclass(frozen=True)
class Calls:
    """The operations of one resource type in one session."""

    resource: Resource
    block: Block
    session: Session

    def invoke(self, call: Call, state: State, prior: State | None = None) -> Mapping[str, Any]:
        """Carry a call out; with `prior`, what it takes back is sent empty."""
        if call.each:
            return self._invoke_each(call, state, prior)
        arguments = self.arguments(call, state)
        if prior is not None and (call.when or call.operation.startswith("Update")):
            shape = self.input(call.operation)
            for name in self.arguments(call, prior).keys() - arguments.keys():
                arguments |= _emptied(name, shape.members[name])
        arguments = merged(arguments, self.more(call.operation, state))
        return self.operate(call.operation, arguments)

    def more(self, operation: str, state: State) -> Mapping[str, Any]:
        """The arguments that the declaration's own code adds."""
        more = self.resource.arguments
        return more(self.session, operation, state) if more else {}

    def _invoke_each(self, call: Call, state: State, prior: State | None) -> Mapping[str, Any]:
        # The service sets attributes one by one: send those that differ.
        before = self.arguments(call, prior).get("Attributes", {}) if prior else {}
        now = self.arguments(call, state).get("Attributes", {})
        target = to_aws(self.block.type, state, self.input(call.operation), self.resource.names)
        for name in sorted(before.keys() | now.keys()):
            if before.get(name) != now.get(name):
                change = {"AttributeName": name, "AttributeValue": now.get(name, "")}
                self.operate(call.operation, {**target, **change})
        return {}

    def arguments(self, call: Call, state: State) -> dict[str, Any]:
        """What a call sends of a state."""
        shape = self.input(call.each or call.operation)
        state = {name: state.get(name) for name in call.given} if call.given else state
        sent = {name: None if self._is_kept_back(name, value) else value for name, value in state.items()}
        for name, other in self.resource.instead.items():
            sent[name] = None if state.get(other) else sent.get(name)
        arguments = to_aws(self.block.type, sent, shape, self.resource.names)
        if call.into:
            way = tuple(call.into.split("."))
            put(arguments, way, to_aws(self.block.type, sent, at(shape, way), self.resource.names))
        return merged(arguments, call.constant)

    def _is_kept_back(self, name: str, value: Value) -> bool:
        # What the service alone sets can't be sent back as one of its attributes (SQS: QueueArn).
        attribute = self.block.attributes.get(name)
        told = str(self.resource.names.get(name)).startswith("Attributes.")
        return self._is_blank(name, value) or (told and attribute is not None and not attribute.settable)

    def _is_blank(self, name: str, value: Value) -> bool:
        return value in (None, "", [], {}) or (
            name in self.resource.blank and value == self.resource.blank[name]
        )

    def any_set(self, names: Iterable[str], state: State) -> bool:
        """Whether any of the attributes says something."""
        return any(not self._is_blank(name, state.get(name)) for name in names)

    def operate(self, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation; raises OperationError."""
        client = self.session.client(self.resource.service)
        try:
            answer: Mapping[str, Any] = getattr(client, xform_name(operation))(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise OperationError(self.resource.service, operation, error) from error
        if answer.get("FailedEntryCount"):
            failed = ValueError(json.dumps(answer.get("FailedEntries"), default=str))
            raise OperationError(self.resource.service, operation, failed)
        return answer

    def input(self, operation: str) -> Shape:
        """The shape of an operation's input."""
        return service_model(self.resource.service).operation_model(operation).input_shape


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both, the second's values first; structures are brought together."""
    whole = dict(one)
    for name, value in other.items():
        both = isinstance(value, dict) and isinstance(whole.get(name), dict)
        whole[name] = merged(whole[name], value) if both else value
    return whole


def _emptied(name: str, shape: Shape) -> dict[str, Any]:
    # An update leaves alone what it isn't told; only an empty value takes something back.
    empty: dict[str, Any] = {"string": "", "list": [], "map": {}, "structure": {}}
    return {name: empty[shape.type_name]} if shape.type_name in empty else {}
