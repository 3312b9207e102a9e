"""Starts one run for each version of a file that lands; events come from a queue, at least once each."""

from __future__ import annotations

import json
import logging
import os
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from core import MalformedEventError, Settings, Start, plan

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start the runs of a batch of SQS messages; return those that have to come again."""
    settings = Settings(
        pipeline=os.environ["PIPELINE"],
        train_prefix=os.environ["TRAIN_PREFIX"],
        score_prefix=os.environ["SCORE_PREFIX"],
        training_machine_arn=os.environ["TRAINING_MACHINE_ARN"],
        scoring_machine_arn=os.environ["SCORING_MACHINE_ARN"],
    )
    failed = []
    for message in event["Records"]:
        try:
            start = plan(json.loads(message["body"]), settings)
            if start is not None:
                begin(start, step_functions())
        except (ValueError, MalformedEventError, BotoCoreError, ClientError):
            logger.exception("message %s: %s", message["messageId"], message["body"])
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def begin(start: Start, client: Any) -> None:
    """Start the execution; one that was started before is what was wanted."""
    try:
        client.start_execution(
            stateMachineArn=start.machine_arn, name=start.name, input=json.dumps(start.input)
        )
        logger.info("started %s", start.name)
    except client.exceptions.ExecutionAlreadyExists:
        logger.info("%s was started before", start.name)


@cache
def step_functions() -> Any:
    """Return the client, made once for each process."""
    return boto3.client("stepfunctions")
