"""Event source mappings: a queue feeds a function once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base, Response


def install(base: Base) -> None:
    """Mend CreateEventSourceMapping, of which the base makes any number."""
    functions = base.module("lambda_svc")
    create = functions._create_esm

    def create_once(given: Mapping[str, Any]) -> Response:
        name, qualifier, problem = functions._resolve_existing_esm_function(given.get("FunctionName", ""))
        source = given.get("EventSourceArn", "")
        for one in () if problem else list(functions._esms.values()):
            if (one["EventSourceArn"], one["FunctionName"], one["Qualifier"]) == (source, name, qualifier):
                service = source.split(":")[2].upper()
                answer: Response = functions.error_response_json(
                    "ResourceConflictException",
                    f'An event source mapping with {service} arn (" {source} ") and function (" {name} ") '
                    f"already exists. Please update or delete the existing mapping with UUID {one['UUID']}",
                    409,
                )
                return answer
        made: Response = create(given)
        return made

    functions._create_esm = create_once
