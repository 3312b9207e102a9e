"""Which providers a module asks for and uses, and in which versions."""

from __future__ import annotations

import re

from s_infra.docs.model import Provider, Requirement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from s_infra.docs.attributes import Attribute
    from s_infra.docs.declarations import Declaration
    from s_infra.docs.model import Resource

_EXACT = r"= ?([^ ]+)|(\d[^ ]*)"


class Providers:
    """What is written about providers, by their local names."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}
        self._versions: dict[str, list[str]] = {}

    def required(self, declaration: Declaration) -> None:
        """Take a `required_providers` block; an entry is an object, or the version alone."""
        for name, attribute in declaration.attributes.items():
            versions = self._versions.setdefault(name, [])
            items = attribute.items()
            if items is None:
                versions.append(_text(attribute))
                continue
            if "version" in items:
                versions.append(_text(items["version"]))
            if "source" in items:
                self._sources[name] = _text(items["source"])

    def configured(self, declaration: Declaration) -> None:
        """Take a `provider` block, which may ask for a version, too."""
        if declaration.labels and "version" in declaration.attributes:
            self._versions.setdefault(declaration.labels[0], []).append(
                _text(declaration.attributes["version"])
            )

    def of_resource(self, declaration: Declaration) -> tuple[str, str]:
        """Return the local name and the alias of the provider that a resource takes."""
        attribute = declaration.attributes.get("provider")
        if attribute is None:
            return declaration.labels[0].partition("_")[0], ""
        name, _, alias = attribute.keyword().partition(".")
        return name, alias

    def requirements(self) -> list[Requirement]:
        """Return one requirement for each version asked for, by provider."""
        return [
            Requirement(name, version, self._sources.get(name, ""))
            for name in sorted(self._versions)
            for version in self._versions[name]
            if version
        ]

    def source(self, name: str) -> str:
        """Return a provider's address."""
        return self._sources.get(name) or f"hashicorp/{name}"

    def link_version(self, name: str) -> str:
        """Return the version in the registry's links: `latest` unless one exact version is asked for."""
        versions = self._versions.get(name, [])
        match = re.fullmatch(_EXACT, versions[0]) if len(versions) == 1 else None
        return match[1] or match[2] if match else "latest"

    def used(self, resources: Iterable[Resource], locked: dict[str, str]) -> tuple[Provider, ...]:
        """Return the provider configurations of the resources, each where it is used first."""
        found: dict[tuple[str, str], Provider] = {}
        for resource in resources:
            if resource.mode != "ephemeral":
                name, alias = resource.provider, resource.alias
                version = locked.get(name) or " ".join(filter(None, self._versions.get(name, [])))
                found.setdefault((name, alias), Provider(name, alias, version, resource.at))
        return tuple(found.values())


def _text(attribute: Attribute) -> str:
    value = attribute.value()
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    raise attribute.error("a string is wanted here")
