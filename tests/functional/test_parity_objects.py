"""S3 as programs use it, on the sandbox or on AWS: objects, parts, versions, and what buckets say."""

from __future__ import annotations

import io
import urllib.request
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from cloud_support import Cloud, code

MIB = 1024 * 1024


@pytest.mark.parity(
    "s3:PutObject", "s3:GetObject", "s3:HeadObject", "s3:GetObjectAttributes", "s3:GetObjectAcl"
)
def test_an_object_comes_back_as_it_was_put(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    put = s3.put_object(
        Bucket=bucket, Key="a b+c/ü.csv", Body=b"1,2\n3,4\n", ContentType="text/csv", Metadata={"run": "7"}
    )
    got = s3.get_object(Bucket=bucket, Key="a b+c/ü.csv", Range="bytes=4-6", IfMatch=put["ETag"])
    assert (got["Body"].read(), got["ContentRange"]) == (b"3,4", "bytes 4-6/8")
    head = s3.head_object(Bucket=bucket, Key="a b+c/ü.csv", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (8, "text/csv", {"run": "7"})
    told = s3.get_object_attributes(Bucket=bucket, Key="a b+c/ü.csv", ObjectAttributes=["ETag", "ObjectSize"])
    assert (f'"{told["ETag"]}"', told["ObjectSize"]) == (put["ETag"], 8)
    grants = s3.get_object_acl(Bucket=bucket, Key="a b+c/ü.csv")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]
    assert code(s3.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert code(s3.head_object, Bucket=bucket, Key="none") == "404"
    assert code(s3.get_object, Bucket=bucket, Key="a b+c/ü.csv", IfMatch='"other"') == "PreconditionFailed"
    assert code(s3.put_object, Bucket=bucket, Key="a b+c/ü.csv", IfNoneMatch="*") == "PreconditionFailed"
    assert code(s3.get_object, Bucket=bucket, Key="a b+c/ü.csv", Range="bytes=9-") == "InvalidRange"


@pytest.mark.parity(
    "s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload", "s3:AbortMultipartUpload",
    "s3:ListParts", "s3:ListMultipartUploads", "s3:UploadPartCopy",
)  # fmt: skip
def test_parts_become_an_object_or_nothing(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    content = bytes(range(256)) * (6 * MIB // 256)
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(content), bucket, "whole", Config=parts)
    s3.copy({"Bucket": bucket, "Key": "whole"}, bucket, "copied", Config=parts)
    back = io.BytesIO()
    s3.download_fileobj(bucket, "copied", back, Config=parts)
    assert back.getvalue() == content
    assert s3.head_object(Bucket=bucket, Key="copied")["ETag"].endswith('-2"')
    given: dict[str, Any] = {"Bucket": bucket, "Key": "given-up"}
    upload = s3.create_multipart_upload(**given)["UploadId"]
    s3.upload_part(**given, UploadId=upload, PartNumber=3, Body=b"x" * 10)
    listed = s3.list_parts(**given, UploadId=upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(3, 10)]
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["given-up"]
    s3.abort_multipart_upload(**given, UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert code(s3.list_parts, **given, UploadId=upload) == "NoSuchUpload"


@pytest.mark.parity("s3:CopyObject", "s3:PutObjectTagging", "s3:GetObjectTagging", "s3:DeleteObjectTagging")
def test_a_copy_keeps_or_changes_what_it_is_told(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    s3.put_object(Bucket=bucket, Key="from", Body=b"same", Metadata={"a": "1"}, Tagging="kind=first")
    source = {"Bucket": bucket, "Key": "from"}
    s3.copy_object(Bucket=bucket, Key="to", CopySource=source)
    kept = s3.get_object(Bucket=bucket, Key="to")
    assert (kept["Body"].read(), kept["Metadata"]) == (b"same", {"a": "1"})
    assert _tags(s3, bucket, "to") == {"kind": "first"}
    s3.copy_object(
        Bucket=bucket, Key="to", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"}
    )
    assert s3.head_object(Bucket=bucket, Key="to")["Metadata"] == {"b": "2"}
    s3.put_object_tagging(Bucket=bucket, Key="to", Tagging={"TagSet": [{"Key": "kind", "Value": "second"}]})
    assert _tags(s3, bucket, "to") == {"kind": "second"}
    s3.delete_object_tagging(Bucket=bucket, Key="to")
    assert _tags(s3, bucket, "to") == {}
    assert code(s3.copy_object, Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "none"}) == (
        "NoSuchKey"
    )


def _tags(s3: Any, bucket: str, key: str) -> dict[str, str]:
    found = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


@pytest.mark.parity("s3:ListObjectVersions", "s3:DeleteObject", "s3:DeleteObjects", "s3:PutBucketVersioning")
def test_versions_outlive_what_hides_them(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first, second = (
        s3.put_object(Bucket=bucket, Key="k", Body=body)["VersionId"] for body in (b"one", b"two2")
    )
    assert s3.delete_object(Bucket=bucket, Key="k")["DeleteMarker"] is True
    assert code(s3.get_object, Bucket=bucket, Key="k") == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"one"
    part = s3.get_object(
        Bucket=bucket, Key="k", VersionId=second, Range="bytes=1-2", ResponseContentType="text/x"
    )
    assert (part["Body"].read(), part["ContentRange"], part["ContentType"]) == (
        b"wo",
        "bytes 1-2/4",
        "text/x",
    )
    beyond = {"Bucket": bucket, "Key": "k", "VersionId": second, "Range": "bytes=4-"}
    assert code(s3.get_object, **beyond) == "InvalidRange"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [one["VersionId"] for one in listed["Versions"]] == [second, first]
    assert [one["IsLatest"] for one in listed["DeleteMarkers"]] == [True]
    every = [*listed["Versions"], *listed["DeleteMarkers"]]
    doomed = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in every]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})["Deleted"]
    assert {one["VersionId"] for one in deleted} == {one["VersionId"] for one in doomed}
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


@pytest.mark.parity(
    "s3:ListObjectsV2", "s3:ListObjects", "s3:ListBuckets", "s3:HeadBucket", "s3:CreateBucket"
)
def test_keys_are_listed_in_order_in_pages_and_in_folders(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    for key in ("b", "a/2", "a/1", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=3)
    rest = s3.list_objects_v2(Bucket=bucket, ContinuationToken=first["NextContinuationToken"])
    pages = [*first["Contents"], *rest["Contents"]]
    assert [one["Key"] for one in pages] == ["a/1", "a/2", "b", "c"]
    folders = s3.list_objects_v2(Bucket=bucket, Delimiter="/", StartAfter="a0")
    assert [one["Key"] for one in folders["Contents"]] == ["b", "c"]
    grouped = s3.list_objects(Bucket=bucket, Delimiter="/", Marker="")
    assert [one["Prefix"] for one in grouped["CommonPrefixes"]] == ["a/"]
    assert bucket in [one["Name"] for one in s3.list_buckets(Prefix=bucket)["Buckets"]]
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == cloud.region
    assert code(s3.head_bucket, Bucket=cloud.name()) == "404"
    assert code(s3.list_objects_v2, Bucket=cloud.name()) == "NoSuchBucket"
    assert code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"


@pytest.mark.parity("s3:GetObject", "s3:PutObject")
def test_a_presigned_address_reads_and_writes(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    with urllib.request.urlopen(urllib.request.Request(put, data=b"sent", method="PUT")) as answer:
        assert answer.status == 200
    get = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"sent"


# Terraform's provider reads each of these of every bucket.
ABSENT = {
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_bucket_tagging": "NoSuchTagSet",
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
}


@pytest.mark.parity(
    "s3:GetBucketAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCors", "s3:GetBucketLocation",
    "s3:GetBucketLogging", "s3:GetBucketReplication",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketWebsite", "s3:GetObjectLockConfiguration", "s3:GetBucketLifecycleConfiguration",
    "s3:GetBucketTagging", "s3:GetBucketPolicy", "s3:GetBucketNotificationConfiguration",
    "s3:GetBucketVersioning", "s3:GetBucketOwnershipControls", "s3:GetPublicAccessBlock",
    "s3:GetBucketEncryption",
)  # fmt: skip
def test_a_new_bucket_says_what_it_has_not(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    for call, expected in ABSENT.items():
        assert (call, code(getattr(s3, call), Bucket=bucket)) == (call, expected)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert [one["Permission"] for one in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL"]
    location = None if cloud.region == "us-east-1" else cloud.region
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == location
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert set(s3.get_bucket_notification_configuration(Bucket=bucket)) == {"ResponseMetadata"}
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


@pytest.mark.parity("s3:PutObject", "s3:HeadObject", "s3:PutBucketEncryption")
def test_the_accounts_key_for_s3_needs_no_name(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    assert s3.put_object(Bucket=bucket, Key="a", ServerSideEncryption="aws:kms")["ETag"]
    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [by_default]})
    s3.put_object(Bucket=bucket, Key="b")
    told = [s3.head_object(Bucket=bucket, Key=key)["ServerSideEncryption"] for key in ("a", "b")]
    assert told == ["aws:kms", "aws:kms"]


def test_a_bucket_of_another_owner_than_expected_is_denied(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    assert s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=cloud.account_id)["BucketRegion"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner=cloud.account_id)
    other = "1" * 12
    with pytest.raises(ClientError, match="AccessDenied") as denied:
        s3.delete_object(Bucket=bucket, Key="k", ExpectedBucketOwner=other)
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
