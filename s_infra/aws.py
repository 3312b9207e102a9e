"""Clients for AWS from the standard environment, and its errors as ours."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def session(profile: str | None = None, credentials_file: Path | None = None) -> Any:
    """Return a boto3 session of a named profile or credentials file, by default of the environment's.

    Either of them, being asked for, comes before keys in the environment.

    Raises:
        SInfraError: there is no such profile.
    """
    with explained("the credentials"):
        core = botocore.session.Session(profile=profile or ("default" if credentials_file else None))
        if credentials_file is not None:
            core.set_config_variable("credentials_file", str(credentials_file))
        return boto3.Session(botocore_session=core)


def account(session: Any) -> str:
    """Return the number of the account that a session's credentials are of.

    Raises:
        SInfraError: there are none, or they aren't taken.
    """
    with explained("your credentials"):
        return str(client("sts", session).get_caller_identity()["Account"])


# S3 holds a body against the SHA-256 in a signed header; to sign its hash as well is to take it twice.
CHECKED_BY_CHECKSUM = Config(s3={"payload_signing_enabled": False})


def client(service: str, session: Any = None, config: Config | None = None) -> Any:
    """Return a boto3 client of the caller's credentials, Region and endpoint; `session` is a boto3 session.

    Raises:
        SInfraError: the Region or profile isn't configured.
    """
    with explained(f"a client for {service}"):
        # boto3 reads AWS_DEFAULT_REGION alone; AWS_REGION is what Terraform and the other SDKs go by.
        region = os.environ.get("AWS_REGION")
        return (session or boto3).client(service, region_name=region, config=config)


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
            f"AWS refused {error.operation_name}: {error}", which=which, next_step=_remedy(error)
        ) from error
    except BotoCoreError as error:
        raise SInfraError(
            f"AWS can't be asked: {error}",
            which=which,
            next_step=next((text for kind, text in UNASKED if isinstance(error, kind)), UNASKED_OTHERWISE),
        ) from error


EXPIRED = "your credentials have expired: log in again (aws sso login), or get new keys"
UNKNOWN = "the keys aren't AWS's or don't fit: look at AWS_PROFILE, AWS_ACCESS_KEY_ID and their secret"
FORBIDDEN = "have {action} allowed on it: your policies, its own, or its key's don't"
ELSEWHERE = "it lies in another Region: set AWS_REGION{region}"
# By the codes that services give: each has its own for the same thing.
REMEDIES = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), EXPIRED),
    **dict.fromkeys(
        (
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
        ),
        UNKNOWN,
    ),
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"), FORBIDDEN),
    **dict.fromkeys(("PermanentRedirect", "AuthorizationHeaderMalformed", "301"), ELSEWHERE),
    "NoSuchBucket": "check the bucket's name, and that the configuration that makes it was applied",
}
REFUSED_OTHERWISE = "check the name, the Region and what your credentials may do"
UNASKED: tuple[tuple[type[BotoCoreError] | tuple[type[BotoCoreError], ...], str], ...] = (
    (
        exceptions.NoCredentialsError,
        'there are no credentials: set AWS_PROFILE, or for the sandbox: eval "$(s-infra sandbox env)"',
    ),
    (exceptions.PartialCredentialsError, UNKNOWN),
    ((exceptions.SSOError, exceptions.TokenRetrievalError), EXPIRED),
    (exceptions.NoRegionError, "say which Region: set AWS_REGION"),
    (exceptions.ProfileNotFound, "set AWS_PROFILE to one that `aws configure list-profiles` names"),
    (
        (exceptions.HTTPClientError, exceptions.ConnectionError),
        "check the network; for the sandbox, that it runs (s-infra sandbox status), and "
        'eval "$(s-infra sandbox env)" again',
    ),
)
UNASKED_OTHERWISE = 'check credentials, Region and network; for the sandbox: eval "$(s-infra sandbox env)"'


def _remedy(error: ClientError) -> str:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or error.response.get("Error", {}).get("Region")
    return REMEDIES.get(error_code(error), REFUSED_OTHERWISE).format(
        action=error.operation_name, region=f"={region}" if region else ""
    )
