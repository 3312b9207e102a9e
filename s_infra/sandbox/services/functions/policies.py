"""The policy of a function: there is none until a permission is added, and after the last is removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base, Response


def install(base: Base) -> None:
    """Mend GetPolicy, to which the base answers with a policy of no statements."""
    functions = base.module("lambda_svc")
    get = functions._get_policy

    def get_if_any(*arguments: Any, **options: Any) -> Response:
        answer: Response = get(*arguments, **options)
        if answer[0] != 200 or json.loads(json.loads(answer[2])["Policy"])["Statement"]:
            return answer
        none: Response = functions.error_response_json(
            "ResourceNotFoundException", "The resource you requested does not exist.", 404
        )
        return none

    functions._get_policy = get_if_any
