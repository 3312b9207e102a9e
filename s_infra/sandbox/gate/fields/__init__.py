"""Checks of a request's fields: each returns the field that isn't carried out, or None.

A file a service has `CHECKS`, by the operation's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from s_infra.sandbox.gate.fields import (
    events,
    functions,
    images,
    keys,
    logs,
    messages,
    networks,
    objects,
    parameters,
    tables,
)

Fields: TypeAlias = Mapping[str, Any]
Check: TypeAlias = Callable[[Fields], str | None]

CHECKS: Mapping[tuple[str, str], Check] = {
    (service, operation): check
    for service, checks in {
        "dynamodb": tables.CHECKS,
        "ec2": networks.CHECKS,
        "ecr": images.CHECKS,
        "events": events.CHECKS,
        "kms": keys.CHECKS,
        "lambda": functions.CHECKS,
        "logs": logs.CHECKS,
        "s3": objects.CHECKS,
        "sns": messages.TOPICS,
        "sqs": messages.QUEUES,
        "ssm": parameters.CHECKS,
    }.items()
    for operation, check in checks.items()
}
