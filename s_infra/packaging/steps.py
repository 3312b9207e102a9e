"""The RUN lines of a Dockerfile: what a machine without a container engine can do in their place."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.packaging import requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s_infra.packaging.context import Context
    from s_infra.packaging.layout import Layout

# Done on the machine's own system, or of no effect on what a program sees here.
WITHOUT_EFFECT = frozenset({"true", ":", "set", "ldconfig", "umask", "sync", "update-alternatives"})
CACHES = ("/var/lib/apt", "/var/cache", "/var/log", "/tmp", "/root/.cache", "/usr/share")  # noqa: S108
NOT_CARRIED = re.compile(r"\$\(|`|<<|[|<>]|(?<!&)&(?!&)")
# A program's output thrown away, or errors joined to it: nothing that the image keeps.
REDIRECTIONS = re.compile(r"\s*(?:[12&]?>{1,2}\s*/dev/null|2>&1)")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
PIP = re.compile(r"pip(?:3(?:\.\d+)?)?")
PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?")
# Debian's packages come without pip, so many Dockerfiles fetch its installer; here every environment has pip.
GET_PIP = "get-pip.py"
FIRST_USER_ID = 1000
USER_OPTIONS = (
    *("-u", "--uid", "-d", "--home", "--home-dir", "-g", "--gid", "-G", "--groups", "--ingroup"),
    *("-s", "--shell", "-c", "--comment", "--gecos"),
)


@dataclass(frozen=True)
class User:
    """A user that the Dockerfile makes."""

    name: str
    user_id: int
    home: str


@dataclass
class Steps:
    """What the RUN lines so far ask for beside the layout."""

    layout: Layout
    context: Context
    requirements: list[str] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    system_packages: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def run(self, value: str, variables: Mapping[str, str]) -> None:
        """Carry out one RUN line.

        Raises:
            SInfraError: it holds a command that can't be carried out, named in the message.
        """
        folder = self.layout.working_directory
        known = {"HOME": "/root", **variables}
        try:
            for command in _commands(value):
                self._command(command, known)
        finally:
            # `cd` reaches to the end of its own RUN line.
            self.layout.working_directory = folder

    def _command(self, words: Sequence[str], variables: dict[str, str]) -> None:
        expanded = [_expanded(word, variables) for word in words]
        while expanded and ASSIGNMENT.fullmatch(expanded[0]):
            expanded.pop(0)
        if not expanded:
            return
        name, *arguments = expanded
        name = name.rpartition("/")[2]
        if name == "sudo" and arguments:
            name, *arguments = arguments
        if PYTHON.fullmatch(name) and arguments[:2] == ["-m", "pip"]:
            name, arguments = "pip", arguments[2:]
        if name == "uv" and arguments[:1] == ["pip"]:
            name, arguments = "pip", arguments[1:]
        if PIP.fullmatch(name):
            self._pip(arguments)
        elif name == "export":
            pairs = (argument.partition("=") for argument in arguments if "=" in argument)
            variables.update((key, value) for key, _, value in pairs)
        elif name in self._actions():
            self._actions()[name](arguments)
        elif name not in WITHOUT_EFFECT and not _gets_pip(name, arguments):
            raise _refused(shlex.join([name, *arguments]))

    def _actions(self) -> dict[str, Callable[[list[str]], None]]:
        return {
            "apt-get": self._apt,
            "apt": self._apt,
            "add-apt-repository": self._add_repository,
            "cd": self._change_directory,
            "mkdir": self._make_folders,
            "chmod": self._change_mode,
            "chown": self._change_owner,
            "rm": self._remove,
            "ln": self._link,
            "useradd": self._add_user,
            "adduser": self._add_user,
            "groupadd": self._add_group,
            "addgroup": self._add_group,
        }

    def _pip(self, arguments: list[str]) -> None:
        # Options may stand before the command, too: pip --no-cache-dir install …
        first = next((place for place, word in enumerate(arguments) if not word.startswith("-")), 0)
        arguments = [*arguments[first : first + 1], *arguments[:first], *arguments[first + 1 :]]
        if arguments[:2] == ["cache", "purge"] or arguments[:1] == ["check"]:
            return
        if arguments[:1] != ["install"]:
            raise _refused(shlex.join(["pip", *arguments]))
        for line in requirements.from_arguments(arguments[1:], self._read):
            if line not in self.requirements:
                self.requirements.append(line)

    def _read(self, path: str) -> str:
        source = self.layout.source_of(path)
        if source is None:
            raise SInfraError(
                f"pip install -r {path}: no COPY before this line puts that file there",
                which=self.layout.absolute(path),
                next_step="COPY the requirements file first",
            )
        return self.context.read(source)

    def _apt(self, arguments: list[str]) -> None:
        words = [word for word in arguments if not word.startswith("-")]
        if words[:1] == ["install"]:
            self.system_packages += words[1:]
        elif words[:1] and words[0] not in ("update", "upgrade", "clean", "autoclean", "autoremove"):
            raise _refused(shlex.join(["apt-get", *arguments]))

    def _add_repository(self, arguments: list[str]) -> None:
        self.warnings.append(
            f"add-apt-repository {shlex.join(arguments)}: not done here; no package is installed"
        )

    def _change_directory(self, arguments: list[str]) -> None:
        self.layout.working_directory = self.layout.absolute(arguments[0] if arguments else "/root")

    def _make_folders(self, arguments: list[str]) -> None:
        options, paths = _split(arguments, with_value=("-m", "--mode"))
        _only(options, "mkdir", ("-p", "--parents", "-m", "--mode", "-v", "-pv"))
        for path in paths:
            self.layout.add_folder(path)

    def _change_mode(self, arguments: list[str]) -> None:
        # A mode like -x looks like an option.
        words = [word for word in arguments if word not in ("-R", "--recursive", "-v", "-f")]
        if len(words) < 2:
            raise _refused(shlex.join(["chmod", *arguments]))
        for path in words[1:]:
            self.layout.change_mode(words[0], path, recursive="-R" in arguments or "--recursive" in arguments)

    def _change_owner(self, arguments: list[str]) -> None:
        self.warnings.append(
            f"chown {shlex.join(arguments)}: owners aren't kept; every file can be read by all"
        )

    def _remove(self, arguments: list[str]) -> None:
        for path in _split(arguments)[1]:
            absolute = self.layout.absolute(path)
            if not absolute.startswith(CACHES):
                self.layout.remove(path)

    def _link(self, arguments: list[str]) -> None:
        options, paths = _split(arguments)
        if len(paths) != 2 or not any("s" in option for option in options):
            raise _refused(shlex.join(["ln", *arguments]))
        self.layout.links[self.layout.absolute(paths[1])] = paths[0]

    def _add_user(self, arguments: list[str]) -> None:
        options, names = _split(arguments, with_value=USER_OPTIONS)
        if not names:
            raise _refused(shlex.join(["useradd", *arguments]))
        home = options.get("-d") or options.get("--home") or options.get("--home-dir") or f"/home/{names[0]}"
        given = options.get("-u") or options.get("--uid")
        if given is not None and not given.isdigit():
            raise _refused(shlex.join(["useradd", *arguments]))
        number = int(given) if given else FIRST_USER_ID + len(self.users)
        self.users.append(User(names[0], number, home))
        self.layout.add_folder(home)

    def _add_group(self, arguments: list[str]) -> None:
        del arguments  # A group alone changes nothing: files are readable by all.


def _commands(value: str) -> list[list[str]]:
    """Return the commands of a RUN line in shell or JSON form, as words with quotes taken off."""
    plain = REDIRECTIONS.sub("", value)
    if found := NOT_CARRIED.search(_unquoted(plain)):
        raise _refused(f"a RUN line with {found.group()!r} in it")
    lexer = shlex.shlex(plain, posix=True, punctuation_chars=";&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    try:
        words = list(lexer)
    except ValueError as error:
        raise SInfraError(f"a RUN line that can't be read: {error}") from error
    for word in words:
        if word in ("&&", ";"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


def _gets_pip(name: str, arguments: Sequence[str]) -> bool:
    """Return whether a command fetches pip's installer, runs it, or only says a version."""
    if name in ("wget", "curl"):
        return any(word.endswith(f"bootstrap.pypa.io/{GET_PIP}") for word in arguments)
    return PYTHON.fullmatch(name) is not None and (
        arguments[0:1] == ["--version"] or arguments[0:1] == [GET_PIP]
    )


def _unquoted(text: str) -> str:
    # What stands between single quotes is text; in double quotes the shell still looks for $( and `.
    return re.sub(r"'[^']*'", "", re.sub(r"\"([^\"$`]|\\.)*\"", "", text))


def _expanded(word: str, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        if name not in variables:
            raise SInfraError(f"a RUN line uses ${name}, which no ENV or ARG before it sets")
        return variables[name]

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, word)


def _split(arguments: Sequence[str], with_value: Sequence[str] = ()) -> tuple[dict[str, str], list[str]]:
    """Return options (with their values, "" without) and the other words."""
    options: dict[str, str] = {}
    words: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            words.append(argument)
        elif argument in with_value:
            options[argument] = next(rest, "")
        else:
            name, _, value = argument.partition("=")
            options[name] = value
    return options, words


def _only(options: Mapping[str, str], command: str, known: Sequence[str]) -> None:
    for option in options:
        if option not in known:
            raise _refused(f"{command} {option}")


def _refused(what: str) -> SInfraError:
    return SInfraError(
        f"without a container engine, this can't be carried out: {what}",
        next_step="do it in the program, or in a file that the Dockerfile copies",
    )
