"""A Dockerfile as a plan: what has to be laid out to run the image's programs without a container engine."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dockerfile_parse import DockerfileParser
from dockerfile_parse.util import WordSplitter, extract_key_values

from s_infra.errors import SInfraError
from s_infra.packaging.layout import File, Layout, changed_mode
from s_infra.packaging.steps import Steps, User

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.packaging.context import Context

# The official Python images: their PATH and locale (Docker Hub, "python").
PYTHON_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}
PYTHON_TAG = re.compile(r"(3\.\d+)(?:\.\d+)?(?:[-.].*)?")
SYSTEM_IMAGES = frozenset({"debian", "ubuntu"})
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
NOT_CARRIED_VARIABLE = re.compile(r"\$\{\w+[^\w}]")


@dataclass(frozen=True)
class Plan:
    """An image's own part: files, environment, programs. Paths are absolute in the image.

    `python` is the minor version that the base image names (`3.11`), None where it names none;
    `requirements` are the lines of one requirements file; `warnings` name what is left to the machine;
    `system_packages` are apt-get's words.
    """

    base_image: str
    python: str | None
    environment: Mapping[str, str]
    working_directory: str
    files: tuple[File, ...]
    folders: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    requirements: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    user: str | None
    users: tuple[User, ...]
    labels: Mapping[str, str]
    ports: tuple[str, ...]
    warnings: tuple[str, ...]
    system_packages: tuple[str, ...] = ()


def read(context: Context) -> Plan:
    """Read the Dockerfile of a build context.

    Raises:
        SInfraError: a line can't be read, or asks for what only a container engine can do; the line is named.
    """
    text = context.dockerfile()
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()))
    reading = _Reading(context)
    structure = parser.structure
    _check_all_read(text, structure)
    for instruction in structure:
        name, value, line = instruction["instruction"], instruction["value"], instruction["startline"] + 1
        try:
            reading.instruction(name, value.strip())
        except SInfraError as error:
            where = f"Dockerfile, line {line}: {name} {' '.join(value.split())[:80]}"
            raise SInfraError(error.what, which=where, next_step=error.next_step) from error
    return reading.plan()


def is_system(image: str) -> bool:
    """Return whether a base image is a bare system, whose Python is a package of it."""
    return _name_and_tag(image)[0] in SYSTEM_IMAGES


def base_images(context: Context) -> list[str]:
    """Return the images that the Dockerfile starts from, without `scratch` and its own stages."""
    parser = DockerfileParser(fileobj=io.BytesIO(context.dockerfile().encode()))
    froms = [one["value"].split() for one in parser.structure if one["instruction"] == "FROM"]
    stages = {words[-1] for words in froms if len(words) > 2 and words[-2].upper() == "AS"}
    return [one for one in parser.parent_images if one not in {"scratch", *stages}]


@dataclass
class _Reading:
    context: Context
    base_image: str | None = None
    python: str | None = None
    global_arguments: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str | None = None
    ports: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.layout = Layout(self.context)
        self.steps = Steps(self.layout, self.context)

    def instruction(self, name: str, value: str) -> None:
        if name == "COMMENT":
            return
        if not value:
            raise SInfraError(f"{name} without a value")
        if name != "RUN" and NOT_CARRIED_VARIABLE.search(value):
            raise _refused("a variable with a default or a substitution, ${NAME:-…},")
        if self.base_image is None and name not in ("FROM", "ARG"):
            raise SInfraError(f"{name} before FROM", next_step="a Dockerfile begins with FROM")
        actions: dict[str, Callable[[str], None]] = {
            "FROM": self._from,
            "ARG": self._arg,
            "ENV": self._env,
            "LABEL": self._label,
            "MAINTAINER": self._ignore,
            "WORKDIR": self._workdir,
            "COPY": self._copy,
            "ADD": self._add,
            "RUN": self._run,
            "ENTRYPOINT": self._entrypoint,
            "CMD": self._command,
            "USER": self._user,
            "EXPOSE": self._expose,
            "VOLUME": self._volume,
            "HEALTHCHECK": self._healthcheck,
        }
        if name not in actions:
            raise _refused(f"the instruction {name}")
        actions[name](value)

    def plan(self) -> Plan:
        if self.base_image is None:
            raise SInfraError("the Dockerfile has no FROM", which=str(self.context.directory / "Dockerfile"))
        warnings = [*self.notes, *self.steps.warnings]
        if self.steps.system_packages:
            names = ", ".join(dict.fromkeys(self.steps.system_packages))
            warnings.append(
                f"apt-get install: not done here, the machine's own are used where it has them: {names}"
            )
        return Plan(
            base_image=self.base_image,
            python=self.python,
            environment=dict(self.environment),
            working_directory=self.layout.working_directory,
            files=tuple(self.layout.files[name] for name in sorted(self.layout.files)),
            folders=tuple(sorted(self.layout.folders)),
            links=tuple(sorted(self.layout.links.items())),
            requirements=tuple(self.steps.requirements),
            entrypoint=self.entrypoint,
            command=self.command,
            user=self.user,
            users=tuple(self.steps.users),
            labels=dict(self.labels),
            ports=tuple(self.ports),
            warnings=tuple(warnings),
            system_packages=tuple(self.steps.system_packages),
        )

    def _from(self, value: str) -> None:
        if self.base_image is not None:
            raise _refused("a build in several stages (a second FROM)")
        words = [word for word in _words(value, self.global_arguments) if not word.startswith("--platform=")]
        if len(words) == 3 and words[1].upper() == "AS":
            words = words[:1]
        if len(words) != 1:
            raise SInfraError("FROM takes one image")
        self.base_image = words[0]
        name, tag = _name_and_tag(words[0])
        self.environment = dict(PYTHON_ENVIRONMENT)
        if name == "python":
            match = PYTHON_TAG.fullmatch(tag)
            self.python = match.group(1) if match else None
            self.command = ("python3",)
            if match is None:
                self.notes.append(f"FROM {words[0]} names no minor version of Python; this machine's is used")
        elif name in SYSTEM_IMAGES:
            self.notes.append(f"FROM {words[0]}: this machine's own system and Python stand in for it")
        else:
            raise SInfraError(
                f"without a container engine, the base image {words[0]} can't be had: its files aren't here",
                next_step="use a python, debian or ubuntu image as base",
            )

    def _arg(self, value: str) -> None:
        known = self.global_arguments if self.base_image is None else self.arguments
        for name, default in extract_key_values(True, known, self.environment, value):
            if "=" in value:
                known[name] = default
            elif name in self.global_arguments:
                known[name] = self.global_arguments[name]

    def _env(self, value: str) -> None:
        self.environment.update(self._pairs(value))

    def _label(self, value: str) -> None:
        self.labels.update(self._pairs(value))

    def _pairs(self, value: str) -> dict[str, str]:
        try:
            return dict(extract_key_values(True, self.arguments, self.environment, value))
        except ValueError as error:
            raise SInfraError(str(error)) from error

    def _ignore(self, value: str) -> None:
        del value

    def _workdir(self, value: str) -> None:
        self.layout.working_directory = self.layout.absolute(" ".join(self._words(value)))
        self.layout.add_folder(".")

    def _copy(self, value: str) -> None:
        options, words = self._copied(value)
        if "--from" in options:
            raise _refused("COPY --from")
        self._lay_out(options, words)

    def _add(self, value: str) -> None:
        options, words = self._copied(value)
        for source in words[:-1]:
            if "://" in source or source.startswith("git@"):
                raise _refused(f"ADD of an address ({source})")
            if source.endswith(ARCHIVES):
                raise _refused(f"ADD of an archive to unpack ({source})")
        self._lay_out(options, words)

    def _copied(self, value: str) -> tuple[dict[str, str], list[str]]:
        flags = re.match(r"(?:--\S+\s+)*", value)
        rest = value[flags.end() :] if flags else value
        options = dict(_option(word) for word in (flags.group().split() if flags else ()))
        if rest.startswith("["):
            words = [_words(f'"{word}"', self.arguments, self.environment)[0] for word in _json(rest)]
        else:
            words = self._words(rest)
        if any(word.startswith("<<") for word in words):
            raise _refused("a here-document")
        if len(words) < 2:
            raise SInfraError("a source and a destination are needed")
        return options, words

    def _lay_out(self, options: dict[str, str], words: list[str]) -> None:
        for option in options:
            if option not in ("--chown", "--chmod", "--link"):
                raise _refused(f"COPY {option}")
        mode = changed_mode(0o644, options["--chmod"]) if "--chmod" in options else None
        self.layout.copy(words[:-1], words[-1], mode)

    def _run(self, value: str) -> None:
        while match := re.match(r"--(\S+)\s+", value):
            if not match.group(1).startswith("mount=type=cache"):
                raise _refused(f"RUN --{match.group(1)}")
            value = value[match.end() :]
        if re.match(r"<<", value):
            raise _refused("a here-document")
        if value.startswith("["):
            value = " ".join(json.dumps(word) for word in _json(value))
        self.steps.run(value, {**self.arguments, **self.environment})

    def _entrypoint(self, value: str) -> None:
        self.entrypoint = _program(value)
        # As in Docker, the base image's CMD doesn't go with another ENTRYPOINT.
        self.command = ()

    def _command(self, value: str) -> None:
        self.command = _program(value)

    def _user(self, value: str) -> None:
        self.user = self._words(value)[0]

    def _expose(self, value: str) -> None:
        self.ports += self._words(value)

    def _volume(self, value: str) -> None:
        for path in _json(value) if value.startswith("[") else self._words(value):
            self.layout.add_folder(path)

    def _healthcheck(self, value: str) -> None:
        if value.upper() != "NONE":
            self.notes.append("HEALTHCHECK isn't looked at; SageMaker asks /ping")

    def _words(self, value: str) -> list[str]:
        words = _words(value, self.arguments, self.environment)
        if not words:
            raise SInfraError("a value is missing")
        return words


def _words(value: str, *variables: Mapping[str, str]) -> list[str]:
    known: dict[str, str] = {}
    for table in variables:
        known.update(table)
    return list(WordSplitter(value, args=known, envs={}).split())


def _program(value: str) -> tuple[str, ...]:
    return tuple(_json(value)) if value.startswith("[") else ("/bin/sh", "-c", value)


def _json(value: str) -> list[str]:
    try:
        words = json.loads(value)
    except ValueError as error:
        raise SInfraError(f"not a JSON array: {error}") from error
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise SInfraError("not a JSON array of strings")
    return words


def _option(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _name_and_tag(image: str) -> tuple[str, str]:
    plain = image.partition("@")[0]
    name = plain.rpartition("/")[2]
    base, _, tag = name.partition(":")
    return base, tag or "latest"


def _check_all_read(text: str, structure: list[dict[str, Any]]) -> None:
    """Refuse what the parser passes over, an instruction without a value for instance."""
    covered: set[int] = set()
    for instruction in structure:
        covered.update(range(instruction["startline"], instruction["endline"] + 1))
    for number, line in enumerate(text.splitlines()):
        if line.strip() and number not in covered:
            raise SInfraError(
                "a line that can't be read", which=f"Dockerfile, line {number + 1}: {line.strip()[:80]}"
            )


def _refused(what: str) -> SInfraError:
    return SInfraError(
        f"without a container engine, {what} can't be carried out",
        next_step="leave it out, or do it in a file that the Dockerfile copies",
    )
