"""The Data Catalog: databases, tables and their partitions, and the operations on the first two."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.errors import GlueError, exists, invalid, not_found, refusal
from s_infra.sandbox.services.glue.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.glue.jobs import Fields

LARGEST_PAGE = 100
DEFAULT_PERMISSIONS = [
    {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
]
Values = tuple[str, ...]


@dataclass
class Table:
    """A table as GetTable tells it, and its partitions by their values."""

    fields: dict[str, Any]
    partitions: dict[Values, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Database:
    """A database as GetDatabase tells it, and its tables by their names."""

    fields: dict[str, Any]
    tables: dict[str, Table] = field(default_factory=dict)


class Catalog:
    """One account's catalogue. The service's lock is held while an operation is carried out."""

    def __init__(self, account_id: str, region: str, tags: dict[str, dict[str, str]]) -> None:
        self._account = account_id
        self._arn = f"arn:aws:glue:{region}:{account_id}:database/"
        self._tags = tags
        self.databases: dict[str, Database] = {}

    def dump(self) -> list[dict[str, Any]]:
        """Return everything, as JSON takes it."""
        return [
            {
                "fields": database.fields,
                "tables": [
                    {"fields": table.fields, "partitions": list(table.partitions.values())}
                    for table in database.tables.values()
                ],
            }
            for database in self.databases.values()
        ]

    def restore(self, content: list[dict[str, Any]]) -> None:
        """Take up what `dump` gave."""
        for database in content:
            found = self.databases[database["fields"]["Name"]] = Database(database["fields"])
            for table in database["tables"]:
                partitions = {tuple(one["Values"]): one for one in table["partitions"]}
                found.tables[table["fields"]["Name"]] = Table(table["fields"], partitions)

    def of(self, given: Mapping[str, Any], name: str = "DatabaseName") -> Database:
        """Return the database that a request names. Raises GlueError when it isn't there."""
        self.check_account(given)
        found = self.databases.get(str(given[name]).lower())
        if found is None:
            raise not_found(f"Database {given[name]} not found.")
        return found

    def table(self, given: Mapping[str, Any], name: str = "Name") -> Table:
        """Return the table that a request names. Raises GlueError when it isn't there."""
        found = self.of(given).tables.get(str(given[name]).lower())
        if found is None:
            raise not_found(f"Table {given[name]} not found.")
        return found

    def check_account(self, given: Mapping[str, Any]) -> None:
        """Raise the refusal of another account's catalogue."""
        if given.get("CatalogId") not in (None, "", self._account):
            raise invalid(f"s-infra sandbox: glue's CatalogId {given['CatalogId']} isn't carried out")

    def create_database(self, given: Fields) -> Fields:
        """Carry out CreateDatabase."""
        self.check_account(given)
        name = _name(given["DatabaseInput"])
        if name in self.databases:
            raise exists("Database already exists.")
        self.databases[name] = Database(self._database(given["DatabaseInput"], name, time.time()))
        self._tags[self._arn + name] = dict(given.get("Tags") or {})
        return {}

    def update_database(self, given: Fields) -> Fields:
        """Carry out UpdateDatabase."""
        found = self.of(given, "Name")
        name = found.fields["Name"]
        if _name(given["DatabaseInput"]) != name:
            raise refusal("UpdateDatabase", "DatabaseInput.Name that is another")
        found.fields = self._database(given["DatabaseInput"], name, found.fields["CreateTime"])
        return {}

    def _database(self, given: Mapping[str, Any], name: str, created: float) -> dict[str, Any]:
        return {
            "CreateTableDefaultPermissions": DEFAULT_PERMISSIONS,
            **{key: value for key, value in given.items() if value is not None},
            "Name": name,
            "CreateTime": created,
            "CatalogId": self._account,
        }

    def get_database(self, given: Fields) -> Fields:
        """Carry out GetDatabase."""
        return {"Database": self.of(given, "Name").fields}

    def get_databases(self, given: Fields) -> Fields:
        """Carry out GetDatabases."""
        self.check_account(given)
        found = [self.databases[name].fields for name in sorted(self.databases)]
        return page("DatabaseList", found, given, LARGEST_PAGE)

    def delete_database(self, given: Fields) -> Fields:
        """Carry out DeleteDatabase, its tables included."""
        name = self.of(given, "Name").fields["Name"]
        del self.databases[name]
        self._tags.pop(self._arn + name, None)
        return {}

    def create_table(self, given: Fields) -> Fields:
        """Carry out CreateTable."""
        database = self.of(given)
        wanted = given.get("TableInput") or {}
        name = _name(wanted)
        if name in database.tables:
            raise exists("Table already exists.")
        now = time.time()
        own = {"CreateTime": now, "UpdateTime": now, "VersionId": "0"}
        database.tables[name] = Table(self._table(wanted, database, own))
        return {}

    def update_table(self, given: Fields) -> Fields:
        """Carry out UpdateTable: what is given replaces the whole definition, but for the partitions."""
        wanted = given.get("TableInput") or {}
        found = self.table({**given, "Name": _name(wanted)})
        version = str(int(found.fields["VersionId"]) + 1)
        own = {"CreateTime": found.fields["CreateTime"], "UpdateTime": time.time(), "VersionId": version}
        found.fields = self._table(wanted, self.of(given), own)
        return {}

    def _table(self, wanted: Mapping[str, Any], database: Database, own: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in wanted.items() if value is not None}
        _check_columns(kept)
        return {
            "Retention": 0,
            "PartitionKeys": [],
            **kept,
            "Name": _name(wanted),
            "DatabaseName": database.fields["Name"],
            "CreatedBy": f"arn:aws:iam::{self._account}:root",
            "IsRegisteredWithLakeFormation": False,
            "CatalogId": self._account,
            **own,
        }

    def get_table(self, given: Fields) -> Fields:
        """Carry out GetTable."""
        return {"Table": self.table(given).fields}

    def get_tables(self, given: Fields) -> Fields:
        """Carry out GetTables; `Expression` is a regular expression over the whole name."""
        tables = self.of(given).tables
        try:
            pattern = re.compile(given.get("Expression") or ".*")
        except re.error as error:
            raise invalid(f"Expression is no regular expression: {error}") from error
        found = [tables[name].fields for name in sorted(tables) if pattern.fullmatch(name)]
        return page("TableList", found, given, LARGEST_PAGE)

    def delete_table(self, given: Fields) -> Fields:
        """Carry out DeleteTable, its partitions included."""
        found = self.table(given)
        del self.of(given).tables[found.fields["Name"]]
        return {}

    def batch_delete_table(self, given: Fields) -> Fields:
        """Carry out BatchDeleteTable."""
        errors = []
        for name in given["TablesToDelete"]:
            try:
                self.delete_table({**given, "Name": name})
            except GlueError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({"TableName": name, "ErrorDetail": detail})
        return {"Errors": errors}


def _name(given: Mapping[str, Any]) -> str:
    if not given.get("Name"):
        raise invalid("Name is required")
    # The catalogue knows small letters alone, as Hive does.
    return str(given["Name"]).lower()


def _check_columns(table: Mapping[str, Any]) -> None:
    columns = [*(table.get("StorageDescriptor") or {}).get("Columns", []), *table.get("PartitionKeys", [])]
    names = [column["Name"].lower() for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(f"Duplicate column names: {', '.join(twice)}")


OPERATIONS: Mapping[str, Callable[[Catalog, Fields], Fields]] = {
    "CreateDatabase": Catalog.create_database,
    "UpdateDatabase": Catalog.update_database,
    "GetDatabase": Catalog.get_database,
    "GetDatabases": Catalog.get_databases,
    "DeleteDatabase": Catalog.delete_database,
    "CreateTable": Catalog.create_table,
    "UpdateTable": Catalog.update_table,
    "GetTable": Catalog.get_table,
    "GetTables": Catalog.get_tables,
    "DeleteTable": Catalog.delete_table,
    "BatchDeleteTable": Catalog.batch_delete_table,
}
