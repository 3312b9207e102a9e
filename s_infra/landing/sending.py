"""Sends a file that was looked over to S3: whole or not at all, and only onto what was there before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code
from s_infra.landing.looking import changed

if TYPE_CHECKING:
    from s_infra.landing.looking import Looked

PARALLEL = 8
CONTENT_TYPE = "text/csv"
# The object's own metadata: a part of the identity by which a landing is known again.
DIGEST = "sha256"
REFUSED = ("PreconditionFailed", "ConditionalRequestConflict")
DIFFERENT = ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "IncompleteBody")


class TakenError(Exception):
    """Somebody else wrote the object in the meantime."""


@dataclass(frozen=True)
class Present:
    """The version of an object that is the current one."""

    version_id: str | None
    etag: str
    sha256: str | None


def present(s3: Any, bucket: str, key: str) -> Present | None:
    """Return the object's current version, or None if there is none."""
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    return Present(found.get("VersionId"), found["ETag"], found["Metadata"].get(DIGEST))


def send(s3: Any, looked: Looked, bucket: str, key: str, before: Present | None) -> str | None:
    """Write the file as the object's next version and return that version's id.

    S3 compares what arrives with the digests that were taken when the file was looked over.

    Raises:
        TakenError: the object isn't what it was `before`.
        SInfraError: the file isn't what was looked over.
    """
    condition = {"IfNoneMatch": "*"} if before is None else {"IfMatch": before.etag}
    try:
        if len(looked.parts) == 1:
            with looked.path.open("rb") as stream:
                stored = s3.put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=stream,
                    ContentLength=looked.size,
                    ContentType=CONTENT_TYPE,
                    ChecksumSHA256=looked.checksum,
                    Metadata={DIGEST: looked.sha256},
                    **condition,
                )
        else:
            stored = _in_parts(s3, looked, bucket, key, condition)
    except ClientError as error:
        if error_code(error) in REFUSED:
            raise TakenError from error
        if error_code(error) in DIFFERENT:
            raise changed(looked.path) from error
        raise
    version = stored.get("VersionId")
    return str(version) if version else None


def _in_parts(s3: Any, looked: Looked, bucket: str, key: str, condition: dict[str, str]) -> dict[str, Any]:
    begun = s3.create_multipart_upload(
        Bucket=bucket,
        Key=key,
        ContentType=CONTENT_TYPE,
        ChecksumAlgorithm="SHA256",
        ChecksumType="COMPOSITE",
        Metadata={DIGEST: looked.sha256},
    )
    upload = {"Bucket": bucket, "Key": key, "UploadId": begun["UploadId"]}

    def part(number: int) -> dict[str, Any]:
        with looked.path.open("rb") as stream:
            stream.seek((number - 1) * looked.part_size)
            block = stream.read(looked.part_size)
        digest = looked.parts[number - 1]
        sent = s3.upload_part(**upload, PartNumber=number, Body=block, ChecksumSHA256=digest)
        return {"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": digest}

    done = False
    try:
        with ThreadPoolExecutor(PARALLEL) as pool:
            running = [pool.submit(part, number) for number in range(1, len(looked.parts) + 1)]
            try:
                parts = [one.result() for one in running]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        stored = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **condition)
        done = True
    finally:
        if not done:
            s3.abort_multipart_upload(**upload)
    return dict(stored)
