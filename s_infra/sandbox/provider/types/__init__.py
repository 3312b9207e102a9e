"""The types served, one file a service; `PROVIDERS` is all of them."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Served
from s_infra.sandbox.provider.types import (
    archive,
    data,
    ecr,
    events,
    glue,
    iam,
    lambda_,
    logs,
    s3,
    sns,
    sqs,
    states,
)

PROVIDERS = (
    Served(
        "aws",
        resources={
            **ecr.RESOURCES,
            **events.RESOURCES,
            **glue.RESOURCES,
            **iam.RESOURCES,
            **lambda_.RESOURCES,
            **logs.RESOURCES,
            **s3.RESOURCES,
            **sns.RESOURCES,
            **sqs.RESOURCES,
            **states.RESOURCES,
        },
        data=data.SOURCES,
    ),
    Served("archive", data=archive.SOURCES),
)
