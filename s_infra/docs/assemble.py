"""Put a module together from its files' declarations, as Terraform does: a later one of a name counts."""

from __future__ import annotations

import re

from s_infra.docs import comments
from s_infra.docs.model import (
    Module,
    ModuleCall,
    Output,
    Position,
    Requirement,
    Resource,
    Validation,
    Variable,
)
from s_infra.docs.providers import Providers
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s_infra.docs.attributes import Attribute
    from s_infra.docs.declarations import Declaration
    from s_infra.docs.model import Value

_IGNORE = "terraform-docs-ignore"
"""In the comment above a block this leaves it out of the documentation."""
_GIT_VERSION = r"(?s:(.*)\?ref=(.+))"
_MODES = {"resource": "managed", "data": "data", "ephemeral": "ephemeral"}
_LABELS = {"data": 2, "ephemeral": 2, "module": 1, "output": 1, "resource": 2, "variable": 1}


class Assembly:
    """A module that grows file by file."""

    def __init__(self, *, read_comments: bool) -> None:
        self._read_comments = read_comments
        self._file = ""
        self._lines: list[str] = []
        self._providers = Providers()
        self._core: list[str] = []
        self._modules: dict[str, ModuleCall] = {}
        self._resources: dict[tuple[str, str, str], Resource] = {}
        self._inputs: dict[str, Variable] = {}
        self._outputs: dict[str, Output] = {}
        self._add: dict[str, Callable[[Declaration], None]] = {
            "data": self._resource,
            "ephemeral": self._resource,
            "module": self._module,
            "output": self._output,
            "provider": self._providers.configured,
            "resource": self._resource,
            "terraform": self._terraform,
            "variable": self._variable,
        }

    def add(self, file: str, lines: list[str], declarations: Iterable[Declaration]) -> None:
        """Take a file's declarations; `lines` are its lines, for the comments."""
        self._file, self._lines = file, lines
        for declaration in declarations:
            wanted = _LABELS.get(declaration.kind)
            if wanted is not None and len(declaration.labels) != wanted:
                if not declaration.labels and declaration.kind == "variable":
                    continue
                raise SInfraError(
                    f"a {declaration.kind} block takes {wanted} label(s)",
                    which=f"{file}:{declaration.line}",
                    next_step="name it by type and name" if wanted == 2 else "name it once",
                )
            if wanted is None or _IGNORE not in comments.above(self._lines, declaration.line):
                self._add[declaration.kind](declaration)

    def module(
        self,
        directory: str,
        *,
        header: str,
        footer: str,
        files: tuple[str, ...],
        locked: dict[str, str],
        values: dict[str, tuple[Value, bool]] | None,
    ) -> Module:
        """Return what was read; `locked` has providers' versions, `values` the outputs' (and: sensitive?)."""
        outputs = tuple(self._outputs.values())
        if values is not None:
            outputs = tuple(_valued(output, values) for output in outputs)
        resources = tuple(
            resource._replace(
                source=self._providers.source(resource.provider),
                version=self._providers.link_version(resource.provider),
            )
            for resource in self._resources.values()
        )
        core = [Requirement("terraform", version) for version in self._core]
        return Module(
            path=directory,
            header=header,
            footer=footer,
            requirements=(*core, *self._providers.requirements()),
            providers=self._providers.used(resources, locked),
            modules=tuple(_versioned(call) for call in self._modules.values()),
            resources=resources,
            inputs=tuple(self._inputs.values()),
            outputs=outputs,
            files=files,
        )

    def _at(self, declaration: Declaration) -> Position:
        return Position(self._file, declaration.line)

    def _comment(self, declaration: Declaration) -> str:
        return comments.above(self._lines, declaration.line) if self._read_comments else ""

    def _description(self, declaration: Declaration) -> str:
        text = _string(declaration.attributes.get("description"))
        return text.replace("\r\n", "\n") or self._comment(declaration)

    def _terraform(self, declaration: Declaration) -> None:
        if "required_version" in declaration.attributes:
            self._core.append(_string(declaration.attributes["required_version"]))
        for inner in declaration.blocks:
            if inner.kind == "required_providers":
                self._providers.required(inner)

    def _module(self, declaration: Declaration) -> None:
        name = declaration.labels[0]
        call = self._modules.get(name)
        source = _string(declaration.attributes.get("source")) or (call.source if call else "")
        version = _string(declaration.attributes.get("version")) or (call.version if call else "")
        if call is None:
            call = ModuleCall(name, "", "", self._comment(declaration), self._at(declaration))
        self._modules[name] = call._replace(source=source, version=version)

    def _resource(self, declaration: Declaration) -> None:
        mode = _MODES[declaration.kind]
        type_, name = declaration.labels
        provider, alias = self._providers.of_resource(declaration)
        self._resources[mode, type_, name] = Resource(
            mode,
            type_,
            name,
            provider,
            alias,
            "",
            "latest",
            self._comment(declaration),
            self._at(declaration),
        )

    def _variable(self, declaration: Declaration) -> None:
        attributes = declaration.attributes
        default = attributes.get("default")
        self._inputs[declaration.labels[0]] = Variable(
            name=declaration.labels[0],
            type=attributes["type"].keyword() if "type" in attributes else "",
            description=self._description(declaration),
            default_text=default.text() if default else None,
            default=default.value() if default else None,
            nullable=_flag(attributes.get("nullable"), default=True),
            sensitive=_flag(attributes.get("sensitive")),
            ephemeral=_flag(attributes.get("ephemeral")),
            validations=_validations(declaration),
            at=self._at(declaration),
        )

    def _output(self, declaration: Declaration) -> None:
        attributes = declaration.attributes
        self._outputs[declaration.labels[0]] = Output(
            name=declaration.labels[0],
            description=self._description(declaration),
            value_text=attributes["value"].text() if "value" in attributes else "",
            sensitive=_flag(attributes.get("sensitive")),
            ephemeral=_flag(attributes.get("ephemeral")),
            at=self._at(declaration),
        )


def _versioned(call: ModuleCall) -> ModuleCall:
    """Return the call with the version that a git source names, if there is no other."""
    match = None if call.version else re.fullmatch(_GIT_VERSION, call.source)
    return call._replace(source=match[1], version=match[2]) if match else call


def _valued(output: Output, values: dict[str, tuple[Value, bool]]) -> Output:
    value, sensitive = values.get(output.name, ("null", False))
    return output._replace(value=value, sensitive=sensitive)


def _validations(declaration: Declaration) -> tuple[Validation, ...]:
    found = []
    for inner in declaration.blocks:
        if inner.kind == "validation":
            condition, message = (inner.attributes.get(name) for name in ("condition", "error_message"))
            found.append(
                Validation(condition.text() if condition else "", message.keyword() if message else "")
            )
    return tuple(found)


def _flag(attribute: Attribute | None, *, default: bool = False) -> bool:
    return attribute.keyword() == "true" if attribute else default


def _string(attribute: Attribute | None) -> str:
    """Return a constant string; a number or a truth value is taken as its text, as Terraform does."""
    if attribute is None:
        return ""
    value = attribute.value()
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}"
    raise attribute.error("a string is wanted here")
