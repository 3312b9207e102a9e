"""Between our objects and the messages of Terraform's plugin protocol 6."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.unknown_fields import UnknownFieldSet
from tf.gen import tfplugin_pb2 as pb

from s_infra.sandbox.provider import cty

if TYPE_CHECKING:
    from s_infra.sandbox.provider.cty import CtyType, Value
    from s_infra.sandbox.provider.schema import Attribute, Block

_NESTING = {"single": 1, "list": 2, "set": 3}
# Field 11 of an attribute, write_only, is true: protocol 6.8 has it, the stubs are of an earlier one.
_WRITE_ONLY = bytes([11 << 3, 1])
# Likewise of a request to validate: field 3 tells what the core can do, its field 2 write-only arguments.
_CAPABILITIES, _KEEPS_WRITE_ONLY = 3, bytes([2 << 3, 1])
Path = Sequence[str | int]


@dataclass(frozen=True)
class Problem:
    """One diagnostic: what is wrong, more about it, and where in the resource's configuration."""

    summary: str
    detail: str = ""
    path: tuple[str | int, ...] = ()
    warning: bool = False


def diagnostics(problems: Iterable[Problem]) -> list[Any]:
    """Problems as messages; Terraform adds the address and the line."""
    found = []
    for problem in problems:
        severity = 2 if problem.warning else 1
        message = pb.Diagnostic(severity=severity, summary=problem.summary, detail=problem.detail)
        if problem.path:
            message.attribute.CopyFrom(attribute_path(problem.path))
        found.append(message)
    return found


def attribute_path(path: Path) -> Any:
    """A path of attribute names and list indices as a message."""
    step = pb.AttributePath.Step
    return pb.AttributePath(
        steps=[
            step(element_key_int=part) if isinstance(part, int) else step(attribute_name=part)
            for part in path
        ]
    )


def dynamic_value(value: Value, kind: CtyType) -> Any:
    """A value as a message."""
    return pb.DynamicValue(msgpack=cty.encode(value, kind))


def from_dynamic_value(message: Any, kind: CtyType) -> Value:
    """A value from a message; Terraform sends msgpack, seldom JSON."""
    if message.json:
        return cty.conform(json.loads(message.json), kind)
    return cty.decode(message.msgpack, kind)


def keeps_write_only(request: Any) -> bool:
    """Whether the core that asks to validate keeps write-only arguments out of plan and state."""
    told = [item.data for item in UnknownFieldSet(request) if item.field_number == _CAPABILITIES]
    return any(_KEEPS_WRITE_ONLY in data for data in told)


def schema(block: Block) -> Any:
    """A schema as a message."""
    return pb.Schema(version=0, block=_block(block))


def _block(block: Block) -> Any:
    nested = [
        pb.Schema.NestedBlock(
            type_name=name,
            block=_block(inner.block),
            nesting=_NESTING[inner.mode],
            min_items=inner.min_items,
            max_items=inner.max_items,
        )
        for name, inner in sorted(block.blocks.items())
    ]
    attributes = [_attribute(name, attribute) for name, attribute in sorted(block.attributes.items())]
    return pb.Schema.Block(version=0, attributes=attributes, block_types=nested)


def _attribute(name: str, attribute: Attribute) -> Any:
    message = pb.Schema.Attribute(
        name=name,
        type=json.dumps(attribute.type).encode(),
        required=attribute.required,
        optional=attribute.optional,
        computed=attribute.computed,
        sensitive=attribute.sensitive,
    )
    if attribute.write_only:
        message.MergeFromString(_WRITE_ONLY)
    return message
