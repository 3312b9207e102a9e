"""ItemReader: a distributed Map's items from S3."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from s_infra.sandbox.services.stepfunctions.errors import ITEM_READER_FAILED, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from s_infra.sandbox.services.stepfunctions.visit import Visit

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read(visit: Visit) -> list[Any]:
    """Return the items. Raises StateError `States.ItemReaderFailed` when they can't be read."""
    reader = visit.language.part(visit, "ItemReader")
    config = reader.get("ReaderConfig", {})
    try:
        found = _items(visit.client_of("s3"), reader, config)
        return list(itertools.islice(found, config.get("MaxItems") or None))
    except (ClientError, BotoCoreError, ParamValidationError, ValueError, csv.Error, OSError) as error:
        raise StateError(ITEM_READER_FAILED, str(error)) from error


def _items(s3: Any, reader: Mapping[str, Any], config: Mapping[str, Any]) -> Iterable[Any]:
    arguments = reader.get("Arguments", {})
    if reader["Resource"] == LIST:
        return _listed(s3, arguments)
    return READERS[config["InputType"]](s3, s3.get_object(**arguments)["Body"].read(), config)


def _listed(s3: Any, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(**arguments):
        for entry in page.get("Contents", ()):
            yield {
                "Etag": entry["ETag"],
                "Key": entry["Key"],
                "LastModified": int(entry["LastModified"].timestamp()),
                "Size": entry["Size"],
                "StorageClass": entry.get("StorageClass", "STANDARD"),
            }


def _csv(_: Any, body: bytes, config: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    # A field may hold line breaks, so the text isn't cut into lines before.
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    rows = csv.reader(text, delimiter=DELIMITERS[config.get("CSVDelimiter", "COMMA")])
    names = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else next(rows, [])
    for row in rows:
        if row:
            # More values than names are left out; missing ones are empty.
            yield dict(itertools.zip_longest(names, row[: len(names)], fillvalue=""))


def _json(_: Any, body: bytes, config: Mapping[str, Any]) -> list[Any]:
    found = json.loads(body)
    for part in str(config.get("ItemsPointer", "")).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise ValueError("Attempting to map over non-iterable node.")  # noqa: TRY004 - becomes a StateError
    return found


def _json_lines(_: Any, body: bytes, __: Mapping[str, Any]) -> Iterator[Any]:
    return (json.loads(line) for line in body.decode().split("\n") if line.strip())


def _inventory(s3: Any, body: bytes, _: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    manifest = json.loads(body)
    if manifest.get("fileFormat") != "CSV":
        raise ValueError(f"An S3 inventory in {manifest.get('fileFormat')} can't be read")
    names = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = manifest["destinationBucket"].rpartition(":")[2]
    for file in manifest["files"]:
        content = gzip.decompress(s3.get_object(Bucket=bucket, Key=file["key"])["Body"].read())
        for row in csv.reader(io.StringIO(content.decode(), newline="")):
            item = dict(zip(names, row, strict=False))
            yield {**item, "Key": unquote_plus(item["Key"])}


READERS: Mapping[str, Callable[[Any, bytes, Mapping[str, Any]], Iterable[Any]]] = {
    "CSV": _csv,
    "JSON": _json,
    "JSONL": _json_lines,
    "MANIFEST": _inventory,
}
