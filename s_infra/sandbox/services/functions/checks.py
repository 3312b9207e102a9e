"""What Lambda refuses of a request before anything is stored."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

from s_infra.sandbox import constraints
from s_infra.sandbox.gate.naming import operation_name
from s_infra.sandbox.services.functions import answers, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response

NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
MOST_VARIABLES = 4096
LONGEST_TIMEOUT_S = 900
# What AWS leaves to all functions that reserve nothing.
LEAST_UNRESERVED = 100
ACCOUNT_CONCURRENCY = 1000
NAME = re.compile(r"/functions/(?P<name>[^/]+)/")
# What a member of the body can have by itself; the rest of the request is in path and query.
OF_BODY = ("enum", "length", "pattern", "range", "type", "unknown")


class Checks:
    """Knows the base's queues and functions, and S3."""

    def __init__(self, base: Base) -> None:
        self._functions, self._queues = base.module("lambda_svc"), base.module("sqs")
        self._patterns = base.module("eventbridge")
        self._client = base.client
        self._sessions, self._acts = base.sessions, base.access.acts
        self._of: Mapping[str, Callable[[str, Mapping[str, Any]], str | None]] = {
            "CreateEventSourceMapping": self._mapping,
            "UpdateEventSourceMapping": self._mapping_update,
            "CreateFunction": self._function,
            "UpdateFunctionConfiguration": self._configuration,
            "UpdateFunctionCode": self._code,
            "PublishLayerVersion": lambda name, given: self._code(name, given.get("Content") or {}),
            "PutFunctionConcurrency": self._reservation,
        }

    def problem(self, method: str, path: str, body: bytes) -> Response | None:
        """Return AWS's error for a request that is wrong, or None."""
        operation = operation_name("lambda", method, path, {}, b"", {})
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            return answers.error("InvalidRequestContentException", "Could not parse request body into json")
        if not isinstance(given, dict) or operation.startswith(f"{method} "):
            return None
        wrong = [found for found in constraints.problems("lambda", operation, given) if found.kind in OF_BODY]
        if wrong:
            return answers.error("ValidationException", constraints.message(wrong))
        check = self._of.get(operation)
        name = NAME.search(path)
        told = check(unquote(name["name"]) if name else "", given) if check else None
        return answers.error("InvalidParameterValueException", told) if told else None

    def _function(self, name: str, given: Mapping[str, Any]) -> str | None:
        code = given.get("Code") or {}
        if not any(field in code for field in ("ZipFile", "S3Bucket", "ImageUri")):
            return "Please provide a source for function code."
        if "." not in given.get("Handler", "") and given.get("PackageType", "Zip") == "Zip":
            return (
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        return self._code(name, code) or self._configuration(name, given)

    def _code(self, _name: str, code: Mapping[str, Any]) -> str | None:
        if "S3Bucket" not in code:
            return None
        version = {"VersionId": code["S3ObjectVersion"]} if code.get("S3ObjectVersion") else {}
        try:
            self._client("s3").get_object(Bucket=code["S3Bucket"], Key=code.get("S3Key", ""), **version)
        except ClientError as problem:
            told = problem.response["Error"]
            return (
                f"Error occurred while GetObject. S3 Error Code: {told['Code']}. "
                f"S3 Error Message: {told['Message']}"
            )
        return None

    def _configuration(self, _name: str, given: Mapping[str, Any]) -> str | None:
        if int(given.get("Timeout") or 0) > LONGEST_TIMEOUT_S:
            return (
                f"1 validation error detected: Value '{given['Timeout']}' at 'timeout' failed to satisfy "
                f"constraint: Member must have value less than or equal to {LONGEST_TIMEOUT_S}"
            )
        own = (given.get("Environment") or {}).get("Variables") or {}
        refused = (
            "Lambda was unable to configure your environment variables because the environment variables"
        )
        if reserved := sorted(variables.RESERVED & own.keys()):
            return (
                f"{refused} you have provided contains reserved keys that are currently not supported for "
                f"modification. Reserved keys used in this request: {', '.join(reserved)}"
            )
        text = json.dumps(own, separators=(",", ":"))
        if len(text) > MOST_VARIABLES:
            return f"{refused} you have provided exceeded the 4KB limit. String measured: {text[:100]}"
        return None

    def _reservation(self, name: str, given: Mapping[str, Any]) -> str | None:
        name, _ = self._functions._resolve_request_scoped_name_and_qualifier(name)
        records = self._functions._functions
        others = sum(int(records[one].get("concurrency") or 0) for one in records if one != name)
        wanted = int(given.get("ReservedConcurrentExecutions") or 0)
        if ACCOUNT_CONCURRENCY - others - wanted >= LEAST_UNRESERVED:
            return None
        return (
            "Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
        )

    def _mapping(self, _name: str, given: Mapping[str, Any]) -> str | None:
        queue = self._queues._queue_by_arn(str(given.get("EventSourceArn", "")))
        _, config, _ = self._functions._get_func_record_for_ref(str(given.get("FunctionName", "")))
        if not queue:
            return "Error occurred while ReceiveMessage. SQS Error Code: " + NO_QUEUE
        if config:
            hidden = int(queue["attributes"].get("VisibilityTimeout", 30))
            timeout = int(config.get("Timeout", 3))
            if hidden < timeout:
                return (
                    f"Queue visibility timeout: {hidden} seconds is less than "
                    f"Function timeout: {timeout} seconds"
                )
            if denied := self._denied(config, str(given["EventSourceArn"])):
                return denied
        return self._batches(given, {}, bool(queue.get("is_fifo"))) or self._filters(given)

    def _denied(self, config: Mapping[str, Any], queue: str) -> str | None:
        # Lambda itself reads the queue, in the function's role.
        session = self._sessions.of(config["Role"], "lambda", config["FunctionName"])
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            if self._acts(session, f"sqs:{action}", queue):
                return f"The provided execution role does not have permissions to call {action} on SQS"
        return None

    def _mapping_update(self, _name: str, given: Mapping[str, Any]) -> str | None:
        return self._filters(given)

    def _batches(self, given: Mapping[str, Any], stored: Mapping[str, Any], fifo: bool) -> str | None:
        both = {**stored, **given}
        window, size = both.get("MaximumBatchingWindowInSeconds") or 0, both.get("BatchSize") or 10
        if fifo and window:
            return "Batching window is not supported for FIFO queues."
        if size > 10 and not window:
            return (
                "Maximum batch window in seconds must be greater than 0 "
                "if maximum batch size is greater than 10"
            )
        return None

    def _filters(self, given: Mapping[str, Any]) -> str | None:
        for one in (given.get("FilterCriteria") or {}).get("Filters") or ():
            if self._patterns._compiled_pattern(one.get("Pattern", "{}")) is None:
                return "Invalid filter pattern definition."
        return None
