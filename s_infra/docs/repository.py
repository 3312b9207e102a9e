"""What `s-infra docs` is told of a repository, in `.s-infra-docs.toml` or on the command line."""

from __future__ import annotations

import os
import posixpath
import re
import tomllib
from typing import NamedTuple

from s_infra.docs import reading
from s_infra.docs.load import is_module_file
from s_infra.errors import SInfraError

FILE = ".s-infra-docs.toml"
USUAL_ROOTS = ("catalog", "components", "modules")
# A module's own tests and examples are shown on its page, and have none.
LEFT_OUT = frozenset({"examples", "tests", "test", "fixtures"})
ACRONYMS = re.compile(
    "acm|ai|alb|api|aws|cdn|cli|db|dns|ebs|ec2|ecr|ecs|efs|eks|elb|emr|gcp|http|iam|id|ip|kms|ml|nlb|rds|s3|sns|sql|"
    "sqs|ssh|ssl|ssm|tls|url|vpc|vpn|waf"
)


class Repository(NamedTuple):
    """Where modules are, and how pages speak of them."""

    roots: tuple[str, ...]
    """Folders, relative to the repository's."""
    url: str = ""
    """The repository's page on its host; links are relative if it's empty."""
    ref: str = "main"
    """The branch or tag that links and sources name."""
    titles: tuple[tuple[str, str], ...] = ()
    """A root and what its index is called."""
    templates: str = ""
    """A folder whose templates take the place of ours."""

    def title(self, root: str) -> str:
        """Return what a root's index is called; not by a clone's folder, which is another elsewhere."""
        name = posixpath.basename(self.url.removesuffix(".git") if root == "." else root)
        return dict(self.titles).get(root) or titled(name) or "Modules"

    def link(self, path: str) -> str:
        """Return the address of a file or folder of the repository on its host."""
        return f"{self.url}/tree/{self.ref}/{path}".removesuffix("/.")

    def source(self, path: str) -> str:
        """Return what a caller gives as a module's `source`."""
        if not self.url:
            return "./" if path == "." else f"./{path}"
        inside = "" if path == "." else f"//{path}"
        return f"git::{self.url.removesuffix('.git')}.git{inside}?ref={self.ref}"


def read(roots: tuple[str, ...] = (), templates: str = "") -> Repository:
    """Return the settings of the repository in the working folder; what is given goes before its file's.

    Raises:
        SInfraError: The file or a root can't be used.
    """
    said = _file()
    chosen = roots or _texts(said, "roots") or _usual_roots() or (".",)
    titles = said.pop("titles", {})
    if not isinstance(titles, dict) or not all(isinstance(title, str) for title in titles.values()):
        raise SInfraError("titles is not a table of texts", which=FILE)
    repository = Repository(
        roots=tuple(dict.fromkeys(os.path.normpath(root) for root in chosen)),
        url=_text(said, "url", "").rstrip("/"),
        ref=_text(said, "ref", "main"),
        titles=tuple(titles.items()),
        templates=templates or _text(said, "templates", ""),
    )
    if said:
        names = ", ".join(Repository._fields)
        raise SInfraError(f"there is no setting {min(said)}", which=FILE, next_step=f"there are {names}")
    for folder in (*repository.roots, *filter(None, [repository.templates])):
        if not os.path.isdir(folder):  # noqa: PTH112
            raise SInfraError(
                "there is no such folder", which=folder, next_step=f"name another, here or in {FILE}"
            )
    return repository


def titled(path: str) -> str:
    """Return a module's path as a title: `aws/ml-ops` is `AWS ML-Ops`."""
    return " ".join("-".join(_capital(part) for part in word.split("-")) for word in path.split("/") if word)


def _capital(word: str) -> str:
    return word.upper() if ACRONYMS.fullmatch(word) else word[:1].upper() + word[1:]


def _usual_roots() -> tuple[str, ...]:
    """Return the usual roots that are there; all that is here if none is, or here is a module itself."""
    entries = reading.folder(".")
    folders = {entry.name for entry in entries if reading.is_folder(entry)}
    here = any(is_module_file(entry.name) for entry in entries)
    return () if here else tuple(root for root in USUAL_ROOTS if root in folders)


def _file() -> dict[str, object]:
    if not reading.is_file(FILE):
        return {}
    try:
        return tomllib.loads(reading.file(FILE).decode())
    except (OSError, ValueError) as error:
        raise SInfraError(f"the settings can't be read: {error}", which=FILE) from error


def _text(said: dict[str, object], name: str, usual: str) -> str:
    value = said.pop(name, usual)
    if not isinstance(value, str):
        raise SInfraError(f"{name} is not a text", which=FILE)
    return value


def _texts(said: dict[str, object], name: str) -> tuple[str, ...]:
    value = said.pop(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise SInfraError(f"{name} is not a list of texts", which=FILE)
    return tuple(value)
