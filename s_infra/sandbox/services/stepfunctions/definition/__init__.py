"""Checks a machine's definition when it is created, so that a mistake never waits for its execution."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.definition import machine
from s_infra.sandbox.services.stepfunctions.definition.fields import STATE_FIELDS
from s_infra.sandbox.services.stepfunctions.definition.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STATE_FIELDS", "Problem", "problems", "validation"]

LARGEST_DEFINITION_BYTES = 1024 * 1024
MOST_SHOWN = 100
NO_JSON = "INVALID_JSON_DESCRIPTION"


def problems(text: str) -> list[Problem]:
    """Return what is wrong with a definition, given as JSON; an empty list when it can run."""
    if len(text.encode()) > LARGEST_DEFINITION_BYTES:
        return [Problem("INVALID_DEFINITION", "The definition is larger than 1 MiB", "/")]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return [Problem(NO_JSON, f"Definition is not a valid JSON document: {error}", "/")]
    if not isinstance(document, dict):
        return [Problem(NO_JSON, "Definition is not a JSON object", "/")]
    return list(machine.problems(document))


def validation(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of ValidateStateMachineDefinition."""
    found = problems(str(request["definition"]))
    most = request.get("maxResults") or MOST_SHOWN
    diagnostics = [
        {"severity": "ERROR", "code": problem.code, "message": problem.message, "location": problem.location}
        for problem in found[:most]
    ]
    return {
        "result": "FAIL" if found else "OK",
        "diagnostics": diagnostics,
        "truncated": len(found) > most,
    }
