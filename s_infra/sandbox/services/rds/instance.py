"""An instance: what Describe tells of it, its PostgreSQL, and what is done to both in the background."""

from __future__ import annotations

import contextlib
import secrets
import socket
import string
import threading
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds import groups, parameters
from s_infra.sandbox.services.rds.postgres import (
    ADMINISTRATOR,
    NO_SPACE,
    Cluster,
    PostgresError,
    identifier,
    literal,
)
from s_infra.sandbox.services.rds.tables import now
from s_infra.sandbox.services.sagemaker.logs import LogStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.services.rds.tables import Rds

# Each instance has an address of its own, so that two may have the same port, as on AWS.
ADDRESSES = [f"127.0.0.{last}" for last in range(1, 255)]
TAKEN = "could not bind"
LOG_TYPE = "postgresql"
EXHAUSTED = (
    "The allocated storage for the DB instance has been exhausted. Free space on this machine's disk, then "
    "allocate additional storage."
)
PASSWORD_LENGTH = 28
# Of what every role of a master user may do on RDS, PostgreSQL's own part.
SUPERUSER = "rds_superuser"
SUPERUSER_HAS = (
    "pg_monitor, pg_signal_backend, pg_checkpoint, pg_maintain, pg_use_reserved_connections, "
    "pg_create_subscription"
)


