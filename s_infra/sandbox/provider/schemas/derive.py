"""Derives the schemas that the embedded provider serves from packages that carry the real ones.

`python -m s_infra.sandbox.provider.schemas.derive` downloads the pinned packages with pip and rewrites one
JSON file per type beside this module, in the form of `terraform providers schema -json`. See NOTICE.md for
origin and licence, docs/decisions/embedded-provider.md for what the packages lack.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s_infra.sandbox.provider.schemas.javascript import Input, Member, Source, parse
from s_infra.sandbox.provider.types import PROVIDERS

if TYPE_CHECKING:
    from s_infra.sandbox.provider.declaration import Served

Schema = dict[str, Any]

_SCALARS = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
}
_GETTER = re.compile(r"return .*?this\.(get\w+Attribute)\(")
_MAPPED = re.compile(r"\b(\w+)ToHclTerraform, (true|false)\)")


@dataclass(frozen=True)
class Package:
    """A pinned package on the index that carries the schemas of a provider's types."""

    name: str
    version: str
    provider: Served

    @property
    def folders(self) -> dict[str, str]:
        """The folder of each type served in the package → the name of our file."""
        prefix = self.provider.name
        found = {_folder(name, prefix): f"resource_{name}" for name in self.provider.resources}
        found |= {f"data-{prefix}-{_folder(name, prefix)}": f"data_{name}" for name in self.provider.data}
        return found | {"provider": f"provider_{prefix}"}


_PINNED = {"aws": ("cdktn-provider-aws", "25.8.1"), "archive": ("cdktn-provider-archive", "14.0.1")}
PACKAGES = tuple(Package(*_PINNED[served.name], served) for served in PROVIDERS)


def _folder(type_name: str, provider: str) -> str:
    return type_name.removeprefix(f"{provider}_").replace("_", "-")


def derive(text: str) -> Schema:
    """The schema of the one type in a generated `index.js`: {"version": 0, "block": …}."""
    source = parse(text)
    name = source.root()
    inputs = source.root_inputs(name)
    build = _provider_block if source.bases[name] == "TerraformProvider" else _block
    block = build(source, name, inputs)
    return {"version": 0, "block": block}


def _block(source: Source, class_name: str, inputs: dict[str, Input]) -> Schema:
    attributes: Schema = {}
    blocks: Schema = {}
    for member in source.members(class_name):
        if member.wrapper is None or member.from_cdktn:
            attributes[member.name] = {"type": _plain_type(member, inputs.get(member.name)), **member.flags}
            continue
        nested, mode, many = _nested(source, member, inputs.get(member.name))
        if not _is_block(member, inputs.get(member.name)):
            kind = _object_type(nested)
            attributes[member.name] = {"type": kind if mode == "single" else [mode, kind], **member.flags}
            continue
        limits = {"min_items": 1} if member.required else {}
        if not many and mode in {"list", "set"}:
            limits["max_items"] = 1
        blocks[member.name] = {"nesting_mode": mode, "block": nested, **limits}
    return {"attributes": attributes, **({"block_types": blocks} if blocks else {})}


def _nested(source: Source, member: Member, written: Input | None) -> tuple[Schema, str, bool]:
    """The nested block of a member, its nesting mode, and whether there can be several."""
    wrapper = member.wrapper or ""
    many = source.bases[wrapper] in {"ComplexList", "ComplexMap"}
    stem = re.sub(r"(List|Map)$" if many else r"OutputReference$", "", wrapper)
    nested = _block(source, f"{stem}OutputReference", source.functions.get(stem, {}))
    if written is not None and not (member.computed and not member.optional):
        return nested, "single" if written.collection == "struct" else written.collection, many
    if source.bases[wrapper] == "ComplexMap":
        return nested, "map", many
    return nested, ("set" if member.is_set else "list") if many else "single", many


def _is_block(member: Member, written: Input | None) -> bool:
    if written is None or (member.computed and not member.optional):
        return False
    mapped = _MAPPED.search(written.expression)
    return mapped.group(2) == "true" if mapped else not member.computed


