"""Clients for AWS from the standard environment, and its errors as ours."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator


def client(service: str) -> Any:
    """Return a boto3 client of the caller's credentials, Region and endpoint.

    Raises:
        SInfraError: the Region or profile isn't configured.
    """
    with explained(f"a client for {service}"):
        # boto3 reads AWS_DEFAULT_REGION alone; AWS_REGION is what Terraform and the other SDKs go by.
        return boto3.client(service, region_name=os.environ.get("AWS_REGION"))


def error_code(error: ClientError) -> str:
    """Return the service's error code, for instance "NoSuchKey"."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def explained(which: str) -> Iterator[None]:
    """Turn an AWS failure inside the block into a SInfraError about `which`."""
    try:
        yield
    except ClientError as error:
        raise SInfraError(
            f"AWS refused {error.operation_name}: {error}",
            which=which,
            next_step="check the name, the Region and what your credentials may do",
        ) from error
    except BotoCoreError as error:
        raise SInfraError(
            f"AWS can't be asked: {error}",
            which=which,
            next_step='check credentials, Region and network; for the sandbox: eval "$(s-infra sandbox env)"',
        ) from error