class Instance:
    """One DB instance. `described` holds the members of AWS's DBInstance that are known by now."""

    def __init__(self, service: Rds, described: dict[str, Any], parameter_group: str) -> None:
        self.service = service
        self.described = described
        self.parameter_group = parameter_group
        self.pending: dict[str, Any] = {}
        self.endpoint: dict[str, Any] | None = None
        self.applied: dict[str, str] = {}
        # Whether a reboot would change parameters that wait for one.
        self.waiting = False
        # From the first line that tells of a full disk until the server has been ended for it.
        self._failing = False
        self._log: LogStream | None = None
        directory = service.directory / "instances" / described["DbiResourceId"]
        self.cluster = Cluster(directory, self._took_line, self._ended)

    @property
    def name(self) -> str:
        """The identifier."""
        return str(self.described["DBInstanceIdentifier"])

    @property
    def status(self) -> str:
        """The status, as AWS names it."""
        return str(self.described["DBInstanceStatus"])

    @property
    def port(self) -> int:
        """The port that it was asked to listen on."""
        return int(self.described["DbInstancePort"])

    def become(self, status: str) -> None:
        """Take on a status."""
        with self.service.lock:
            self.described["DBInstanceStatus"] = status

    def tell(self, number: str, category: str, message: str) -> None:
        """Note an event of the instance."""
        self.service.tell("db", self.name, number, category, message)

    def do(self, status: str, work: Callable[[], None], after: str = "available") -> None:
        """Be in `status` while `work` is done in the background, and then in `after`."""
        self.become(status)

        def run() -> None:
            try:
                work()
            except PostgresError as error:
                self.failed(error)
            else:
                self.described.pop("StatusInfos", None)
                self.become(after)

        threading.Thread(target=run, name=f"rds {self.name}", daemon=True).start()

    def failed(self, error: PostgresError) -> None:
        """Have the server ended, and say why in status and event."""
        self.cluster.stop()
        lines = str(error).strip().splitlines()
        last = next((line for line in reversed(lines) if NO_SPACE.search(line) or "FATAL" in line), lines[-1])
        if error.out_of_space:
            status, number, category, text = "storage-full", "0007", "low storage", EXHAUSTED
        else:
            status = "incompatible-parameters" if "parameter" in last else "failed"
            number, category, text = "0031", "failure", "The DB instance has failed."
        message = f"{text} PostgreSQL says: {last}"
        with self.service.lock:
            # On AWS only replicas have these; it's where Describe has place for a reason.
            info = {"StatusType": "s-infra sandbox", "Normal": False, "Status": "error", "Message": message}
            self.described["StatusInfos"] = [info]
            self.become(status)
            self._failing = False
        self.tell(number, category, message)

    def create(self, user: str, password: str, database: str | None) -> None:
        """Make the data directory, start the server, and make user and database. Raises PostgresError."""
        try:
            self.cluster.create()
            self.start(_first_statements(user, password, database))
        except PostgresError:
            # Half a data directory is of no use, and may be what fills the disk.
            self.cluster.remove()
            raise
        with self.service.lock:
            self.described["InstanceCreateTime"] = now()
        self.tell("0005", "creation", "DB instance created")

    def start(self, first: str = "select 1;") -> None:
        """Start the server with its group's parameters, on the first address whose port is free.

        It is up when it has answered to `first`. Raises PostgresError.
        """
        self.applied = groups.values(self.service, self.parameter_group)
        before = self.endpoint["Address"] if self.endpoint else ADDRESSES[0]
        for address in dict.fromkeys([before, *ADDRESSES]):
            if not _is_free(address, self.port):
                continue
            self._configure(address)
            try:
                self.cluster.start(address, self.port, first)
            except PostgresError as error:
                if TAKEN in str(error):
                    continue
                raise
            with self.service.lock:
                self.endpoint = {"Address": address, "Port": self.port}
                self.waiting = False
            self.service.base.open_addresses.add((address, self.port))
            return
        raise PostgresError(f"port {self.port} is taken on all addresses of this machine's loopback")

    def _configure(self, address: str) -> None:
        certificate, key, until = self.service.authority.issue(address)
        with self.service.lock:
            self.described["CertificateDetails"] = {
                "CAIdentifier": self.described["CACertificateIdentifier"],
                "ValidTill": until.isoformat().replace("+00:00", "Z"),
            }
        files = {"server.crt": certificate, "server.key": key}
        self.cluster.configure(self._settings(address), self._access(), files)

    def _settings(self, address: str) -> dict[str, str]:
        given = {name: value for name, value in self.applied.items() if not name.startswith("rds.")}
        return {**parameters.own_settings(address, self.port), **given}

    def _access(self) -> str:
        kind = "hostssl" if parameters.is_on(self.applied[parameters.FORCE_SSL]) else "host"
        lines = [
            f"host all {ADMINISTRATOR} 127.0.0.0/8 scram-sha-256",
            f"{kind} all all 127.0.0.0/8 scram-sha-256",
        ]
        return "\n".join(lines) + "\n"

    def parameters_changed(self, now_or_later: set[str] | None = None) -> None:
        """Take up changed parameters: those named (None: all) at once where PostgreSQL can."""
        wanted = groups.values(self.service, self.parameter_group)
        known = parameters.known()
        for name in wanted.keys() | self.applied.keys():
            if wanted.get(name) == self.applied.get(name):
                continue
            if known[name].static or (now_or_later is not None and name not in now_or_later):
                self.waiting = True
            elif name in wanted:
                self.applied[name] = wanted[name]
            else:
                del self.applied[name]
        if self.endpoint and self.cluster.running:
            self.cluster.configure(self._settings(self.endpoint["Address"]), self._access(), {})
            self.cluster.reload()

    def set_password(self, password: str) -> None:
        """Give the master user a password. Raises PostgresError."""
        user = identifier(self.described["MasterUsername"])
        self.cluster.sql(f"alter role {user} password {literal(password)};")
        self.tell("0016", "configuration change", "Reset master credentials")

    def restart(self, reason: str = "DB instance restarted") -> None:
        """Stop and start the server. Raises PostgresError."""
        self.cluster.stop()
        self.start()
        self.tell("0006", "availability", reason)

    def describe(self) -> dict[str, Any]:
        """Return AWS's DBInstance."""
        groups_told = {
            "DBParameterGroupName": self.parameter_group,
            "ParameterApplyStatus": "pending-reboot" if self.waiting else "in-sync",
        }
        told = {
            **self.described,
            "DbInstancePort": 0,
            "DBParameterGroups": [groups_told],
            "PendingModifiedValues": self.pending,
            "TagList": self.service.tag_list(self.described["DBInstanceArn"]),
        }
        if name := self.described.get("DBSubnetGroup"):
            told["DBSubnetGroup"] = self.service.subnet_groups[name]
        return {**told, "Endpoint": self.endpoint} if self.endpoint else told

    def _took_line(self, line: str) -> None:
        if NO_SPACE.search(line) and self.status in ("available", "modifying") and not self._failing:
            self._failing = True
            threading.Thread(target=self.failed, args=(PostgresError(line),), daemon=True).start()
        exported = self.described.get("EnabledCloudwatchLogsExports", ())
        # The end of a server that goes would make its log group anew.
        if LOG_TYPE not in exported or self.status == "deleting":
            return
        if self._log is None:
            group = f"/aws/rds/instance/{self.name}/{LOG_TYPE}"
            self._log = LogStream(self.service.base.client, group, f"{self.name}.0")
        self._log.take(line)

    def _ended(self) -> None:
        if self.status not in ("storage-full", "failed") and not self._failing:
            self.failed(PostgresError("\n".join(self.cluster.tail) or "PostgreSQL ended without a word"))

    def close(self) -> None:
        """End the server at once, and what follows its log."""
        self.cluster.stop()
        if self._log is not None:
            self._log.close()
            self._log = None


def _first_statements(user: str, password: str, database: str | None) -> str:
    name = identifier(user)
    made = f"create database {identifier(database)} owner {name};" if database else ""
    return f"""
        create role {SUPERUSER} nologin;
        grant {SUPERUSER_HAS} to {SUPERUSER} with admin option;
        create role {name} login createdb createrole password {literal(password)} in role {SUPERUSER};
        alter database postgres owner to {name};
        {made}
    """


def new_password() -> str:
    """Return a password as RDS makes them: printable, without what it refuses itself."""
    letters = string.ascii_letters + string.digits + "!#$%&()*+,-.:;<=>?[]^_{|}~"
    return "".join(secrets.choice(letters) for _ in range(PASSWORD_LENGTH))


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        return True
    return False
