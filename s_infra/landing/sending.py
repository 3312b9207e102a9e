"""Sends a file that was looked over to S3: whole or not at all, and only onto what was there before."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code
from s_infra.landing.looking import changed
from s_infra.uploads import digests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

    from s_infra.landing.looking import Looked

PARALLEL = 6
CONTENT_TYPE = "text/csv"
# What the module's apply says of the files that it lands: the whole file's SHA-256, in hexadecimal.
DIGEST = "sha256"
REFUSED = ("PreconditionFailed", "ConditionalRequestConflict")
DIFFERENT = ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "IncompleteBody")
# Somebody who lands the same file has completed the upload, or sent other parts under it.
GONE = ("NoSuchUpload", "InvalidPart", "404")
DENIED = ("AccessDenied", "403")


class TakenError(Exception):
    """Somebody else wrote the object in the meantime."""


@dataclass(frozen=True)
class Present:
    """An object's current version; `checksum` is S3's own, `sha256` what apply says of it."""

    version_id: str | None
    etag: str
    size: int
    checksum: str | None
    sha256: str | None

    def holds(self, looked: Looked) -> bool:
        """Return whether the file's content is the object's."""
        if self.checksum == looked.checksum:
            return True
        return self.sha256 is not None and self.size == looked.size and self.sha256 == looked.sha256()


@dataclass(frozen=True)
class Place:
    """An object to be, and the account that its bucket must belong to, None for whomever's."""

    bucket: str
    key: str
    owner: str | None

    @property
    def owned(self) -> dict[str, str]:
        """The bucket, as parameters of the API."""
        owner = {} if self.owner is None else {"ExpectedBucketOwner": self.owner}
        return {"Bucket": self.bucket, **owner}

    @property
    def named(self) -> dict[str, str]:
        """The object, as parameters of the API."""
        return {**self.owned, "Key": self.key}


def present(s3: Any, place: Place) -> Present | None:
    """Return the object's current version, or None if there is none."""
    try:
        found = s3.head_object(**place.named, ChecksumMode="ENABLED")
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    return Present(
        found.get("VersionId"),
        found["ETag"],
        found["ContentLength"],
        found.get("ChecksumSHA256"),
        found["Metadata"].get(DIGEST),
    )


def keeps_versions(s3: Any, place: Place) -> bool:
    """Return whether what is written to the bucket becomes a version; True if it mayn't be asked."""
    try:
        return bool(s3.get_bucket_versioning(**place.owned).get("Status") == "Enabled")
    except ClientError as error:
        if error_code(error) in DENIED:
            return True
        raise


def send(
    s3: Any, looked: Looked, place: Place, before: Present | None, tell: Callable[[str], None]
) -> str | None:
    """Write the file as the object's next version and return that version's id.

    S3 compares what arrives with the digests that were taken when the file was looked over. Parts that an
    interrupted attempt has sent, from whatever machine, aren't sent again. `tell` hears how far it is.

    Raises:
        TakenError: the object isn't what it was `before`.
        SInfraError: the file isn't what was looked over.
    """
    condition = {"IfNoneMatch": "*"} if before is None else {"IfMatch": before.etag}
    if len(looked.parts) > 1:
        return _version(_in_parts(s3, looked, place, condition, tell))
    try:
        with looked.path.open("rb") as stream:
            stored = s3.put_object(
                **place.named,
                Body=stream,
                ContentLength=looked.size,
                ContentType=CONTENT_TYPE,
                ChecksumSHA256=looked.checksum,
                **condition,
            )
    except ClientError as error:
        raise _meant(error, looked) from error
    return _version(stored)


def _in_parts(
    s3: Any,
    looked: Looked,
    place: Place,
    condition: Mapping[str, str],
    tell: Callable[[str], None],
) -> Mapping[str, Any]:
    upload, etags = _begun(s3, looked, place)
    tell(f"sending {looked.path} ({looked.size / 1e6:.0f} MB)")
    if etags:
        tell(f"{len(etags)} of its {len(looked.parts)} parts came with an earlier attempt")
    if upload is None:
        begun = s3.create_multipart_upload(
            **place.named, ContentType=CONTENT_TYPE, ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
        )
        upload = str(begun["UploadId"])
    named = {**place.named, "UploadId": upload}
    try:
        listed = _parts(s3, looked, named, etags, tell)
        return dict(s3.complete_multipart_upload(**named, MultipartUpload={"Parts": listed}, **condition))
    except ClientError as error:
        # What the network or expired credentials interrupt stays, for the next attempt to take up.
        meant = _meant(error, looked)
        if meant is not error and error_code(error) not in GONE:
            s3.abort_multipart_upload(**named)
        raise meant from error


def _parts(
    s3: Any,
    looked: Looked,
    named: Mapping[str, str],
    etags: Mapping[int, str],
    tell: Callable[[str], None],
) -> list[dict[str, Any]]:
    with looked.path.open("rb") as file, ThreadPoolExecutor(PARALLEL) as pool:

        def part(number: int) -> dict[str, Any]:
            digest = digests.encoded(looked.parts[number - 1])
            etag = etags.get(number)
            if etag is None:
                block = os.pread(file.fileno(), looked.part_size, (number - 1) * looked.part_size)
                sent = s3.upload_part(**named, PartNumber=number, Body=block, ChecksumSHA256=digest)
                etag = sent["ETag"]
            return {"PartNumber": number, "ETag": etag, "ChecksumSHA256": digest}

        running = [pool.submit(part, number) for number in range(1, len(looked.parts) + 1)]
        try:
            return list(_told(running, tell))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _told(running: list[Future[dict[str, Any]]], tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Yield what each part's sending gives, and tell of every tenth of them."""
    for number, one in enumerate(running, start=1):
        yield one.result()
        if (tenths := 10 * number // len(running)) > 10 * (number - 1) // len(running):
            tell(f"{10 * tenths} % are there")


def _begun(s3: Any, looked: Looked, place: Place) -> tuple[str | None, dict[int, str]]:
    """Return an upload of this very file that was begun and not completed, and the ETags of its parts.

    It is one whose every part, of at least one, is this file's: another file's isn't touched.
    """
    try:
        listed = s3.list_multipart_uploads(**place.owned, Prefix=place.key).get("Uploads", ())
        for one in sorted(listed, key=lambda found: found["Initiated"], reverse=True):
            if one["Key"] != place.key:
                continue
            pages = s3.get_paginator("list_parts").paginate(**place.named, UploadId=one["UploadId"])
            parts = [part for page in pages for part in page.get("Parts", ())]
            if parts and all(_is_of(looked, part) for part in parts):
                return str(one["UploadId"]), {part["PartNumber"]: part["ETag"] for part in parts}
    except ClientError as error:
        # Whoever mayn't list what was begun sends everything.
        if error_code(error) not in (*DENIED, *GONE):
            raise
    return None, {}


def _is_of(looked: Looked, part: Mapping[str, Any]) -> bool:
    number = part["PartNumber"]
    return number <= len(looked.parts) and part.get("ChecksumSHA256") == digests.encoded(
        looked.parts[number - 1]
    )


def _meant(error: ClientError, looked: Looked) -> Exception:
    """Return what a refusal says of this landing, or the refusal itself."""
    code = error_code(error)
    if code in REFUSED or code in GONE:
        return TakenError()
    return changed(looked.path) if code in DIFFERENT else error


def _version(stored: Mapping[str, Any]) -> str | None:
    version = stored.get("VersionId")
    return str(version) if version else None
