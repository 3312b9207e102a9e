"""Reads what cdktn's generated JavaScript tells of one Terraform type: its members, their flags and kinds."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{$(.*?)^\}$", re.M | re.S)
_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{$(.*?)^\}$", re.M | re.S)
_INPUT = re.compile(
    r"^ +(\w+): \{\n +value: (.*?),\n +isBlock: (?:true|false),"
    r"\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\",",
    re.M | re.S,
)
_MEMBER = re.compile(
    r"^    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n"
    r"(.*?)(?=^    // \w+ - computed:|^    // =====|^    synth|\Z)",
    re.M | re.S,
)
_WRAPPER = re.compile(r"= new (cdktn\.)?(\w+)\(this, \"\w+\"(?:, (true|false))?\)")


@dataclass(frozen=True)
class Input:
    """How a configurable member is written to HCL: the expression, list | set | map | struct | simple,
    storage."""

    expression: str
    collection: str
    storage: str


@dataclass(frozen=True)
class Member:
    """One attribute or block as its getter shows it; `wrapper` is the class of a nested value."""

    name: str
    computed: bool
    optional: bool
    required: bool
    source: str
    wrapper: str | None
    from_cdktn: bool
    is_set: bool

    @property
    def flags(self) -> dict[str, bool]:
        """The flags that hold, as `terraform providers schema -json` writes them."""
        named = {"required": self.required, "optional": self.optional, "computed": self.computed}
        return {name: True for name, holds in named.items() if holds}


@dataclass(frozen=True)
class Source:
    """One parsed `index.js`."""

    bases: dict[str, str]
    bodies: dict[str, str]
    functions: dict[str, dict[str, Input]]

    def root(self) -> str:
        """The class that is the Terraform type, or the provider itself."""
        for name, base in self.bases.items():
            if base in {"TerraformResource", "TerraformDataSource", "TerraformProvider"}:
                return name
        raise ValueError("no Terraform type in this source")

    def members(self, class_name: str) -> list[Member]:
        """The members of a class, in the order of the source."""
        found = []
        for name, computed, optional, required, source in _MEMBER.findall(self.bodies[class_name]):
            wrapper = _WRAPPER.search(source)
            found.append(
                Member(
                    name=name,
                    computed=computed == "true",
                    optional=optional == "true",
                    required=required == "true",
                    source=source,
                    wrapper=wrapper.group(2) if wrapper else None,
                    from_cdktn=bool(wrapper and wrapper.group(1)),
                    is_set=bool(wrapper and wrapper.group(3) == "true"),
                )
            )
        return found

    def root_inputs(self, class_name: str) -> dict[str, Input]:
        """The configurable members of the Terraform type itself."""
        body = self.bodies[class_name]
        return _inputs(body[body.find("synthesizeHclAttributes") :])


def _inputs(body: str) -> dict[str, Input]:
    return {name: Input(value, kind, storage) for name, value, kind, storage in _INPUT.findall(body)}


def parse(text: str) -> Source:
    """Split the text of an `index.js` into classes and HCL functions."""
    classes = _CLASS.findall(text)
    functions = {name[0].upper() + name[1:]: _inputs(body) for name, body in _FUNCTION.findall(text)}
    return Source(
        bases={name: base for name, base, _ in classes},
        bodies={name: body for name, _, body in classes},
        functions=functions,
    )
