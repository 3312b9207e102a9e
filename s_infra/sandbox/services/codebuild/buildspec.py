"""A build's specification: read, held to what is carried out, and to what AWS takes.

Source: "Build specification reference for CodeBuild", AWS CodeBuild User Guide, version 0.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PHASES = ("install", "pre_build", "build", "post_build")
VERSION = "0.2"
SHELLS = ("sh", "bash")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# All that AWS knows; of these, what is carried out here.
KNOWN = {
    "": ("version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"),
    "env": (
        *("shell", "variables", "parameter-store", "exported-variables", "secrets-manager"),
        "git-credential-helper",
    ),
    "phase": ("run-as", "on-failure", "on-success", "runtime-versions", "commands", "finally", "steps"),
}
CARRIED = {
    "": ("version", "env", "phases"),
    "env": ("shell", "variables", "exported-variables"),
    "phase": ("on-failure", "commands", "finally"),
}


class BuildspecError(Exception):
    """AWS's YAML_FILE_ERROR: the build ends with this message."""


class NotCarriedError(BuildspecError):
    """Something that AWS does and the sandbox doesn't; the message names it."""


@dataclass(frozen=True)
class Phase:
    """The commands of a phase, and those at its end whatever comes; `goes_on`: past a failure, too."""

    name: str
    commands: tuple[str, ...]
    always: tuple[str, ...]
    goes_on: bool


@dataclass(frozen=True)
class Buildspec:
    """What a build does; all four phases, in their order."""

    phases: tuple[Phase, ...]
    variables: Mapping[str, str]
    exported: tuple[str, ...]
    shell: str


def is_inline(text: str) -> bool:
    """Tell whether a project's buildspec is the text itself and not a path in the source."""
    return "\n" in text.strip() or text.lstrip().startswith(("version:", "{"))


def parse(text: str) -> Buildspec:
    """Read a buildspec.

    Raises:
        BuildspecError: it isn't one, or holds something that isn't carried out.
    """
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"YAML location: {' '.join(str(error).split())}") from error
    whole = _mapping(read, "the buildspec")
    _check(whole, "", "")
    if str(whole.get("version")) != VERSION:
        if str(whole.get("version")) == "0.1":
            raise NotCarriedError("version 0.1")
        raise BuildspecError(f"unknown version {whole.get('version')}: it is {VERSION}")
    env = _mapping(whole.get("env") or {}, "env")
    _check(env, "env", "env.")
    phases = _mapping(whole.get("phases") or {}, "phases")
    for name in phases:
        if name not in PHASES:
            raise BuildspecError(f"unknown phase {name}: they are {', '.join(PHASES)}")
    if not phases:
        raise BuildspecError("at least one phase has to be there")
    shell = str(env.get("shell", SHELLS[0]))
    if shell not in SHELLS:
        raise NotCarriedError(f"env.shell {shell}")
    variables = _mapping(env.get("variables") or {}, "env.variables")
    exported = tuple(map(str, env.get("exported-variables") or ()))
    for name in (*variables, *exported):
        if NAME.fullmatch(str(name)) is None:
            raise BuildspecError(f"{name} is no name of a variable")
    return Buildspec(
        tuple(_phase(name, phases.get(name)) for name in PHASES),
        {str(name): _text(value) for name, value in variables.items()},
        exported,
        shell,
    )


def _phase(name: str, read: Any) -> Phase:
    given = _mapping(read or {}, f"phases.{name}")
    _check(given, "phase", f"phases.{name}.")
    wanted = given.get("on-failure")
    if wanted not in (None, "ABORT"):
        # CONTINUE and RETRY: AWS doesn't document what such a build's outcome is.
        raise NotCarriedError(f"phases.{name}.on-failure {wanted}")
    # What fails in BUILD is still reported in POST_BUILD; after the others nothing is left to go on with.
    goes_on = name == "build" and wanted is None
    return Phase(name, tuple(_commands(given, "commands")), tuple(_commands(given, "finally")), goes_on)


def _commands(given: Mapping[str, Any], name: str) -> Iterator[str]:
    listed = given.get(name) or ()
    for number, command in enumerate([listed] if isinstance(listed, str) else listed):
        if isinstance(command, dict | list):
            raise BuildspecError(
                f"Expected {name.capitalize()}[{number}] to be of string type: found subkeys instead"
            )
        yield _text(command)


def _check(given: Mapping[str, Any], level: str, prefix: str) -> None:
    for name in given:
        if name not in KNOWN[level]:
            raise BuildspecError(f"unknown key {prefix}{name}")
        if name not in CARRIED[level]:
            raise NotCarriedError(f"{prefix}{name}")


def _mapping(read: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(read, dict):
        raise BuildspecError(f"{what} is no mapping")
    return read


def _text(value: Any) -> str:
    # YAML's own booleans, as AWS writes them.
    return str(value).lower() if isinstance(value, bool) else str(value)
