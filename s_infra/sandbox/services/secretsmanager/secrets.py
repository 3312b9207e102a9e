"""Secrets, their versions, and the labels that move between these."""

from __future__ import annotations

import secrets as randomness
import string
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.secretsmanager.errors import MARKED, SecretsError, invalid_request, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
DAY_S = 86400
MOST_LABELS = 20
MOST_VERSIONS = 100
VALUE_FIELDS = ("SecretString", "SecretBinary")


@dataclass
class Secret:
    """A secret; `versions` is by id: value, creation time and labels. Times are seconds since 1970."""

    name: str
    arn: str
    created: float
    changed: float
    description: str | None = None
    kms_key: str | None = None
    owner: str | None = None
    accessed: float | None = None
    deleted: float | None = None
    gone: float | None = None
    rotated: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def labelled(self, label: str) -> str | None:
        """Return the version that has a label."""
        return next((one for one, version in self.versions.items() if label in version["stages"]), None)

    def has(self, version_id: str, value: dict[str, Any]) -> bool:
        """Tell whether it has this version with this value."""
        known = self.versions.get(version_id)
        return known is not None and bool(known["value"] == value)

    def stages(self) -> dict[str, list[str]]:
        """Return the labels of all versions that have one."""
        return {one: list(version["stages"]) for one, version in self.versions.items() if version["stages"]}

    def put(self, version_id: str, value: dict[str, Any], labels: Sequence[str]) -> None:
        """Add a version, and move the labels to it; once more is the same, but not with another value."""
        known = self.versions.get(version_id)
        if known is not None and known["value"] != value:
            raise SecretsError(
                "ResourceExistsException",
                "You can't modify an existing version, you can only create a new version.",
            )
        if known is None:
            self.versions[version_id] = {"value": value, "created": time.time(), "stages": []}
        for label in labels:
            self.move(label, version_id)
        self.changed = time.time()
        self._forget_old()

    def move(self, label: str, to: str | None) -> None:
        """Give a label to a version, or to none; what was current is then the previous one."""
        was = self.labelled(label)
        if was == to:
            return
        if was is not None:
            self.versions[was]["stages"].remove(label)
        if to is None:
            return
        self.versions[to]["stages"].append(label)
        if label == CURRENT:
            for other in (PENDING, PREVIOUS):
                if other in self.versions[to]["stages"]:
                    self.versions[to]["stages"].remove(other)
            if was is not None:
                self.move(PREVIOUS, was)

    def _forget_old(self) -> None:
        unlabelled = [one for one, version in self.versions.items() if not version["stages"]]
        for one in unlabelled[: max(0, len(self.versions) - MOST_VERSIONS)]:
            del self.versions[one]


class Secrets:
    """All secrets of a sandbox. `lock` is held by whoever reads or changes them."""

    def __init__(self, region: str, account_id: str) -> None:
        self.lock = threading.RLock()
        self.by_name: dict[str, Secret] = {}
        # What rotates the secrets of a service that owns some, by the service's name.
        self.rotations: dict[str, Callable[[str], str]] = {}
        self._arn = f"arn:aws:secretsmanager:{region}:{account_id}:secret:"

    def add(self, name: str, *, owner: str | None = None) -> Secret:
        """Make a secret without a value."""
        self._purge()
        if (known := self.by_name.get(name)) is not None:
            if known.deleted:
                raise invalid_request(
                    "You can't create this secret because a secret with this name is already scheduled for "
                    "deletion."
                )
            raise SecretsError(
                "ResourceExistsException",
                f"The operation failed because the secret {name} already exists.",
            )
        letters = string.ascii_letters + string.digits
        suffix = "".join(randomness.choice(letters) for _ in range(6))
        now = time.time()
        made = Secret(name, f"{self._arn}{name}-{suffix}", created=now, changed=now, owner=owner)
        self.by_name[name] = made
        return made

    def find(self, identity: str, *, deleted: bool = False) -> Secret:
        """Return the secret of a name or an ARN, which may lack its random end."""
        self._purge()
        found = self.by_name.get(identity)
        if found is None and identity.startswith(self._arn):
            named = self.by_name.get(identity.removeprefix(self._arn))
            found = named or next((one for one in self.by_name.values() if one.arn == identity), None)
        if found is None:
            raise not_found()
        if found.deleted and not deleted:
            raise invalid_request(MARKED)
        return found

    def _purge(self) -> None:
        for name in [one.name for one in self.by_name.values() if one.gone and one.gone <= time.time()]:
            del self.by_name[name]

    def add_owned(self, name: str, owner: str, text: str, tags: dict[str, str]) -> str:
        """Make a secret for a service that owns it; return its ARN."""
        with self.lock:
            made = self.add(name, owner=owner)
            made.description = f"The secret is managed by {owner}"
            made.tags.update(tags)
            made.put(str(uuid.uuid4()), {"SecretString": text}, [CURRENT])
            return made.arn

    def put_owned(self, arn: str, text: str) -> str:
        """Put a new value into a service's secret; return the version's id."""
        with self.lock:
            found = self.find(arn)
            version = str(uuid.uuid4())
            found.put(version, {"SecretString": text}, [CURRENT])
            found.rotated = time.time()
            return version

    def read_owned(self, arn: str) -> str:
        """Return the current text of a service's secret."""
        with self.lock:
            found = self.find(arn)
            return str(found.versions[str(found.labelled(CURRENT))]["value"]["SecretString"])

    def remove_owned(self, arn: str) -> None:
        """Delete a service's secret at once."""
        with self.lock:
            for name in [one.name for one in self.by_name.values() if one.arn == arn]:
                del self.by_name[name]
