"""What `pip install` in a Dockerfile asks for, as the lines of one requirements file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence

from s_infra.errors import SInfraError

# Options that change how pip works and not what it installs.
WITHOUT_MEANING = frozenset(
    (
        *("-U", "--upgrade", "--force-reinstall", "--no-cache", "--no-cache-dir", "--prefer-binary"),
        *("-q", "-qq", "--quiet", "-v", "--verbose", "--no-input", "--progress-bar=off"),
        *("--compile", "--no-compile", "--compile-bytecode", "--system", "--break-system-packages"),
        *("--disable-pip-version-check", "--no-warn-script-location", "--root-user-action=ignore"),
    )
)
WITH_MEANING = {
    "-i": "--index-url",
    "--index-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
}
FILES = frozenset({"-r", "--requirement"})
IGNORED_WITH_VALUE = frozenset(
    {"--timeout", "--default-timeout", "--retries", "--root-user-action", "--progress-bar"}
)
# Tools that every environment has in another form; an upgrade of them changes nothing that a program sees.
INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv"})

Reader = Callable[[str], str]


def from_arguments(arguments: Sequence[str], read: Reader) -> list[str]:
    """Return the requirement lines of `pip install ARGUMENTS`; `read(path)` gives a requirements file's text.

    Raises:
        SInfraError: an option or a requirement that can't be carried out without a container engine.
    """
    lines: list[str] = []
    rest = _separated(arguments)
    for argument in rest:
        if argument in WITHOUT_MEANING:
            continue
        if argument in IGNORED_WITH_VALUE:
            next(rest, None)
        elif argument in FILES:
            lines += from_file(next(rest, ""), read)
        elif argument in WITH_MEANING:
            lines.append(f"{WITH_MEANING[argument]} {next(rest, '')}")
        elif argument.startswith("-"):
            raise _refused(f"pip install {argument}")
        else:
            lines += [] if argument in INSTALLERS else [_checked(argument)]
    return lines


def from_file(path: str, read: Reader) -> list[str]:
    """Return the lines of a requirements file, those of included files in their place."""
    lines: list[str] = []
    text = re.sub(r"\\\n", " ", read(path).replace("\r\n", "\n"))
    for raw in text.splitlines():
        line = " ".join(re.sub(r"(^|\s)#.*$", "", raw).split())
        if not line:
            continue
        option, _, value = (
            line.partition("=") if line.startswith("--") and "=" in line else line.partition(" ")
        )
        if option in FILES:
            lines += from_file(posixpath.join(posixpath.dirname(path), value.strip()), read)
        elif option in WITH_MEANING:
            lines.append(f"{WITH_MEANING[option]} {value.strip()}")
        elif line in WITHOUT_MEANING:
            continue
        elif line.startswith("-"):
            raise _refused(f"{option} in {path}")
        else:
            lines.append(_checked(line))
    return lines


def _separated(arguments: Sequence[str]) -> Iterator[str]:
    for argument in arguments:
        # `--requirement=file` and `-rfile` are spelled as two words from here on.
        if argument in WITHOUT_MEANING:
            yield argument
        elif argument.startswith("--") and "=" in argument:
            yield from argument.split("=", 1)
        elif re.match(r"-[ri][^ ]", argument):
            yield from (argument[:2], argument[2:])
        else:
            yield argument


def _checked(requirement: str) -> str:
    name = requirement.split(" ")[0]
    local = name.startswith((".", "/", "file:")) or (
        name.endswith((".whl", ".tar.gz", ".zip")) and "://" not in requirement
    )
    if local:
        raise _refused(f"pip install {name} (a package that lies in the build context)")
    return requirement


def _refused(what: str) -> SInfraError:
    return SInfraError(
        f"without a container engine, {what} can't be carried out",
        next_step="name packages of the index, in the RUN line or in a requirements file",
    )