def _object_type(block: Schema) -> list[Any]:
    fields: Schema = {name: attribute["type"] for name, attribute in block["attributes"].items()}
    for name, nested in block.get("block_types", {}).items():
        kind = _object_type(nested["block"])
        fields[name] = kind if nested["nesting_mode"] == "single" else [nested["nesting_mode"], kind]
    return ["object", fields]


def _plain_type(member: Member, written: Input | None) -> Any:
    if member.from_cdktn:
        found = re.fullmatch(r"(String|Number|Boolean|Any)(List|Map)(List|Map)?", member.wrapper or "")
        if not found:
            raise ValueError(f"{member.name}: {member.wrapper} isn't understood")
        kind: Any = _SCALARS[found.group(1).lower()]
        for collection in found.groups()[1:]:
            kind = [collection.lower(), kind] if collection else kind
        return ["set", kind[1]] if member.is_set and kind[0] == "list" else kind
    if written is not None:
        return _written_type(written)
    getter = _GETTER.search(member.source)
    if not getter or getter.group(1) not in _GETTERS:
        raise ValueError(f"{member.name}: its getter isn't understood")
    kind = _GETTERS[getter.group(1)]
    return ["set", kind[1]] if "tolist(" in member.source and isinstance(kind, list) else kind


def _written_type(written: Input) -> Any:
    scalar = _SCALARS[re.sub(r"(List|Map)+$", "", written.storage)]
    if written.collection == "simple":
        return scalar
    if written.storage.endswith(("ListList", "MapList")):
        return [written.collection, ["list" if written.storage.endswith("ListList") else "map", scalar]]
    return [written.collection, scalar]


def _provider_block(source: Source, name: str, inputs: dict[str, Input]) -> Schema:
    # A provider's blocks have no class of their own, only the function that writes them.
    attributes: Schema = {}
    blocks: Schema = {}
    for member in source.members(name):
        written = inputs[member.name]
        stem = re.search(r"\b(\w+)ToHclTerraform", written.expression)
        fields = source.functions.get(stem.group(1)[0].upper() + stem.group(1)[1:]) if stem else None
        if fields is None:
            attributes[member.name] = {"type": _written_type(written), "optional": True}
            continue
        nested = {key: {"type": _written_type(value), "optional": True} for key, value in fields.items()}
        mode = "single" if written.collection == "struct" else written.collection
        limit = {} if "listMapperHcl" in written.expression else {"max_items": 1}
        blocks[member.name] = {"nesting_mode": mode, "block": {"attributes": nested}, **limit}
    return {"attributes": attributes, **({"block_types": blocks} if blocks else {})}


def read_package(package: Package, wheel: Path) -> dict[str, Schema]:
    """Our file's name → schema, for each type wanted of a wheel; ValueError if one is missing."""
    found: dict[str, Schema] = {}
    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as sources:
            for entry in sources:
                parts = entry.name.split("/")
                wanted = (
                    package.folders.get(parts[-2]) if parts[-1] == "index.js" and len(parts) > 2 else None
                )
                content = sources.extractfile(entry) if wanted else None
                if wanted and content:
                    found[wanted] = derive(content.read().decode())
    if missing := sorted(set(package.folders.values()) - set(found)):
        raise ValueError(f"{wheel.name} has no {', '.join(missing)}")
    return found


@click.command()
@click.option(
    "--to", type=click.Path(path_type=Path), default=Path(__file__).parent, help="Folder of the schemas."
)
def main(to: Path) -> None:
    """Download the pinned packages and rewrite the schemas that the provider serves."""
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
            subprocess.run([*command, f"{package.name}=={package.version}"], check=True)
            wheel = next(Path(folder).glob(f"{package.name.replace('-', '_')}-*.whl"))
            for name, schema in sorted(read_package(package, wheel).items()):
                path = to / f"{name}.json"
                path.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", encoding="utf-8")
                click.echo(path.name, err=True)


if __name__ == "__main__":
    main()
