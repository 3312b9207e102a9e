"""Tables and partitions as the crawler writes them into the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.classify.types import spelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s_infra.sandbox.services.glue.classify import Kind
    from s_infra.sandbox.services.glue.grouping import Group, Object

HIVE = "org.apache.hadoop.hive"
TEXT = ("org.apache.hadoop.mapred.TextInputFormat", f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat")
PARQUET = (
    f"{HIVE}.ql.io.parquet.MapredParquetInputFormat",
    f"{HIVE}.ql.io.parquet.MapredParquetOutputFormat",
)
VERSIONS = {"CrawlerSchemaDeserializerVersion": "1.0", "CrawlerSchemaSerializerVersion": "1.0"}


def table(
    name: str, group: Group, location: str, crawler: str, run: str, keys: Sequence[str]
) -> dict[str, Any]:
    """Return a TableInput for a group of objects."""
    kind = group.kind
    own = {**VERSIONS, "UPDATED_BY_CRAWLER": crawler, "CRAWL_RUN_ID": run}
    parameters = {**own, **_parameters(kind, group.objects)}
    if keys:
        parameters["partition_filtering.enabled"] = "true"
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "StorageDescriptor": {**_descriptor(kind, location), "Parameters": dict(parameters)},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
    }


def partition(values: Sequence[str], kind: Kind, objects: Sequence[Object], location: str) -> dict[str, Any]:
    """Return a PartitionInput for the objects of one folder."""
    parameters = {**VERSIONS, **_parameters(kind, objects)}
    return {
        "Values": list(values),
        "StorageDescriptor": {**_descriptor(kind, location), "Parameters": parameters},
        "Parameters": {},
    }


def _descriptor(kind: Kind, location: str) -> dict[str, Any]:
    formats = PARQUET if kind.classification == "parquet" else TEXT
    return {
        "Columns": [{"Name": column.name, "Type": spelt(column.type)} for column in kind.columns],
        "Location": location,
        "InputFormat": formats[0],
        "OutputFormat": formats[1],
        "Compressed": kind.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": _serde(kind),
        "BucketColumns": [],
        "SortColumns": [],
        "StoredAsSubDirectories": False,
    }


def _serde(kind: Kind) -> dict[str, Any]:
    if kind.classification == "parquet":
        library = f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe"
        return {"SerializationLibrary": library, "Parameters": {"serialization.format": "1"}}
    if kind.classification == "json":
        paths = {"paths": ",".join(sorted(kind.paths))}
        return {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe", "Parameters": paths}
    given = {"field.delim": kind.delimiter} if kind.delimiter else {}
    return {"SerializationLibrary": f"{HIVE}.serde2.lazy.LazySimpleSerDe", "Parameters": given}


def _parameters(kind: Kind, objects: Sequence[Object]) -> dict[str, str]:
    size = sum(one.size for one in objects)
    looked_into = [one for one in objects if one.kind is not None]
    seen = sum(one.kind.records for one in looked_into if one.kind is not None)
    # What wasn't looked into is taken to be like what was.
    records = round(seen * size / max(sum(one.size for one in looked_into), 1))
    found = {
        "classification": kind.classification,
        "compressionType": kind.compression,
        "typeOfData": "file",
        "objectCount": str(len(objects)),
        "recordCount": str(records),
        "sizeKey": str(size),
        "averageRecordSize": str(size // max(records, 1)),
    }
    if kind.delimiter is not None:
        found |= {
            "areColumnsQuoted": str(kind.quoted).lower(),
            "columnsOrdered": "true",
            "delimiter": kind.delimiter,
        }
        if kind.header:
            found["skip.header.line.count"] = "1"
    return found
