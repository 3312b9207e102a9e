"""The gate's tables of members: known to the service models, and read off requests of each protocol."""

from __future__ import annotations

import json

import botocore.session
import pytest

from s_infra.sandbox import gate
from s_infra.sandbox.gate.members import MEMBERS, given
from s_infra.sandbox.gate.naming import operation_name

KEYED = b'{"encryptionConfiguration": {"kmsKey": "k"}}'
TAGGED = b'{"imageIds": [{"imageTag": "a"}]}'
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("service", sorted(MEMBERS))
def test_each_operation_and_member_is_one_of_the_service_s(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    for operation, members in MEMBERS[service].items():
        shape = model.operation_model(operation).input_shape
        assert members <= set(shape.members if shape else ()), operation


def test_members_are_read_off_headers_query_and_body() -> None:
    headers = {"x-amz-acl": "private", "x-amz-meta-a": "1", "authorization": "any"}
    found = given("s3", "PutObject", headers, b"content", {"x-amz-storage-class": ["STANDARD"]})
    assert found == {"ACL": "private", "StorageClass": "STANDARD", "Body": b"content"}
    body = json.dumps({"MaximumRetryAttempts": 2, "New": True}).encode()
    found = given("lambda", "UpdateEventSourceMapping", {}, body, {})
    assert found == {"MaximumRetryAttempts": 2, "New": True}
    form = b"Action=Subscribe&TopicArn=t&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=%7B%7D"
    assert given("sns", "Subscribe", FORM, form, {}) == {
        "TopicArn": "t",
        "Attributes": {"FilterPolicy": "{}"},
    }
    form = b"Action=PublishBatch&PublishBatchRequestEntries.member.1.MessageGroupId=g"
    found = given("sns", "PublishBatch", FORM, form, {})
    assert found == {"PublishBatchRequestEntries": [{"MessageGroupId": "g"}]}


REFUSED = [
    ("s3", "PutObject", {"x-amz-object-lock-mode": "GOVERNANCE"}, b"", "ObjectLockMode"),
    ("s3", "PutObject", {"x-amz-server-side-encryption-aws-kms-key-id": "k"}, b"", "SSEKMSKeyId k"),
    ("s3", "PutObject", {"x-amz-acl": "public-read"}, b"", "ACL public-read"),
    ("s3", "PutObject", {"x-amz-storage-class": "GLACIER"}, b"", "StorageClass GLACIER"),
    ("s3", "CreateBucket", {"x-amz-bucket-object-lock-enabled": "true"}, b"", "ObjectLockEnabledForBucket"),
    ("s3", "CreateBucket", {}, b"<A><Bucket><Type>Directory</Type></Bucket></A>", "Bucket"),
    ("s3", "PutBucketEncryption", {}, b"<KMSMasterKeyID>k</KMSMasterKeyID>", "KMSMasterKeyID k"),
    ("s3", "PutBucketReplication", {}, b"<any/>", None),
    ("s3", "PutObjectLockConfiguration", {}, b"<any/>", None),
    ("sqs", "CreateQueue", {}, b'{"Attributes": {"FifoQueue": "true"}}', "Attributes.FifoQueue"),
    ("sqs", "SendMessage", {}, b'{"MessageGroupId": "g"}', "MessageGroupId"),
    ("sqs", "SendMessageBatch", {}, b'{"Entries": [{"MessageGroupId": "g"}]}', "Entries.MessageGroupId"),
    ("sqs", "StartMessageMoveTask", {}, b"{}", None),
    ("sns", "Subscribe", FORM, b"Action=S&Protocol=sms", "Protocol sms"),
    (
        "sns",
        "Subscribe",
        FORM,
        b"Action=S&Protocol=sqs&Attributes.entry.1.key=RedrivePolicy&Attributes.entry.1.value=x",
        "Attributes.RedrivePolicy",
    ),
    (
        "sns",
        "SetTopicAttributes",
        FORM,
        b"Action=S&AttributeName=KmsMasterKeyId&AttributeValue=mine",
        "Attributes.KmsMasterKeyId mine",
    ),
    ("ecr", "CreateRepository", {}, KEYED, "encryptionConfiguration.kmsKey"),
    ("ecr", "BatchDeleteImage", {}, TAGGED, "imageIds.imageTag without imageDigest"),
    ("ecr", "StartImageScan", {}, b"{}", None),
    ("lambda", "Invoke", {"x-amz-tenant-id": "t"}, b"", "TenantId"),
    ("lambda", "CreateFunction", {}, b'{"SnapStart": {"ApplyOn": "PublishedVersions"}}', "SnapStart"),
    ("lambda", "CreateFunctionUrlConfig", {}, b"{}", None),
    ("iam", "CreateUser", FORM, b"Action=CreateUser&UserName=u", None),
    ("iam", "ListRoles", FORM, b"Action=ListRoles&MaxItems=1", "MaxItems"),
    ("sts", "AssumeRole", FORM, b"Action=AssumeRole&Policy=%7B%7D", "Policy"),
    ("logs", "CreateLogGroup", {}, b'{"kmsKeyId": "k"}', "kmsKeyId"),
    ("logs", "FilterLogEvents", {}, b'{"filterPattern": "{ $.a = 1 }"}', "filterPattern { $.a = 1 }"),
    ("events", "PutEvents", {}, b'{"EndpointId": "e"}', "EndpointId"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "headers", "body", "field"), REFUSED)
def test_what_the_base_would_ignore_is_refused_by_name(
    service: str, operation: str, headers: dict[str, str], body: bytes, field: str | None
) -> None:
    expected = f"{service}:{operation}" + (f" {field}" if field else "")
    assert gate.refused(service, operation, body, headers) == expected


EMPTY = [
    ("s3", "CreateBucket", {"x-amz-acl": "private", "x-amz-bucket-object-lock-enabled": "false"}, b""),
    ("sqs", "CreateQueue", {}, b'{"Attributes": {"FifoQueue": "false", "KmsMasterKeyId": "alias/aws/sqs"}}'),
    ("lambda", "CreateFunction", {}, b'{"KMSKeyArn": "", "VpcConfig": {"SubnetIds": []}}'),
    ("lambda", "CreateFunction", {}, b'{"SnapStart": {"ApplyOn": "None"}}'),
    ("iam", "ListPolicies", FORM, b"Action=ListPolicies&OnlyAttached=false"),
    ("logs", "CreateLogGroup", {}, b'{"deletionProtectionEnabled": false}'),
]


@pytest.mark.parametrize(("service", "operation", "headers", "body"), EMPTY)
def test_what_says_nothing_may_be_said(
    service: str, operation: str, headers: dict[str, str], body: bytes
) -> None:
    assert gate.refused(service, operation, body, headers) is None


@pytest.mark.parametrize(
    ("method", "path", "headers", "query", "expected"),
    [
        ("PUT", "/b/k", {}, {}, "PutObject"),
        ("PUT", "/b/k", {"x-amz-copy-source": "b/o"}, {}, "CopyObject"),
        ("PUT", "/b/k", {}, {"partNumber": ["1"], "uploadId": ["u"]}, "UploadPart"),
        (
            "PUT",
            "/b/k",
            {"x-amz-copy-source": "b/o"},
            {"partNumber": ["1"], "uploadId": ["u"]},
            "UploadPartCopy",
        ),
        ("PUT", "/b", {}, {"lifecycle": [""]}, "PutBucketLifecycleConfiguration"),
        ("GET", "/b", {}, {"notification": [""]}, "GetBucketNotificationConfiguration"),
        ("GET", "/b", {}, {"list-type": ["2"], "prefix": ["p"]}, "ListObjectsV2"),
        ("GET", "/b", {}, {"prefix": ["p"]}, "ListObjects"),
        ("GET", "/", {}, {}, "ListBuckets"),
        ("HEAD", "/b/a/k", {}, {"versionId": ["v"]}, "HeadObject"),
        ("POST", "/b", {}, {"delete": [""]}, "DeleteObjects"),
        ("POST", "/b", {}, {}, "POST /b"),
    ],
)
def test_an_operation_of_s3_is_named_by_its_path(
    method: str, path: str, headers: dict[str, str], query: dict[str, list[str]], expected: str
) -> None:
    assert operation_name("s3", method, path, headers, b"", query) == expected
