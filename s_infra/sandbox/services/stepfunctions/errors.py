"""What goes wrong in a state, under the names that Retry and Catch match."""

from __future__ import annotations

import json
from typing import Any

TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
RUNTIME = "States.Runtime"
QUERY_EVALUATION = "States.QueryEvaluationError"
DATA_LIMIT = "States.DataLimitExceeded"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
PARAMETER_PATH_FAILURE = "States.ParameterPathFailure"
RESULT_PATH_FAILURE = "States.ResultPathMatchFailure"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
ITEM_READER_FAILED = "States.ItemReaderFailed"
RESULT_WRITER_FAILED = "States.ResultWriterFailed"
TOO_MANY_FAILURES = "States.ExceedToleratedFailureThreshold"
ALL = "States.ALL"
# These end the execution; the wildcards don't match them.
TERMINAL = (RUNTIME, DATA_LIMIT)
LARGEST_PAYLOAD_BYTES = 256 * 1024
# The last is the one that tells the execution's end.
MOST_EVENTS = 25_000


class StateError(Exception):
    """A state failed with an error name and a cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class HistoryFullError(Exception):
    """The execution has as many events as it may have; no Retry or Catch helps."""

    CAUSE = f"The execution reached the maximum number of history events ({MOST_EVENTS})."


class ExecutionEndedError(Exception):
    """The execution was stopped, or its machine's time ran out, while a state was at work."""


class RefusedError(Exception):
    """The service answers a request with an error: `code` as AWS names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def limited(payload: Any, what: str) -> str:
    """Return `payload` as JSON. Raises StateError when it is larger than Step Functions carries."""
    text = json.dumps(payload, ensure_ascii=False)
    # JSON may hold half a character, which UTF-8 doesn't have.
    if len(text.encode(errors="surrogatepass")) > LARGEST_PAYLOAD_BYTES:
        raise StateError(DATA_LIMIT, f"{what} is larger than {LARGEST_PAYLOAD_BYTES} bytes")
    return text
