"""S3: buckets, what is set on them one by one, and objects."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import Call, DataSource, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_CONTENT = ("source", "content", "content_base64")
_SENT_WITH_CONTENT = (
    *_CONTENT,
    "etag",
    "source_hash",
    "cache_control",
    "checksum_algorithm",
    "content_disposition",
    "content_encoding",
    "content_language",
    "content_type",
    "metadata",
    "server_side_encryption",
    "kms_key_id",
    "bucket_key_enabled",
    "object_lock_legal_hold_status",
    "object_lock_mode",
    "object_lock_retain_until_date",
    "storage_class",
    "website_redirect",
)
_DEPRECATED = (
    "The real provider 6 still has it as deprecated; use the resource of that name (aws_s3_bucket_…)."
)


def _bucket_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del state
    if operation != "CreateBucket" or session.region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": session.region}}


def _empty_bucket(session: Session, state: State) -> None:
    if state.get("force_destroy"):
        _delete_versions(session, state["bucket"], "")


def _delete_versions(session: Session, bucket: str, prefix: str, *, only: str | None = None) -> None:
    client = session.client("s3")
    for key, version in list(_versions(client, bucket, prefix)):
        if only in (None, key):
            client.delete_object(Bucket=bucket, Key=key, VersionId=version)


def _versions(client: Any, bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield version["Key"], version["VersionId"]


def _no_notification(session: Session, state: State) -> None:
    client = session.client("s3")
    client.put_bucket_notification_configuration(Bucket=state["bucket"], NotificationConfiguration={})


def _object_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    if operation != "PutObject":
        return {}
    tags = {"Tagging": urlencode(state["tags_all"])} if state.get("tags_all") else {}
    return {"Body": _body(session, state), **tags}


def _body(session: Session, state: State) -> bytes:
    if state.get("source"):
        path = session.file(state["source"])
        try:
            return path.read_bytes()
        except OSError as error:
            raise SInfraError(f"source can't be read: {error.strerror}", which=str(path)) from error
    if state.get("content_base64"):
        return base64.b64decode(state["content_base64"])
    return (state.get("content") or "").encode()


def _delete_object(session: Session, state: State) -> None:
    _delete_versions(session, state["bucket"], state["key"], only=state["key"])


def _object_told(told: State, state: State) -> Mapping[str, Value]:
    del state
    return {"etag": (told.get("etag") or "").strip('"')}


def _versioning_told(told: State, state: State) -> Mapping[str, Value]:
    # A bucket on which versioning was never set answers with nothing at all.
    del state
    block = told["versioning_configuration"][0]
    return {"versioning_configuration": [{**block, "status": block["status"] or "Disabled"}]}


RESOURCES = {
    "aws_s3_bucket": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("CreateBucket"), Call("PutBucketTagging", when=("tags_all",))),
        read=(Read("HeadBucket"),),
        delete=(Call("DeleteBucket"),),
        before_delete=_empty_bucket,
        arguments=_bucket_arguments,
        names={"object_lock_enabled": "ObjectLockEnabledForBucket", "bucket_namespace": "", "acl": ""},
        derived={
            "arn": "arn:{partition}:s3:::{bucket}",
            "bucket_domain_name": "{bucket}.s3.amazonaws.com",
            "bucket_region": "{region}",
            "bucket_regional_domain_name": "{bucket}.s3.{region}.amazonaws.com",
        },
        defaults={"force_destroy": False, "object_lock_enabled": False},
        local=("force_destroy", "bucket_prefix"),
        generated="bucket",
        refused=dict.fromkeys(("acl", "policy", "request_payer", "acceleration_status"), _DEPRECATED),
        tags=Tags("GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging"),
    ),
    "aws_s3_bucket_versioning": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutBucketVersioning"),),
        read=(Read("GetBucketVersioning", block="versioning_configuration"),),
        update=(Call("PutBucketVersioning"),),
        delete=(Call("PutBucketVersioning", constant={"VersioningConfiguration": {"Status": "Suspended"}}),),
        replace=("bucket", "expected_bucket_owner"),
        settle=_versioning_told,
    ),
    "aws_s3_bucket_public_access_block": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutPublicAccessBlock"),),
        read=(Read("GetPublicAccessBlock"),),
        update=(Call("PutPublicAccessBlock"),),
        delete=(Call("DeletePublicAccessBlock"),),
        names={
            "block_public_acls": "PublicAccessBlockConfiguration.BlockPublicAcls",
            "block_public_policy": "PublicAccessBlockConfiguration.BlockPublicPolicy",
            "ignore_public_acls": "PublicAccessBlockConfiguration.IgnorePublicAcls",
            "restrict_public_buckets": "PublicAccessBlockConfiguration.RestrictPublicBuckets",
        },
        defaults={
            "block_public_acls": False,
            "block_public_policy": False,
            "ignore_public_acls": False,
            "restrict_public_buckets": False,
            "skip_destroy": False,
        },
        replace=("bucket",),
    ),
    "aws_s3_bucket_ownership_controls": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutBucketOwnershipControls"),),
        read=(Read("GetBucketOwnershipControls"),),
        update=(Call("PutBucketOwnershipControls"),),
        delete=(Call("DeleteBucketOwnershipControls"),),
        names={"rule": "OwnershipControls.Rules"},
        replace=("bucket",),
    ),
    "aws_s3_bucket_server_side_encryption_configuration": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutBucketEncryption"),),
        read=(Read("GetBucketEncryption"),),
        update=(Call("PutBucketEncryption"),),
        delete=(Call("DeleteBucketEncryption"),),
        names={
            "rule": "ServerSideEncryptionConfiguration.Rules",
            "rule.blocked_encryption_types": "BlockedEncryptionTypes.EncryptionType",
        },
        replace=("bucket", "expected_bucket_owner"),
    ),
    "aws_s3_bucket_lifecycle_configuration": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutBucketLifecycleConfiguration"),),
        read=(Read("GetBucketLifecycleConfiguration"),),
        update=(Call("PutBucketLifecycleConfiguration"),),
        delete=(Call("DeleteBucketLifecycle"),),
        names={"rule": ("LifecycleConfiguration.Rules", "Rules")},
        replace=("bucket", "expected_bucket_owner"),
    ),
    "aws_s3_bucket_policy": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutBucketPolicy"),),
        read=(Read("GetBucketPolicy"),),
        update=(Call("PutBucketPolicy"),),
        delete=(Call("DeleteBucketPolicy"),),
        json=("policy",),
        replace=("bucket",),
    ),
    "aws_s3_bucket_notification": Resource(
        service="s3",
        id="{bucket}",
        create=(Call("PutBucketNotificationConfiguration", constant={"NotificationConfiguration": {}}),),
        read=(Read("GetBucketNotificationConfiguration"),),
        update=(Call("PutBucketNotificationConfiguration", constant={"NotificationConfiguration": {}}),),
        delete=(),
        before_delete=_no_notification,
        names={
            "eventbridge": ("NotificationConfiguration.EventBridgeConfiguration", "EventBridgeConfiguration"),
            "queue": ("NotificationConfiguration.QueueConfigurations", "QueueConfigurations"),
            "topic": ("NotificationConfiguration.TopicConfigurations", "TopicConfigurations"),
            "lambda_function": (
                "NotificationConfiguration.LambdaFunctionConfigurations",
                "LambdaFunctionConfigurations",
            ),
        },
        defaults={"eventbridge": False},
        replace=("bucket",),
    ),
    "aws_s3_object": Resource(
        service="s3",
        id="{bucket}/{key}",
        create=(Call("PutObject"),),
        read=(Read("HeadObject", given=("bucket", "key"), constant={"ChecksumMode": "ENABLED"}),),
        update=(Call("PutObject", when=_SENT_WITH_CONTENT),),
        delete=(),
        before_delete=_delete_object,
        arguments=_object_arguments,
        settle=_object_told,
        names={"kms_key_id": "SSEKMSKeyId", "website_redirect": "WebsiteRedirectLocation", "acl": ""},
        derived={"arn": "arn:{partition}:s3:::{bucket}/{key}"},
        defaults={"force_destroy": False},
        local=(*_CONTENT, "source_hash", "force_destroy", "etag"),
        replace=("bucket", "key"),
        renewed=dict.fromkeys(("etag", "version_id", "checksum_crc32"), _SENT_WITH_CONTENT),
        refused={"acl": "Object ACLs aren't kept; the bucket's owner owns each object."},
        tags=Tags("GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"),
    ),
}

_VERSION = ("bucket", "key", "version_id")
_TEXT = re.compile(r"text/|application/(json|ld\+json|xml|atom\+xml|javascript|x-sql)")
_HEAD = told_by(
    "aws_s3_object",
    Resource(
        service="s3",
        id="{bucket}/{key}",
        create=(),
        read=(Read("HeadObject", given=_VERSION, constant={"ChecksumMode": "ENABLED"}),),
        delete=(),
        settle=_object_told,
        names={"sse_kms_key_id": "SSEKMSKeyId", "checksum_mode": "", "range": ""},
        derived={"arn": "arn:{partition}:s3:::{bucket}/{key}"},
        local=("download_body",),
        tags=Tags("GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"),
    ),
)


def _object_with_body(session: Session, config: State) -> State:
    told = _HEAD.read(session, config)
    # The real provider, too, reads the body of what is text only, unless it's asked to.
    text = _TEXT.match(told["content_type"] or "")
    wanted = config.get("download_body")
    if wanted is False or not (wanted or text):
        return told
    version = {"VersionId": told["version_id"]} if told.get("version_id") else {}
    answer = session.client("s3").get_object(Bucket=config["bucket"], Key=config["key"], **version)
    body: bytes = answer["Body"].read()
    told["body_base64"] = base64.b64encode(body).decode()
    return {**told, "body": body.decode(errors="replace")}


SOURCES = {
    "aws_s3_bucket": told_by("aws_s3_bucket", RESOURCES["aws_s3_bucket"]),
    "aws_s3_object": DataSource(_object_with_body, _HEAD.validate),
}
