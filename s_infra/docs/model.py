"""What a module is to its reader. Everything is in the order of the source; formats sort copies.

Named tuples rather than dataclasses: importing `dataclasses` takes a third of the time that a page may take.
"""

from __future__ import annotations

from s_infra.docs.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"


class Position(NamedTuple):
    """Where a thing is declared."""

    file: str
    """The file's name, relative to the module's directory."""
    line: int
    """The first is 1."""


class Requirement(NamedTuple):
    """A version that the module asks for, of `terraform` itself or of a provider."""

    name: str
    version: str
    source: str = ""
    """A provider's source address as written, such as `hashicorp/aws`; empty if none is."""


class Provider(NamedTuple):
    """A provider configuration that the module's resources use."""

    name: str
    alias: str
    version: str
    at: Position


class ModuleCall(NamedTuple):
    """A `module` block."""

    name: str
    source: str
    """Without the `?ref=` of a git source, which is then the version."""
    version: str
    description: str
    at: Position


class Resource(NamedTuple):
    """A `resource`, `data` or `ephemeral` block."""

    mode: str
    """`managed`, `data` or `ephemeral`."""
    type: str
    """The whole type, such as `aws_s3_bucket`."""
    name: str
    provider: str
    """The provider's local name."""
    alias: str
    """The provider configuration's alias; empty for the default one."""
    source: str
    """The provider's source address, `hashicorp/<name>` if none is written."""
    version: str
    """The provider's version in the registry's links: exact if it is pinned or locked, else `latest`."""
    description: str
    at: Position


class Validation(NamedTuple):
    """A rule on an input: both parts as they stand in the source, the message as its text."""

    condition: str
    error_message: str


class Variable(NamedTuple):
    """An input."""

    name: str
    type: str
    """As written; empty if it isn't."""
    description: str
    default_text: str | None
    """The default as written; None if the input is required."""
    default: Value
    nullable: bool
    sensitive: bool
    ephemeral: bool
    validations: tuple[Validation, ...]
    at: Position

    @property
    def required(self) -> bool:
        """Whether a caller must give it."""
        return self.default_text is None


class Output(NamedTuple):
    """An output; `value_text` is its expression as written."""

    name: str
    description: str
    value_text: str
    sensitive: bool
    ephemeral: bool
    at: Position
    value: Value = None
    """Its value, where `Settings.output_values` brought one."""


class Module(NamedTuple):
    """One directory of Terraform files."""

    path: str
    """The directory as it was given."""
    header: str
    footer: str
    requirements: tuple[Requirement, ...]
    providers: tuple[Provider, ...]
    modules: tuple[ModuleCall, ...]
    resources: tuple[Resource, ...]
    inputs: tuple[Variable, ...]
    outputs: tuple[Output, ...]
    files: tuple[str, ...]
    """The names of the files that were read, sorted."""
