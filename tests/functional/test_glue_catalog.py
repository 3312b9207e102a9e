"""The Data Catalog by hand: databases, tables and partitions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]
DESCRIPTOR = {
    "Columns": [{"Name": "a", "Type": "int", "Comment": "first"}],
    "Location": "s3://b/t/",
    "InputFormat": "in",
    "OutputFormat": "out",
    "SerdeInfo": {"SerializationLibrary": "lib", "Parameters": {"p": "1"}},
}


@pytest.fixture(scope="module")
def glue(clients: Clients) -> Any:
    return clients("glue")


@pytest.fixture
def database(glue: Any) -> str:
    name = f"db_{uuid.uuid4().hex}"
    glue.create_database(DatabaseInput={"Name": name, "Description": "d"})
    return name


def make_table(glue: Any, database: str, keys: dict[str, str] | None = None, name: str = "t") -> None:
    partition_keys = [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()]
    glue.create_table(
        DatabaseName=database,
        TableInput={"Name": name, "StorageDescriptor": DESCRIPTOR, "PartitionKeys": partition_keys},
    )


@pytest.mark.parity(
    "glue:CreateDatabase",
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:UpdateDatabase",
    "glue:DeleteDatabase",
)
def test_databases(glue: Any) -> None:
    name = f"Db-{uuid.uuid4().hex}"
    glue.create_database(DatabaseInput={"Name": name, "Description": "d", "Parameters": {"k": "v"}})
    found = glue.get_database(Name=name)["Database"]
    assert (found["Name"], found["Description"], found["Parameters"]) == (name.lower(), "d", {"k": "v"})
    assert found["CatalogId"] == "000000000000"
    principal = found["CreateTableDefaultPermissions"][0]["Principal"]
    assert principal == {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": name})
    glue.update_database(Name=name, DatabaseInput={"Name": name, "LocationUri": "s3://b/"})
    found = glue.get_database(Name=name)["Database"]
    assert found["LocationUri"] == "s3://b/"
    assert "Description" not in found
    pages = glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 1})
    assert name.lower() in [one["Name"] for page in pages for one in page["DatabaseList"]]
    make_table(glue, name)
    glue.delete_database(Name=name)
    for call in (glue.get_database, glue.delete_database):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            call(Name=name)


@pytest.mark.parity(
    "glue:CreateTable", "glue:GetTable", "glue:GetTables", "glue:UpdateTable", "glue:DeleteTable",
    "glue:BatchDeleteTable",
)  # fmt: skip
def test_tables(glue: Any, database: str) -> None:
    make_table(glue, database, {"day": "date"}, name="One")
    make_table(glue, database, name="two")
    table = glue.get_table(DatabaseName=database, Name="ONE")["Table"]
    assert (table["Name"], table["VersionId"], table["DatabaseName"]) == ("one", "0", database)
    assert table["StorageDescriptor"] == DESCRIPTOR
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        make_table(glue, database, name="one")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        make_table(glue, "none")
    with pytest.raises(glue.exceptions.InvalidInputException, match="Duplicate column names: a"):
        make_table(glue, database, {"A": "int"}, name="three")
    found = glue.get_tables(DatabaseName=database, Expression="t.*")["TableList"]
    assert [one["Name"] for one in found] == ["two"]
    changed = {"Name": "two", "TableType": "EXTERNAL_TABLE", "Parameters": {"classification": "csv"}}
    glue.update_table(DatabaseName=database, TableInput=changed)
    table = glue.get_table(DatabaseName=database, Name="two")["Table"]
    assert (table["VersionId"], table["TableType"]) == ("1", "EXTERNAL_TABLE")
    assert "StorageDescriptor" not in table
    glue.delete_table(DatabaseName=database, Name="two")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName=database, Name="two")
    errors = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["one", "two"])["Errors"]
    assert [error["TableName"] for error in errors] == ["two"]
    assert errors[0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"


@pytest.mark.parity(
    "glue:CreatePartition", "glue:BatchCreatePartition", "glue:GetPartition", "glue:BatchGetPartition",
    "glue:UpdatePartition", "glue:DeletePartition", "glue:BatchDeletePartition", "glue:GetPartitions",
)  # fmt: skip
def test_partitions(glue: Any, database: str) -> None:
    make_table(glue, database, {"year": "int", "kind": "string"})
    table = {"DatabaseName": database, "TableName": "t"}
    glue.create_partition(**table, PartitionInput={"Values": ["9", "a"], "StorageDescriptor": DESCRIPTOR})
    errors = glue.batch_create_partition(
        **table, PartitionInputList=[{"Values": ["9", "a"]}, {"Values": ["10", "b"]}, {"Values": ["11"]}]
    )["Errors"]
    assert [(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        (["9", "a"], "AlreadyExistsException"),
        (["11"], "InvalidInputException"),
    ]

    def values(**more: Any) -> list[list[str]]:
        pages = glue.get_paginator("get_partitions").paginate(**table, **more)
        return [one["Values"] for page in pages for one in page["Partitions"]]

    assert sorted(values(PaginationConfig={"PageSize": 1})) == [["10", "b"], ["9", "a"]]
    # The key is a number: 9 is less than 10.
    assert values(Expression="year >= 10") == [["10", "b"]]
    only = glue.get_partitions(**table, Expression="kind = 'a'", ExcludeColumnSchema=True)["Partitions"]
    assert "Columns" not in only[0]["StorageDescriptor"]
    with pytest.raises(glue.exceptions.InvalidInputException):
        values(Expression="other = 1")
    glue.update_partition(
        **table,
        PartitionValueList=["10", "b"],
        PartitionInput={"Values": ["12", "b"], "Parameters": {"p": "1"}},
    )
    assert glue.get_partition(**table, PartitionValues=["12", "b"])["Partition"]["Parameters"] == {"p": "1"}
    wanted = [{"Values": ["12", "b"]}, {"Values": ["10", "b"]}]
    found = glue.batch_get_partition(**table, PartitionsToGet=wanted)["Partitions"]
    assert [one["Values"] for one in found] == [["12", "b"]]
    glue.delete_partition(**table, PartitionValues=["9", "a"])
    errors = glue.batch_delete_partition(**table, PartitionsToDelete=wanted)["Errors"]
    assert [error["PartitionValues"] for error in errors] == [["10", "b"]]
    assert values() == []
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_partition(**table, PartitionValues=["9", "a"])


@pytest.mark.parametrize(
    ("operation", "given", "what"),
    [
        (
            "create_table",
            {"TableInput": {"Name": "x"}, "PartitionIndexes": [{"Keys": ["a"], "IndexName": "i"}]},
            "CreateTable PartitionIndexes",
        ),
        (
            "create_table",
            {"TableInput": {"Name": "x", "TargetTable": {"DatabaseName": "d", "Name": "n"}}},
            "CreateTable TableInput.TargetTable",
        ),
        (
            "create_table",
            {
                "TableInput": {
                    "Name": "x",
                    "StorageDescriptor": {"SchemaReference": {"SchemaVersionNumber": 1}},
                }
            },
            "CreateTable TableInput.StorageDescriptor.SchemaReference",
        ),
        ("get_tables", {"AttributesToGet": ["NAME"]}, "GetTables AttributesToGet"),
        ("get_table_versions", {"TableName": "x"}, "GetTableVersions"),
    ],
)
def test_refuses_by_name(glue: Any, database: str, operation: str, given: dict[str, Any], what: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(glue, operation)(DatabaseName=database, **given)
    assert f"s-infra sandbox: glue:{what} isn't carried out" in str(refused.value)


def test_another_account_s_catalogue_is_refused(glue: Any) -> None:
    with pytest.raises(ClientError, match="CatalogId 111111111111 isn't carried out"):
        glue.get_databases(CatalogId="111111111111")
