"""Lambda's answers, in the shape of its REST protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s_infra.sandbox.base import Response

STATUS = {
    "InvalidParameterValueException": 400,
    "InvalidRequestContentException": 400,
    "ValidationException": 400,
    "ResourceNotFoundException": 404,
    "ResourceConflictException": 409,
    "RequestTooLargeException": 413,
    "TooManyRequestsException": 429,
    "ServiceException": 500,
}


def error(code: str, message: str, **fields: str) -> Response:
    """Return the answer with an error of that code."""
    content = {"Type": "User", "Message": message, "message": message, **fields}
    headers = {"Content-Type": "application/json", "x-amzn-errortype": code}
    return STATUS[code], headers, json.dumps(content).encode()
