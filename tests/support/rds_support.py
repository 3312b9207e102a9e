"""Makes databases in a sandbox, waits for them, and connects to them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

Clients = Callable[[str], Any]
PASSWORD = "A-first-pass_word"
MINIMUM: Mapping[str, Any] = {
    "Engine": "postgres",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "MasterUsername": "keeper",
    "MasterUserPassword": PASSWORD,
    "DBName": "outputs",
    "Port": 5499,
}
DEADLINE_S = 40


@dataclass(frozen=True)
class Databases:
    """Instances of one sandbox."""

    clients: Clients

    @property
    def rds(self) -> Any:
        return self.clients("rds")

    def create(self, name: str, **given: Any) -> dict[str, Any]:
        """Make an instance, and return it when it is available; a field given as None is left out."""
        fields = {**MINIMUM, **given}
        asked = {key: value for key, value in fields.items() if value is not None}
        made = self.rds.create_db_instance(DBInstanceIdentifier=name, **asked)["DBInstance"]
        assert made["DBInstanceStatus"] == "creating"
        return self.until(name)

    def until(self, name: str, status: str = "available") -> dict[str, Any]:
        """Return the instance once it has this status, and nothing of its parameters is on its way."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            found = self.describe(name)
            if found["DBInstanceStatus"] == status:
                return found
            assert time.monotonic() < deadline, (found["DBInstanceStatus"], self.messages(name))
            time.sleep(0.03)

    def describe(self, name: str) -> dict[str, Any]:
        return dict(self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])

    def change(self, name: str, **fields: Any) -> dict[str, Any]:
        """Modify the instance at once, and return it when it is available again."""
        self.rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **fields)
        return self.until(name)

    def messages(self, name: str) -> list[str]:
        """Return the events of an instance."""
        found = self.rds.describe_events(SourceIdentifier=name, SourceType="db-instance")["Events"]
        return [event["Message"] for event in found]

    def secret(self, name: str) -> dict[str, str]:
        """Return user and password as RDS keeps them."""
        arn = self.describe(name)["MasterUserSecret"]["SecretArn"]
        text = self.clients("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        return dict(json.loads(text))

    def delete(self, name: str, **fields: Any) -> None:
        """Delete the instance, and return when it is gone."""
        self.rds.delete_db_instance(DBInstanceIdentifier=name, **(fields or {"SkipFinalSnapshot": True}))
        deadline = time.monotonic() + DEADLINE_S
        while name in [
            one["DBInstanceIdentifier"] for one in self.rds.describe_db_instances()["DBInstances"]
        ]:
            assert time.monotonic() < deadline
            time.sleep(0.03)

    @contextlib.contextmanager
    def connected(self, name: str, **fields: Any) -> Iterator[psycopg.Connection[Any]]:
        """Connect to the endpoint that Describe tells, with TLS unless told otherwise."""
        endpoint = self.describe(name)["Endpoint"]
        given = {"user": "keeper", "password": PASSWORD, "dbname": "outputs", "sslmode": "require", **fields}
        with psycopg.connect(host=endpoint["Address"], port=endpoint["Port"], **given) as connection:
            yield connection

    def ask(self, name: str, statement: str, **fields: Any) -> Any:
        """Return the first value of a statement's first row."""
        with self.connected(name, **fields) as connection:
            row = connection.execute(statement).fetchone()
            return None if row is None else row[0]
