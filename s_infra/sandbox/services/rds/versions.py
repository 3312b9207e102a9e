"""The one version of PostgreSQL that is here, and the classes and storage that instances may name."""

from __future__ import annotations

import functools
import re
import subprocess
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds.errors import invalid_combination, invalid_value
from s_infra.sandbox.services.rds.postgres import binaries
from s_infra.sandbox.services.rds.tables import filtered, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.rds.tables import Rds

ENGINE = "postgres"
LICENSE = "postgresql-license"
CLASS = re.compile(r"db\.[a-z0-9]+(-[a-z]+)?\.[a-z0-9]+")
# The classes that RDS itself offers are many, and one machine stands for all: these are what is listed.
LISTED_CLASSES = ("db.t3.micro", "db.t4g.micro", "db.t4g.medium", "db.m7g.large", "db.r7g.large")
# Storage types with the least GiB of each.
STORAGE = {"gp2": 20, "gp3": 20, "io1": 100, "io2": 100, "standard": 5}
MOST_GIB = 65536


@functools.cache
def version() -> str:
    """Return the version of the PostgreSQL that is here: `17.10`."""
    command = [str(binaries() / "postgres"), "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


def major() -> str:
    """Return the part of it that names its family."""
    return version().partition(".")[0]


def family() -> str:
    """Return the family of its parameter groups."""
    return f"{ENGINE}{major()}"


def resolve(asked: str | None) -> str:
    """Return the version that is meant. Raises RDS's error for one that isn't here."""
    if asked not in (None, major(), version()):
        raise invalid_combination(f"Cannot find version {asked} for {ENGINE}: the sandbox has {version()}")
    return version()


def check_class(name: str) -> None:
    """Raise RDS's error for what is no class of an instance."""
    if CLASS.fullmatch(name) is None:
        raise invalid_value(f"Invalid DB Instance class: {name}")


def check_storage(kind: str, gib: int) -> None:
    """Raise RDS's error for a storage type or size that it doesn't have."""
    if kind not in STORAGE:
        raise invalid_value(f"Invalid storage type: {kind}")
    if not STORAGE[kind] <= gib <= MOST_GIB:
        raise invalid_value(f"Invalid storage size for engine name {ENGINE} and storage type {kind}: {gib}")


def engine_versions(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDBEngineVersions."""
    del service
    one = {
        "Engine": ENGINE,
        "EngineVersion": version(),
        "MajorEngineVersion": major(),
        "DBParameterGroupFamily": family(),
        "DBEngineDescription": "PostgreSQL",
        "DBEngineVersionDescription": f"PostgreSQL {version()}",
        "ValidUpgradeTarget": [],
        "ExportableLogTypes": ["postgresql", "upgrade"],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": False,
        "SupportsGlobalDatabases": False,
        "SupportsParallelQuery": False,
        "SupportsBabelfish": False,
        "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1"],
        "Status": "available",
    }
    asked = (
        request.get("Engine") in (None, ENGINE)
        and request.get("EngineVersion") in (None, major(), version())
        and request.get("DBParameterGroupFamily") in (None, family())
    )
    names = {
        "engine": "Engine",
        "engine-version": "EngineVersion",
        "db-parameter-group-family": "DBParameterGroupFamily",
    }
    known = {name: (lambda entry, member=member: str(entry[member])) for name, member in names.items()}
    return page("DBEngineVersions", filtered([one] if asked else [], request, known), request)


def orderable_options(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeOrderableDBInstanceOptions."""
    if request["Engine"] != ENGINE or request.get("EngineVersion") not in (None, major(), version()):
        return page("OrderableDBInstanceOptions", [], request)
    asked = request.get("DBInstanceClass")
    classes = LISTED_CLASSES if asked is None else (asked,) if CLASS.fullmatch(asked) else ()
    options = [
        {
            "Engine": ENGINE,
            "EngineVersion": version(),
            "DBInstanceClass": name,
            "LicenseModel": LICENSE,
            "AvailabilityZones": [{"Name": f"{service.base.region}{letter}"} for letter in "abc"],
            "Vpc": True,
            "MultiAZCapable": True,
            "ReadReplicaCapable": False,
            "StorageType": kind,
            "SupportsStorageEncryption": True,
            "SupportsIAMDatabaseAuthentication": True,
            "SupportsEnhancedMonitoring": True,
            "SupportsPerformanceInsights": True,
            "MinStorageSize": least,
            "MaxStorageSize": MOST_GIB,
        }
        for name in classes
        for kind, least in STORAGE.items()
    ]
    return page("OrderableDBInstanceOptions", filtered(options, request, {}), request)
