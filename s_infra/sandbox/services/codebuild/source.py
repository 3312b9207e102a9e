"""Fetches a build's source from S3 and lays it out, as the build's role."""

from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_BUILDSPEC = "buildspec.yml"


def fetch(s3: Any, source: Mapping[str, Any], folder: Path, scratch: Path) -> None:
    """Lay out a source in `folder`: a ZIP file's content, or what lies below a prefix that ends with `/`.

    Raises:
        SInfraError: the file is no ZIP file, or holds what can't be laid out.
        ClientError: it isn't there or mayn't be read.
    """
    folder.mkdir(parents=True)
    if source["type"] == "NO_SOURCE":
        return
    bucket, _, key = str(source["location"]).partition("/")
    if key.endswith("/"):
        _folder(s3, bucket, key, folder)
        return
    packed = scratch / "source.zip"
    with packed.open("wb") as file:
        s3.download_fileobj(bucket, key, file)
    try:
        with zipfile.ZipFile(packed) as archive:
            for entry in archive.infolist():
                _unpack(archive, entry, folder)
    except zipfile.BadZipFile as error:
        raise SInfraError(f"the source {bucket}/{key} is no ZIP file: {error}") from error
    finally:
        packed.unlink()


def _folder(s3: Any, bucket: str, prefix: str, folder: Path) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            relative = found["Key"].removeprefix(prefix)
            target = (folder / relative).resolve()
            if not relative or relative.endswith("/") or not target.is_relative_to(folder.resolve()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                s3.download_fileobj(bucket, found["Key"], file)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        raise SInfraError(f"s-infra sandbox: the link {entry.filename} in a source isn't carried out")
    place = archive.extract(entry, folder)
    if mode & 0o777 and not entry.is_dir():
        (folder / place).chmod(mode & 0o777)


def specification(source: Mapping[str, Any], folder: Path) -> str:
    """Return the text of the buildspec that a source that has been laid out holds.

    Raises:
        SInfraError: there is no such file.
    """
    name = source.get("buildspec") or DEFAULT_BUILDSPEC
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()) or not file.is_file():
        raise SInfraError(f"YAML_FILE_ERROR: stat {file}: no such file or directory")
    return file.read_text(encoding="utf-8")
