"""What lies under an S3 prefix, and where each object of it goes."""

from __future__ import annotations

import json
import posixpath
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker.errors import JobError, SageMakerError
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from s_infra.sandbox.services.sagemaker.service import SageMaker

COPY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Object:
    """An object under a prefix; `relative` is its path below the prefix's last folder."""

    bucket: str
    key: str
    size: int
    relative: str

    @property
    def uri(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.key}"


def under(service: SageMaker, uri: str) -> list[Object]:
    """Return the objects whose keys begin with the address, in the order of their keys; [] without bucket."""
    from botocore.exceptions import ClientError

    bucket, prefix = split_s3_uri(uri)
    found = []
    try:
        for page in (
            service.base.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        ):
            found += [
                Object(bucket, entry["Key"], entry["Size"], relative(entry["Key"], prefix))
                for entry in page.get("Contents", ())
                # A console's "folder" is an empty object whose key ends so.
                if not entry["Key"].endswith("/")
            ]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
    return sorted(found, key=lambda one: one.key)


def of_source(service: SageMaker, source: Mapping[str, Any]) -> list[Object]:
    """Return the objects of an S3DataSource: under its prefix, or those that its manifest names.

    Raises:
        JobError: the manifest isn't one, or is gone.
    """
    if source["S3DataType"] == "S3Prefix":
        return under(service, source["S3Uri"])
    from botocore.exceptions import ClientError

    bucket, key = split_s3_uri(source["S3Uri"])
    try:
        body = service.base.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise JobError(f"ClientError: Data download failed: {source['S3Uri']}: {error}") from error
    return list(in_manifest(body, source["S3Uri"]))


def in_manifest(body: bytes, uri: str) -> Iterator[Object]:
    """Yield the objects of a manifest, `[{"prefix": "s3://bucket/some/"}, "a.csv", "deep/b.csv"]`.

    Raises:
        JobError: it has another shape.
    """
    try:
        head, *names = json.loads(body)
        bucket, prefix = split_s3_uri(head["prefix"])
    except (ValueError, TypeError, KeyError, SageMakerError) as error:
        raise JobError(
            f"ClientError: Data download failed: {uri} is not a valid manifest: {error}"
        ) from error
    for name in names:
        if not isinstance(name, str):
            raise JobError(f"ClientError: Data download failed: {uri} names {name!r}, which is no key")
        yield Object(bucket, prefix + name, 0, name)


def relative(key: str, prefix: str) -> str:
    """Return where an object goes below its folder: the key without the prefix, cut at a slash.

    `train/` and `train` both give `a.csv` for `train/a.csv`; for the prefix `train/a` it is `a.csv`, too.
    """
    if key == prefix:
        return posixpath.basename(key)
    if not prefix or prefix.endswith("/"):
        return key.removeprefix(prefix)
    if key.startswith(f"{prefix}/"):
        return key.removeprefix(f"{prefix}/")
    return key.removeprefix(prefix[: prefix.rfind("/") + 1])


def exists(service: SageMaker, uri: str) -> bool:
    """Return whether there is an object at exactly this address."""
    from botocore.exceptions import ClientError

    bucket, key = split_s3_uri(uri)
    try:
        service.base.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True


def download(service: SageMaker, one: Object, folder: Path) -> Path:
    """Write an object below `folder` and return its path.

    Raises:
        JobError: its key would lead out of the folder, or it is gone.
    """
    from botocore.exceptions import ClientError

    target = folder / one.relative
    if not target.resolve().is_relative_to(folder.resolve()):
        raise JobError(f"ClientError: Data download failed: the key {one.key!r} leads out of its channel")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        body = service.base.client("s3").get_object(Bucket=one.bucket, Key=one.key)["Body"]
    except ClientError as error:
        raise JobError(f"ClientError: Data download failed: {one.uri}: {error}") from error
    with body, target.open("wb") as file:
        shutil.copyfileobj(body, file, COPY_BYTES)
    return target


def upload(service: SageMaker, path: Path, uri: str, key_id: str | None = None) -> None:
    """Store a file at an address, encrypted with the key if one is named.

    Raises:
        JobError: S3 doesn't take it.
    """
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    bucket, key = split_s3_uri(uri)
    extra: dict[str, Any] = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}
    try:
        service.base.client("s3").upload_file(str(path), bucket, key, ExtraArgs=extra)
    except (ClientError, S3UploadFailedError) as error:
        raise JobError(f"ClientError: Artifact upload failed: {uri}: {error}") from error
