"""Where the record of an asynchronous invocation goes: destinations and dead letters."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.functions.asynchronous import Event
    from s_infra.sandbox.services.functions.function import Function
    from s_infra.sandbox.services.functions.invoker import Outcome

logger = logging.getLogger(__name__)
MOST_ERROR = 1024


class Destinations:
    """Delivers through the sandbox's own services; `client(service)` gives boto3's."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def succeeded(
        self, event: Event, function: Function, config: Mapping[str, Any], outcome: Outcome
    ) -> None:
        """Tell the on-success destination, if there is one."""
        arn = _destination(config, "OnSuccess")
        if arn:
            record = _record(event, function, "Success", json.loads(outcome.payload or b"null"), None)
            self._deliver(arn, record, function, "Success")

    def failed(
        self, event: Event, function: Function, config: Mapping[str, Any], condition: str, answer: Any
    ) -> None:
        """Tell the on-failure destination and the dead-letter queue, where there are any."""
        arn = _destination(config, "OnFailure")
        if arn:
            error = None if answer is None else "Unhandled"
            self._deliver(arn, _record(event, function, condition, answer, error), function, "Failure")
        if function.dead_letter_arn:
            self._bury(function.dead_letter_arn, event, answer)

    def _deliver(self, arn: str, record: Mapping[str, Any], function: Function, kind: str) -> None:
        service, text = arn.split(":")[2], json.dumps(record)
        try:
            if service == "sqs":
                self._client("sqs").send_message(QueueUrl=self._queue_url(arn), MessageBody=text)
            elif service == "sns":
                self._client("sns").publish(TopicArn=arn, Message=text)
            elif service == "lambda":
                self._client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=text)
            else:
                entry = {
                    "EventBusName": arn,
                    "Source": "lambda",
                    "DetailType": f"Lambda Function Invocation Result - {kind}",
                    "Detail": text,
                    "Resources": [arn, function.versioned_arn],
                }
                self._client("events").put_events(Entries=[entry])
        except (BotoCoreError, ClientError) as problem:
            logger.warning("no record of %s reached %s: %s", function.name, arn, problem)

    def _bury(self, arn: str, event: Event, answer: Any) -> None:
        message = str((answer or {}).get("errorMessage", ""))[:MOST_ERROR] or "none"
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": event.request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": "200"},
            "ErrorMessage": {"DataType": "String", "StringValue": message},
        }
        try:
            if arn.split(":")[2] == "sqs":
                self._client("sqs").send_message(
                    QueueUrl=self._queue_url(arn), MessageBody=event.payload, MessageAttributes=attributes
                )
            else:
                self._client("sns").publish(TopicArn=arn, Message=event.payload, MessageAttributes=attributes)
        except (BotoCoreError, ClientError) as problem:
            logger.warning("a dead letter of %s did not reach %s: %s", event.name, arn, problem)

    def _queue_url(self, arn: str) -> str:
        return str(self._client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


def _destination(config: Mapping[str, Any], kind: str) -> str | None:
    found = ((config.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
    return str(found) if found else None


def _record(
    event: Event, function: Function, condition: str, answer: Any, error: str | None
) -> dict[str, Any]:
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": function.version}
    if error:
        response["functionError"] = error
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": function.versioned_arn,
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": json.loads(event.payload),
        "responseContext": response,
        "responsePayload": answer,
    }
