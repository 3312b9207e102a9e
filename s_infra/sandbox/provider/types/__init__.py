"""The types served, one file a service; `PROVIDERS` is all of them."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Served
from s_infra.sandbox.provider.types import (
    archive,
    cloudwatch,
    data,
    dynamodb,
    ec2,
    ecr,
    events,
    glue,
    iam,
    kms,
    lambda_,
    logs,
    rds,
    s3,
    sagemaker,
    scheduler,
    secrets,
    sns,
    sqs,
    ssm,
    states,
)

PROVIDERS = (
    Served(
        "aws",
        resources={
            **cloudwatch.RESOURCES,
            **dynamodb.RESOURCES,
            **ec2.RESOURCES,
            **ecr.RESOURCES,
            **events.RESOURCES,
            **glue.RESOURCES,
            **iam.RESOURCES,
            **kms.RESOURCES,
            **lambda_.RESOURCES,
            **logs.RESOURCES,
            **rds.RESOURCES,
            **s3.RESOURCES,
            **sagemaker.RESOURCES,
            **secrets.RESOURCES,
            **scheduler.RESOURCES,
            **sns.RESOURCES,
            **sqs.RESOURCES,
            **ssm.RESOURCES,
            **states.RESOURCES,
        },
        data={
            **data.SOURCES,
            **ec2.SOURCES,
            **ecr.SOURCES,
            **iam.SOURCES,
            **kms.SOURCES,
            **lambda_.SOURCES,
            **s3.SOURCES,
            **secrets.SOURCES,
            **ssm.SOURCES,
            **states.SOURCES,
        },
    ),
    Served("archive", data=archive.SOURCES),
)
