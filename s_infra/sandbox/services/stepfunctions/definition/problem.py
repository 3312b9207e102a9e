"""What is found wrong with a definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.definition.fields import (
    JSONATA_FIELDS,
    JSONPATH_FIELDS,
    NOT_CARRIED_OUT_FIELDS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Problem:
    """One mistake: AWS's code for it, what is wrong, and where in the document."""

    code: str
    message: str
    location: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"


def schema(message: str, location: str) -> Problem:
    """Return the problem of a part that has another form than it should."""
    return Problem("SCHEMA_VALIDATION_FAILED", message, location)


def missing(target: object, location: str, field: str = "Next") -> Problem:
    """Return the problem of a state that is named and isn't there."""
    return Problem("MISSING_TRANSITION_TARGET", f"Missing '{field}' target: {target}", location)


def refused(what: str, location: str) -> Problem:
    """Return the problem of something that AWS does and the sandbox doesn't."""
    message = f"s-infra sandbox: states:CreateStateMachine {what} isn't carried out"
    return Problem("NOT_CARRIED_OUT", message, location)


def unknown_fields(
    part: Mapping[str, Any], allowed: set[str], where: str, language: str = "JSONata"
) -> Iterator[Problem]:
    """Give the fields of `part` that it can't have, and why."""
    for field in sorted(set(part) - allowed):
        at = f"{where.rstrip('/')}/{field}"
        if field in NOT_CARRIED_OUT_FIELDS:
            yield refused(field, at)
        elif field in (JSONPATH_FIELDS if language == "JSONata" else JSONATA_FIELDS):
            yield schema(f"The field '{field}' is not supported when QueryLanguage is {language}", at)
        else:
            yield schema(f"Field '{field}' is not supported", at)
