"""Sends a file in parts, several at a time; parts that arrived before a crash aren't sent again."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code
from s_infra.errors import SInfraError
from s_infra.uploads import digests
from s_infra.uploads.small import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.uploads.plan import Local
    from s_infra.uploads.state import State

PARALLEL = 6
GONE = ("NoSuchUpload", "404")


@dataclass(frozen=True)
class _Part:
    number: int
    digest: bytes
    etag: str
    taken_up: bool


def send(s3: Any, bucket: str, local: Local, settings: Mapping[str, str], state: State) -> tuple[Sent, int]:
    """Send one file; return what S3 knows it by, and how many parts of an earlier attempt were taken up.

    Raises:
        SInfraError: the file changed meanwhile (the upload is then given up), or can't be read.
        ClientError: S3 refuses a part; those before it are taken up by the next attempt.
    """
    named = {"Bucket": bucket, "Key": local.key}
    known = repr(sorted(settings.items()))
    upload, present = _taken_up(s3, named, state.begun(local.key, known))
    if upload is None:
        begun = s3.create_multipart_upload(
            **named, **settings, ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
        )
        upload = str(begun["UploadId"])
        state.begin(local.key, known, upload)
    named["UploadId"] = upload
    try:
        parts = _parts(s3, named, local, present)
    except SInfraError:
        s3.abort_multipart_upload(**named)
        state.end(local.key)
        raise
    listed = [
        {"PartNumber": part.number, "ETag": part.etag, "ChecksumSHA256": digests.encoded(part.digest)}
        for part in parts
    ]
    checksum = digests.composite(part.digest for part in parts)
    stored = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": listed})
    state.end(local.key)
    confirmed = stored.get("ChecksumSHA256")
    if confirmed is not None and confirmed != checksum:
        raise SInfraError(f"S3 has other bytes than were sent: {confirmed}, not {checksum}", which=local.key)
    return Sent(local, stored["ETag"], checksum), sum(part.taken_up for part in parts)


def _taken_up(
    s3: Any, named: Mapping[str, str], upload: str | None
) -> tuple[str | None, dict[int, tuple[str, str]]]:
    """Return the upload if S3 still has it, and ETag and checksum of its parts by number."""
    if upload is None:
        return None, {}
    present = {}
    try:
        for page in s3.get_paginator("list_parts").paginate(**named, UploadId=upload):
            for part in page.get("Parts", ()):
                if "ChecksumSHA256" in part:
                    present[part["PartNumber"]] = (part["ETag"], part["ChecksumSHA256"])
    except ClientError as error:
        if error_code(error) in GONE:
            return None, {}
        raise
    return upload, present


def _parts(
    s3: Any, named: Mapping[str, str], local: Local, present: Mapping[int, tuple[str, str]]
) -> list[_Part]:
    size = digests.part_size(local.stat.size)
    count = -(-local.stat.size // size)
    with local.path.open("rb") as file:

        def part(number: int) -> _Part:
            block = os.pread(file.fileno(), size, (number - 1) * size)
            digest = hashlib.sha256(block).digest()
            etag, checksum = present.get(number, ("", ""))
            if checksum == digests.encoded(digest):
                return _Part(number, digest, etag, taken_up=True)
            sent = s3.upload_part(
                **named, PartNumber=number, Body=block, ChecksumSHA256=digests.encoded(digest)
            )
            return _Part(number, digest, sent["ETag"], taken_up=False)

        with ThreadPoolExecutor(PARALLEL) as pool:
            running = [pool.submit(part, number) for number in range(1, count + 1)]
            try:
                parts = [one.result() for one in running]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        if digests.stat(file.fileno()) != local.stat or digests.stat(local.path) != local.stat:
            raise digests.changed(local.path)
    return parts
