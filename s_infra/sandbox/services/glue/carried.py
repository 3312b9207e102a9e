"""What of the catalogue's and the crawlers' operations is carried out: their fields.

Another field is refused by name. An operation that isn't here takes all fields of the service model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = "MaxResults NextToken"
DESCRIPTOR = (
    "Columns.Name Columns.Type Columns.Comment Columns.Parameters Location InputFormat OutputFormat "
    "Compressed NumberOfBuckets SerdeInfo BucketColumns SortColumns Parameters SkewedInfo "
    "StoredAsSubDirectories"
)


def _under(prefix: str, names: str) -> str:
    return " ".join(f"{prefix}.{name}" for name in names.split())


PARTITION = f"Values LastAccessTime Parameters LastAnalyzedTime {_under('StorageDescriptor', DESCRIPTOR)}"
TABLE = (
    "Name Description Owner LastAccessTime LastAnalyzedTime Retention PartitionKeys TableType Parameters "
    f"ViewOriginalText ViewExpandedText {_under('StorageDescriptor', DESCRIPTOR)}"
)
DATABASE = "Name Description LocationUri Parameters CreateTableDefaultPermissions"
CRAWLER = (
    "Name Role DatabaseName Description Targets.S3Targets.Path Targets.S3Targets.Exclusions "
    "Targets.S3Targets.SampleSize TablePrefix SchemaChangePolicy RecrawlPolicy.RecrawlBehavior "
    "LineageConfiguration.CrawlerLineageSettings LakeFormationConfiguration.UseLakeFormationCredentials "
    "LakeFormationConfiguration.AccountId Configuration"
)


CARRIED: Mapping[str, frozenset[str]] = {
    operation: frozenset(fields.split())
    for operation, fields in {
        "CreateDatabase": f"CatalogId Tags {_under('DatabaseInput', DATABASE)}",
        "UpdateDatabase": f"CatalogId Name {_under('DatabaseInput', DATABASE)}",
        "GetDatabase": "CatalogId Name",
        "GetDatabases": f"CatalogId {PAGE}",
        "DeleteDatabase": "CatalogId Name",
        "CreateTable": f"CatalogId DatabaseName {_under('TableInput', TABLE)}",
        "UpdateTable": f"CatalogId DatabaseName SkipArchive {_under('TableInput', TABLE)}",
        "GetTable": "CatalogId DatabaseName Name",
        "GetTables": f"CatalogId DatabaseName Expression {PAGE}",
        "DeleteTable": "CatalogId DatabaseName Name",
        "BatchDeleteTable": "CatalogId DatabaseName TablesToDelete",
        "CreatePartition": f"CatalogId DatabaseName TableName {_under('PartitionInput', PARTITION)}",
        "BatchCreatePartition": f"CatalogId DatabaseName TableName {_under('PartitionInputList', PARTITION)}",
        "UpdatePartition": (
            f"CatalogId DatabaseName TableName PartitionValueList {_under('PartitionInput', PARTITION)}"
        ),
        "GetPartition": "CatalogId DatabaseName TableName PartitionValues",
        "BatchGetPartition": "CatalogId DatabaseName TableName PartitionsToGet",
        "GetPartitions": f"CatalogId DatabaseName TableName Expression ExcludeColumnSchema {PAGE}",
        "DeletePartition": "CatalogId DatabaseName TableName PartitionValues",
        "BatchDeletePartition": "CatalogId DatabaseName TableName PartitionsToDelete",
        "CreateCrawler": f"{CRAWLER} Tags",
        "UpdateCrawler": CRAWLER,
        "ListCrawlers": PAGE,
        "GetCrawlers": PAGE,
    }.items()
}
# Of these fields only the given values.
ONLY: Mapping[str, tuple[object, ...]] = {
    "LineageConfiguration.CrawlerLineageSettings": ("DISABLE",),
    "LakeFormationConfiguration.UseLakeFormationCredentials": (False,),
    "LakeFormationConfiguration.AccountId": ("",),
    "RecrawlPolicy.RecrawlBehavior": ("CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY"),
}


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise the refusal of the first field that the operation doesn't carry out."""
    fields = CARRIED.get(operation)
    if fields is None:
        return
    for path, value in _leaves(request, "", fields):
        if path not in fields:
            raise refusal(operation, path)
        if path in ONLY and value not in ONLY[path]:
            raise refusal(operation, f"{path} {value}")


def _leaves(value: Any, path: str, fields: frozenset[str]) -> Iterator[tuple[str, Any]]:
    if value in (None, "", [], {}) and path not in fields:
        return
    above = not path or any(field.startswith(f"{path}.") for field in fields)
    if path in fields or not above:
        yield path, value
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path, fields)
    else:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name, fields)
