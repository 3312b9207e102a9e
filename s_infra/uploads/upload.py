"""Makes a prefix of a bucket hold what a folder holds; what is there already isn't sent."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra import aws
from s_infra.errors import SInfraError
from s_infra.text import counted
from s_infra.uploads import digests, large, plan, small, state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from s_infra.uploads.plan import Local, Target
    from s_infra.uploads.small import Sent
    from s_infra.uploads.state import State

ASKING = 8
DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class Options:
    """`owner`: the account that the bucket must belong to; `kms_key`: id or ARN, None: the bucket's default.

    `delete`: objects without a file go; with `preview` nothing is sent or deleted.
    """

    owner: str | None = None
    kms_key: str | None = None
    delete: bool = False
    preview: bool = False

    @property
    def encryption(self) -> dict[str, str]:
        """As parameters of the API."""
        if self.kms_key is None:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key}

    @property
    def headers(self) -> dict[str, str]:
        """As headers of a request."""
        found = {} if self.owner is None else {"x-amz-expected-bucket-owner": self.owner}
        if self.kms_key is not None:
            found["x-amz-server-side-encryption"] = "aws:kms"
            found["x-amz-server-side-encryption-aws-kms-key-id"] = self.kms_key
        return found


@dataclass(frozen=True)
class Result:
    """What was done, or with a preview what would be: keys, and bytes that were sent."""

    uploaded: tuple[str, ...]
    unchanged: int
    deleted: tuple[str, ...]
    size: int
    parts_taken_up: int


@dataclass
class _Upload:
    session: Any
    s3: Any
    target: Target
    options: Options
    state: State
    parts_taken_up: int = 0
    confirmed: list[Sent] = field(default_factory=list)

    @property
    def owned(self) -> dict[str, str]:
        """The bucket, and whose it must be."""
        owner = {} if self.options.owner is None else {"ExpectedBucketOwner": self.options.owner}
        return {"Bucket": self.target.bucket, **owner}

    def present(self) -> dict[str, tuple[int, str]]:
        """Return size and ETag of what lies under the prefix, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(**self.owned, Prefix=self.target.prefix)
        return {one["Key"]: (one["Size"], one["ETag"]) for page in pages for one in page.get("Contents", ())}

    def differing(
        self, files: Iterable[Local], present: dict[str, tuple[int, str]], folder: Path
    ) -> list[Local]:
        """Return the files whose object is absent or has another content."""
        known_files = self.state.files(str(folder))
        known_objects = self.state.objects(self.target.prefix)
        same_size = [one for one in files if present.get(one.key, (-1, ""))[0] == one.stat.size]
        asked = [one for one in same_size if known_objects.get(one.key, ("", ""))[0] != present[one.key][1]]
        with ThreadPoolExecutor(ASKING) as pool:
            found = dict(zip((one.key for one in asked), pool.map(self._checksum, asked), strict=True))
        self.state.keep_objects((key, etag, checksum) for key, (etag, checksum) in found.items() if checksum)
        found = {**known_objects, **found}
        equal, taken = set(), {}
        for one in same_size:
            if not (theirs := found[one.key][1]):
                continue
            known = known_files.get(str(one.path))
            if known is not None and known[0] == one.stat:
                ours = known[1]
            else:
                ours = digests.of_file(one.path)
                taken[str(one.path)] = (one.stat, ours)
            if ours == theirs:
                equal.add(one.key)
        self.state.keep_files(taken, time.time_ns())
        return [one for one in files if one.key not in equal]

    def _checksum(self, local: Local) -> tuple[str, str]:
        found = self.s3.head_object(**self.owned, Key=local.key, ChecksumMode="ENABLED")
        return found["ETag"], found.get("ChecksumSHA256", "")

    def send(self, files: list[Local], tell: Callable[[str], None]) -> None:
        """Send the files, each whole or not at all; what was confirmed is remembered whatever comes."""
        few = [one for one in files if one.stat.size <= digests.SMALLEST_PART]
        try:
            if few:
                tell(f"sending {counted(len(few), 'file')} of up to 16 MiB")
                small.Sender(self.session, self.s3, self.target.bucket, self.options.headers).send(
                    few, self.confirmed.append
                )
            for one in files:
                if one.stat.size > digests.SMALLEST_PART:
                    self._send_large(one, tell)
        except small.RefusedError as refused:
            raise _as_client_error(refused) from refused
        finally:
            self._keep()

    def _send_large(self, local: Local, tell: Callable[[str], None]) -> None:
        tell(f"sending {local.path} ({local.stat.size / 1e6:.0f} MB)")
        settings = {"ContentType": local.content_type, **self.options.encryption}
        try:
            sent, taken_up = large.send(self.s3, self.target.bucket, local, settings, self.state)
        except OSError as error:
            raise SInfraError(f"a file can't be read: {error.strerror}", which=str(local.path)) from error
        if taken_up:
            tell(f"{counted(taken_up, 'part')} came with an earlier attempt")
        self.parts_taken_up += taken_up
        self.confirmed.append(sent)

    def _keep(self) -> None:
        self.state.keep_objects((one.local.key, one.etag, one.checksum) for one in self.confirmed)
        files = {str(one.local.path): (one.local.stat, one.checksum) for one in self.confirmed}
        self.state.keep_files(files, time.time_ns())

    def delete(self, keys: list[str]) -> None:
        """Delete objects; where versions are kept, these stay."""
        for start in range(0, len(keys), DELETED_AT_ONCE):
            some = [{"Key": key} for key in keys[start : start + DELETED_AT_ONCE]]
            answer = self.s3.delete_objects(**self.owned, Delete={"Objects": some, "Quiet": True})
            for error in answer.get("Errors", ()):
                raise SInfraError(f"S3 doesn't delete an object: {error.get('Message')}", which=error["Key"])


def run(folder: Path, url: str, options: Options, session: Any, tell: Callable[[str], None]) -> Result:
    """Upload a folder to `s3://bucket/prefix`; `session` is a boto3 session.

    Raises:
        SInfraError: a file can't be read or changes meanwhile, or S3 refuses; no object is half written, and
            the next upload sends what is missing.
    """
    target = plan.target(url)
    folder = folder.resolve()
    files = plan.local_files(folder, target.prefix)
    s3 = aws.client("s3", session, aws.CHECKED_BY_CHECKSUM)
    endpoint = f"{s3.meta.endpoint_url} {target.bucket}"
    with aws.explained(f"s3://{target.bucket}/{target.prefix}"), state.opened(endpoint) as kept:
        upload = _Upload(session, s3, target, options, kept)
        present = upload.present()
        differing = upload.differing(files, present, folder)
        own = {one.key for one in files}
        gone = sorted(present.keys() - own) if options.delete else []
        if not options.preview:
            if differing:
                upload.send(differing, tell)
            if gone:
                upload.delete(gone)
    return Result(
        uploaded=tuple(one.key for one in differing),
        unchanged=len(files) - len(differing),
        deleted=tuple(gone),
        size=sum(one.stat.size for one in differing),
        parts_taken_up=upload.parts_taken_up,
    )


def _as_client_error(refused: small.RefusedError) -> ClientError:
    """Return the refusal as boto3 would have raised it, so that it is explained the same way."""
    return ClientError(
        {
            "Error": {"Code": refused.code, "Message": f"{refused.message} ({refused.local.key})"},
            "ResponseMetadata": {"HTTPStatusCode": refused.status},
        },
        "PutObject",
    )
