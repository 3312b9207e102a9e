"""`s-infra docs render`: one page on stdout, or into a file, or one file for each module."""

from __future__ import annotations

import os
import sys

from s_infra.docs import formats
from s_infra.docs.render import Request, page, request
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.docs.arguments import Given, Option
    from s_infra.docs.receipts import Receipt
    from s_infra.docs.runs import Page


def run(given: Given, receipt: Receipt) -> None:
    """Carry out a command line.

    Raises:
        SInfraError: A page can't be made or written; none was.
    """
    format_name, directories = _split(given.words)
    if given.options.get("out"):
        _write_each(format_name, directories, given.options, receipt)
        return
    asked = [request(directory, format_name, given.options) for directory in directories]
    if any(one.options["recursive"] for one in asked) or any(one.text("output_file") for one in asked):
        _write_into(asked, format_name, given.options, receipt)
        return
    said = "".join(f"{page(one)}\n" for one in asked)
    sys.stdout.flush()
    sys.stdout.buffer.write(said.encode())
    sys.stdout.flush()
    if not any(one.settings.output_values and not one.settings.output_values_from for one in asked):
        _keep(receipt, said)


def _split(words: list[str]) -> tuple[str, list[str]]:
    """Return the format, empty if none is named, and the directories; a format may be two words."""
    name, rest = "", list(words)
    if rest and (formats.is_format(rest[0]) or not os.path.isdir(rest[0])):  # noqa: PTH112
        name = rest.pop(0)
        if rest and formats.is_format(f"{name}-{rest[0]}") and not os.path.isdir(rest[0]):  # noqa: PTH112
            name += f"-{rest.pop(0)}"
        name = formats.full_name(name)
    return name, rest or ["."]


def _keep(receipt: Receipt, said: str = "", told: str = "") -> None:
    from s_infra.docs import reading

    receipt.add(reading.noted())
    receipt.keep(said, told)


def _write_each(
    format_name: str, directories: list[str], options: dict[str, Option], receipt: Receipt
) -> None:
    """Write a file for each module, named by its path from the directory that it was found under."""
    from s_infra.docs.runs import write

    out = str(options["out"])
    targets: dict[str, tuple[str, str]] = {}
    for directory in directories:
        for module in _modules(directory, options) if options.get("recursive") else [directory]:
            targets[module] = (directory, out)
    if not targets:
        raise SInfraError("there is no module", which=", ".join(directories))
    outcome = write(
        list(targets), lambda module: _page_in(module, *targets[module], format_name, options), receipt
    )
    told = f"{outcome.pages} pages, {outcome.changed or 'none'} changed\n"
    sys.stderr.write(told)
    receipt.keep(told=f"{outcome.pages} pages, none changed\n")


def _page_in(module: str, root: str, out: str, format_name: str, options: dict[str, Option]) -> Page:
    from s_infra.docs.runs import Page

    asked = request(module, format_name, options)
    name = os.path.relpath(module, root)
    if name == ".":
        name = os.path.basename(os.path.abspath(root))  # noqa: PTH100, PTH119
    path = os.path.join(out, name + formats.extension(asked.format))  # noqa: PTH118
    return Page(os.path.normpath(path), f"{page(asked)}\n", of=module)


def _modules(directory: str, options: dict[str, Option]) -> list[str]:
    from s_infra.docs.tree import modules_under

    left_out = options.get("recursive_exclude", ())
    assert isinstance(left_out, tuple)
    main = options.get("recursive_include_main", True)
    return [
        module
        for module in modules_under(directory, [name for name in left_out if "/" not in name])
        if (main or module != directory) and not _excluded(os.path.relpath(module, directory), left_out)
    ]


def _excluded(path: str, left_out: tuple[str, ...]) -> bool:
    return any(f"{path}/".startswith(f"{name.strip('/')}/") for name in left_out)


def _write_into(asked: list[Request], format_name: str, given: dict[str, Option], receipt: Receipt) -> None:
    """Write pages into their modules' own files, or tell which are out of date."""
    from s_infra.docs.output import into_file
    from s_infra.docs.runs import Page, write

    modules: dict[str, Request] = {}
    for one in asked:
        if not one.text("output_file"):
            raise SInfraError(
                "many pages need files to go into",
                which=one.directory,
                next_step="name one to have in every module by --output-file, or a folder for all by --out",
            )
        if not one.options["recursive"]:
            modules[one.directory] = one
            continue
        if one.options["recursive_include_main"]:
            modules[one.directory] = one
        below = os.path.normpath(os.path.join(one.directory, one.text("recursive_path")))  # noqa: PTH118
        for module in _modules(below, one.options) if os.path.isdir(below) else ():  # noqa: PTH112
            modules.setdefault(module, request(module, format_name, given))

    def page_of(module: str) -> Page:
        one = modules[module]
        file, mode, template = (one.text(f"output_{name}") for name in ("file", "mode", "template"))
        return Page(*into_file(module, file, mode, template, page(one)), of=module)

    stale: list[str] = []
    check = any(one.options["output_check"] for one in modules.values())
    outcome = write(list(modules), page_of, receipt, stale=_telling(stale) if check else None)
    if stale:
        raise SInfraError(f"{len(stale)} of {outcome.pages} files are out of date", which=", ".join(stale))
    told = f"{outcome.pages} pages, {outcome.changed or 'none'} changed\n"
    sys.stderr.write(told)
    receipt.keep(told=f"{outcome.pages} pages, none changed\n")


def _telling(stale: list[str]) -> Callable[[str, list[str]], None]:
    def tell(path: str, diff: list[str]) -> None:
        stale.append(path)
        sys.stdout.write(f"stale: {path}\n" + "".join(f"  {line}".rstrip() + "\n" for line in diff))

    return tell
