"""Schemas as Python objects: read from the derived JSON, checked when they are built."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from s_infra.sandbox.provider.cty import CtyType

FOLDER = Path(__file__).parent / "schemas"
_MODES = {"single", "list", "set"}


@dataclass(frozen=True)
class Attribute:
    """One attribute: its cty type, who sets it."""

    type: CtyType
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    write_only: bool = False

    @property
    def settable(self) -> bool:
        """Whether a configuration may set it."""
        return self.required or self.optional


@dataclass(frozen=True)
class Nested:
    """A nested block: single, list or set, and how many there may be (0: no limit)."""

    mode: str
    block: Block
    min_items: int = 0
    max_items: int = 0


@dataclass(frozen=True)
class Block:
    """A block's attributes and nested blocks."""

    attributes: Mapping[str, Attribute]
    blocks: Mapping[str, Nested]

    @cached_property
    def type(self) -> CtyType:
        """The cty object type that values of this block have."""
        fields = {name: attribute.type for name, attribute in self.attributes.items()}
        for name, nested in self.blocks.items():
            fields[name] = nested.block.type if nested.mode == "single" else [nested.mode, nested.block.type]
        return ["object", fields]

    def marked(self, sensitive: Collection[str], write_only: Collection[str] = (), prefix: str = "") -> Block:
        """The same with flags that the schemas' packages lack, at dotted paths."""
        attributes = {
            name: replace(
                attribute, sensitive=prefix + name in sensitive, write_only=prefix + name in write_only
            )
            for name, attribute in self.attributes.items()
        }
        blocks = {
            name: replace(nested, block=nested.block.marked(sensitive, write_only, f"{prefix}{name}."))
            for name, nested in self.blocks.items()
        }
        return Block(attributes, blocks)


@cache
def load(kind: str, name: str) -> Block:
    """The schema of a type (`kind` is resource, data or provider); FileNotFoundError if none was derived."""
    path = FOLDER / f"{kind}_{name}.json"
    return build(json.loads(path.read_text(encoding="utf-8"))["block"], path.stem)


def build(block: Mapping[str, Any], where: str) -> Block:
    """Read a block as `terraform providers schema -json` writes it; ValueError names what is wrong with it.

    One invalid schema would make Terraform refuse the whole provider, with no word on which.
    """
    attributes = {name: Attribute(**fields) for name, fields in block.get("attributes", {}).items()}
    for name, attribute in attributes.items():
        if attribute.required and (attribute.optional or attribute.computed):
            raise ValueError(f"{where}.{name} is required and also optional or computed")
        if not (attribute.settable or attribute.computed):
            raise ValueError(f"{where}.{name} is neither set nor computed")
    blocks = {}
    for name, fields in block.get("block_types", {}).items():
        if fields["nesting_mode"] not in _MODES:
            raise ValueError(f"{where}.{name} has the nesting mode {fields['nesting_mode']}")
        blocks[name] = Nested(
            mode=fields["nesting_mode"],
            block=build(fields["block"], f"{where}.{name}"),
            min_items=fields.get("min_items", 0),
            max_items=fields.get("max_items", 0),
        )
    return Block(attributes, blocks)
