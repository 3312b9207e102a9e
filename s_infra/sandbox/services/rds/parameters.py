"""Parameters of PostgreSQL as RDS has them: PostgreSQL's own, asked of its program, and some of RDS's."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds.errors import RdsError, invalid_value, not_carried_out
from s_infra.sandbox.services.rds.postgres import binaries, refusal_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORCE_SSL = "rds.force_ssl"
# What RDS, and here the sandbox, decides itself: where the server listens, its files, who may connect.
DECIDED = _names("""
    allow_alter_system archive_cleanup_command archive_command archive_library archive_mode bonjour
    bonjour_name config_file data_directory data_directory_mode dynamic_shared_memory_type event_source
    external_pid_file fsync full_page_writes hba_file ident_file krb_server_keyfile listen_addresses
    log_destination log_directory log_file_mode log_filename log_line_prefix logging_collector
    password_encryption port primary_conninfo primary_slot_name recovery_end_command restore_command
    shared_memory_type ssl ssl_ca_file ssl_cert_file ssl_crl_dir ssl_crl_file ssl_dh_params_file
    ssl_key_file ssl_passphrase_command ssl_passphrase_command_supports_reload syslog_facility
    syslog_ident syslog_sequence_numbers syslog_split_messages unix_socket_directories unix_socket_group
    unix_socket_permissions update_process_title
    """)
LOADABLE = ("pg_stat_statements", "auto_explain", "pg_prewarm")
TYPES = {"BOOLEAN": "boolean", "INTEGER": "integer", "REAL": "float", "STRING": "string", "ENUM": "string"}


@dataclass(frozen=True)
class Parameter:
    """A parameter: `static` ones wait for a restart; `default` is what an instance has without it."""

    name: str
    kind: str
    static: bool
    modifiable: bool
    default: str
    allowed: str
    description: str

    def described(self, value: str | None = None, method: str = "pending-reboot") -> dict[str, Any]:
        """Return it as DescribeDBParameters does, with the value that a user gave, or RDS's own."""
        own = value if value is not None else OWN_VALUES.get(self.name)
        return {
            "ParameterName": self.name,
            "ParameterValue": own,
            "Description": self.description,
            "Source": "user" if value is not None else "system" if own is not None else "engine-default",
            "ApplyType": "static" if self.static else "dynamic",
            "DataType": self.kind,
            "AllowedValues": self.allowed or None,
            "IsModifiable": self.modifiable,
            "ApplyMethod": method if value is not None else "pending-reboot",
        }


# What RDS sets in its default groups; the rest are PostgreSQL's own defaults.
OWN_VALUES: Mapping[str, str] = {
    FORCE_SSL: "1",
    "log_line_prefix": "%t:%r:%u@%d:[%p]:",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
}


@functools.cache
def known() -> Mapping[str, Parameter]:
    """Return all parameters by name, as the program describes them."""
    command = [str(binaries() / "postgres"), "--describe-config"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = [_parsed(line) for line in lines]
    found.append(Parameter(FORCE_SSL, "boolean", False, True, "1", "0,1", "Force SSL connections."))
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def _parsed(line: str) -> Parameter:
    name, context, _, kind, default, least, most, *texts = line.split("\t")
    allowed = f"{least}-{most}" if least and most else "0,1" if kind == "BOOLEAN" else ""
    return Parameter(
        # Some have capitals in PostgreSQL; RDS writes all small.
        name=name.lower(),
        kind=TYPES[kind],
        static=context == "postmaster",
        modifiable=context not in ("internal", "backend") and name not in DECIDED,
        default=default,
        allowed=allowed,
        description=texts[0],
    )


def checked(name: str, value: str, method: str) -> None:
    """Raise RDS's error for a parameter that a group can't be given."""
    if name.startswith("rds.") and name != FORCE_SSL:
        raise not_carried_out("ModifyDBParameterGroup", f"Parameters {name}")
    parameter = known().get(name)
    if parameter is None:
        raise invalid_value(f"Could not find parameter with name: {name}")
    if not parameter.modifiable:
        raise invalid_value(f"The parameter {name} cannot be modified.")
    if "{" in value:
        raise not_carried_out("ModifyDBParameterGroup", f"Parameters {name} with a formula")
    if parameter.static and method != "pending-reboot":
        raise RdsError(
            "InvalidParameterCombination", "cannot use immediate apply method for static parameter"
        )
    if not _takes(parameter, value):
        allowed = f" allowed values are: {parameter.allowed}" if parameter.allowed else ""
        raise invalid_value(f"Invalid parameter value: {value} for: {name}{allowed}")


def _takes(parameter: Parameter, value: str) -> bool:
    if parameter.name == "shared_preload_libraries":
        return all(one.strip() in LOADABLE for one in value.split(",") if one.strip())
    if parameter.kind == "boolean" and value not in ("0", "1", "on", "off", "true", "false"):
        return False
    if parameter.kind == "integer" and not value.lstrip("-").isdecimal():
        return False
    return parameter.name == FORCE_SSL or refusal_of(parameter.name, value) is None


def own_settings(address: str, port: int) -> dict[str, str]:
    """Return what the sandbox decides: where the server listens, TLS, its log."""
    # A machine without a database of time zones knows this one name only.
    zone = "UTC" if Path("/usr/share/zoneinfo/UTC").exists() else "GMT"
    return {
        "listen_addresses": address,
        "port": str(port),
        "unix_socket_directories": "",
        # Files, which go with the data directory also after a kill -9.
        "dynamic_shared_memory_type": "mmap",
        "ssl": "on",
        "log_line_prefix": OWN_VALUES["log_line_prefix"],
        "log_timezone": zone,
        "timezone": zone,
        "password_encryption": OWN_VALUES["password_encryption"],
    }


def is_on(value: str) -> bool:
    """Tell whether a boolean parameter's text means yes."""
    return value in ("1", "on", "true")
