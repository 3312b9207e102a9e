"""S3: values that the base would store, and nothing follow from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Without access control lists, as buckets are made since 2023, these two say nothing new.
ACLS = ("private", "bucket-owner-full-control")
# The classes that are read at once; one that must be restored first has no use here.
STORAGE_CLASSES = ("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING")
ENCRYPTIONS = ("AES256", "aws:kms")


def _object(given: Mapping[str, Any]) -> str | None:
    for field, carried in (
        ("ACL", ACLS),
        ("StorageClass", STORAGE_CLASSES),
        ("ServerSideEncryption", ENCRYPTIONS),
    ):
        if given.get(field) and given[field] not in carried:
            return f"{field} {given[field]}"
    # There are no keys of one's own, so none but AWS's can be named.
    key = given.get("SSEKMSKeyId", "")
    return f"SSEKMSKeyId {key}" if key and "alias/aws/" not in key else None


def _bucket(given: Mapping[str, Any]) -> str | None:
    if given.get("ACL", ACLS[0]) not in ACLS:
        return f"ACL {given['ACL']}"
    return _element(given.get("CreateBucketConfiguration", b""), "Bucket", "Location")


def _encryption(given: Mapping[str, Any]) -> str | None:
    body = given.get("ServerSideEncryptionConfiguration", b"")
    if (key := re.search(rb"KMSMasterKeyID>\s*([^<\s]+)", body)) and b"alias/aws/" not in key[1]:
        return f"KMSMasterKeyID {key[1].decode(errors='replace')}"
    return _element(body, "BlockedEncryptionTypes")


def _versioning(given: Mapping[str, Any]) -> str | None:
    enabled = re.search(rb"<MfaDelete>\s*Enabled", given.get("VersioningConfiguration", b""))
    return "VersioningConfiguration.MFADelete" if enabled else None


def _read(given: Mapping[str, Any]) -> str | None:
    return "PartNumber with VersionId" if {"PartNumber", "VersionId"} <= given.keys() else None


def _element(body: bytes, *names: str) -> str | None:
    return next((name for name in names if re.search(rf"<(\w+:)?{name}[\s>]".encode(), body)), None)


CHECKS = {
    "CopyObject": _object,
    "CreateBucket": _bucket,
    "CreateMultipartUpload": _object,
    "GetObject": _read,
    "HeadObject": _read,
    "PutBucketEncryption": _encryption,
    "PutBucketVersioning": _versioning,
    "PutObject": _object,
}
