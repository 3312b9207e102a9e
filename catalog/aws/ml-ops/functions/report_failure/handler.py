"""Records a run that failed, timed out or was stopped, puts a file at fault away, and tells people.

It stands outside of the machines, so that a redrive goes on at the state that failed; events come from a
queue, at least once each.
"""

from __future__ import annotations

import json
import logging
import os
from functools import cache
from typing import Any

import boto3
import quarantine
from botocore.exceptions import BotoCoreError, ClientError
from core import FAILED, MalformedEventError, Settings, execution_arn, failed_state, message, record, subject

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Report the failures in a batch of SQS messages; return those that have to come again."""
    settings = Settings(
        pipeline=os.environ["PIPELINE"],
        training_machine_arn=os.environ["TRAINING_MACHINE_ARN"],
        scoring_machine_arn=os.environ["SCORING_MACHINE_ARN"],
        metadata_store=os.environ["METADATA_STORE"],
        metadata_prefix=os.environ["METADATA_PREFIX"],
        topic_arn=os.environ["TOPIC_ARN"],
    )
    failed = []
    for sent in event["Records"]:
        try:
            report(execution_arn(json.loads(sent["body"])), settings)
        except (ValueError, MalformedEventError, BotoCoreError, ClientError):
            logger.exception("message %s: %s", sent["messageId"], sent["body"])
            failed.append({"itemIdentifier": sent["messageId"]})
    return {"batchItemFailures": failed}


def report(arn: str, settings: Settings) -> None:
    """Put a file at fault away, write the record, then tell people; one redriven meanwhile is left alone."""
    states = client("stepfunctions")
    execution = states.describe_execution(executionArn=arn)
    if execution["status"] not in FAILED:
        logger.info("%s is %s by now", arn, execution["status"])
        return
    history = states.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=100)
    failure = record(execution, failed_state(history["events"], execution["status"]), settings)
    if quarantine.at_fault(failure, os.environ["QUARANTINE_ERRORS"].split(",")):
        failure["quarantine"] = quarantine.put_away(failure, os.environ["QUARANTINE_PREFIX"], client("s3"))
    client("s3").put_object(
        Bucket=settings.metadata_store,
        Key=f"{settings.metadata_prefix}runs/{failure['run']}.json",
        Body=json.dumps(failure).encode(),
        ContentType="application/json",
    )
    client("sns").publish(
        TopicArn=settings.topic_arn, Subject=subject(failure), Message=message(failure, settings, arn)
    )
    logger.info("reported %s", arn)


@cache
def client(service: str) -> Any:
    """Return the client of a service, made once for each process."""
    return boto3.client(service)
