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
    kms,
    lambda_,
    logs,
    s3,
    sagemaker,
    sns,
    sqs,
    ssm,
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
            **kms.RESOURCES,
            **lambda_.RESOURCES,
            **logs.RESOURCES,
            **s3.RESOURCES,
            **sagemaker.RESOURCES,
            **sns.RESOURCES,
            **sqs.RESOURCES,
            **ssm.RESOURCES,
            **states.RESOURCES,
        },
        data={
            **data.SOURCES,
            **ecr.SOURCES,
            **iam.SOURCES,
            **kms.SOURCES,
            **lambda_.SOURCES,
            **s3.SOURCES,
            **ssm.SOURCES,
            **states.SOURCES,
        },
    ),
    Served("archive", data=archive.SOURCES),
)
