"""Collects from the tests' markers which test shows what, without running them.

`python tests/support/parity_support.py` writes what is made of it: the command's table and docs/parity.md.
"""

from __future__ import annotations

import ast
import fnmatch
import functools
import json
from collections.abc import Iterator
from pathlib import Path

from s_infra.sandbox import parity
from s_infra.sandbox.parity import declared

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs/parity.md"
FOLDERS = ("functional", "faults", "unit")
ACCOUNT = "cloud"


def marked() -> Iterator[tuple[str, str]]:
    """Give each marker's name and the test that has it: `tests/functional/test_x.py::test_y`."""
    for path, node in _tests():
        yield from ((name, f"{path}::{node.name}") for name in _names(node))


def on_aws() -> set[str]:
    """Return the tests that `pytest --aws` runs on an account: those that ask for one."""
    return {
        f"{path}::{node.name}"
        for path, node in _tests()
        if _accounts(path) & {one.arg for one in node.args.args}
    }


@functools.cache
def _accounts(path: str) -> frozenset[str]:
    """Return the fixtures of a file that are an account, or stand on one that is above them."""
    found = {ACCOUNT}
    functions = (
        node for node in ast.parse((REPOSITORY / path).read_text()).body if isinstance(node, ast.FunctionDef)
    )
    for node in functions:
        fixture = any("fixture" in ast.unparse(one) for one in node.decorator_list)
        if fixture and found & {one.arg for one in node.args.args}:
            found.add(node.name)
    return frozenset(found)


@functools.cache
def _tests() -> tuple[tuple[str, ast.FunctionDef], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[str, ast.FunctionDef]]:
    for folder in FOLDERS:
        for path in sorted((REPOSITORY / "tests" / folder).glob("test_*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield path.relative_to(REPOSITORY).as_posix(), node


def _names(node: ast.FunctionDef) -> Iterator[str]:
    # A case of a parametrized test may have a marker of its own.
    for call in (inner for decorator in node.decorator_list for inner in ast.walk(decorator)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.parity":
            yield from (str(ast.literal_eval(argument)) for argument in call.args)


def unknown() -> list[str]:
    """Return the markers that name nothing that is carried out."""
    carried = [one.name for one in declared.operations() if one.by != declared.REFUSED]
    return [f"{test}: {name}" for name, test in marked() if not fnmatch.filter(carried, name)]


def shown_by() -> dict[str, tuple[str, ...]]:
    """Return the tests by the name of what they show."""
    there = on_aws()
    # First those that AWS itself can be held to.
    markers = sorted(marked(), key=lambda one: one[1] not in there)
    found: dict[str, tuple[str, ...]] = {}
    for one in declared.operations():
        tests = [test for name, test in markers if fnmatch.fnmatchcase(one.name, name)]
        if tests:
            found[one.name] = tuple(dict.fromkeys(tests))
    return found


def page(rows: list[parity.Row]) -> str:
    """Return the page of the documentation."""
    return "\n".join(parity.lines(rows, on_aws())) + "\n"


def stored(shown: dict[str, tuple[str, ...]]) -> str:
    """Return what the package keeps of the markers."""
    return json.dumps(shown, indent=1) + "\n"


if __name__ == "__main__":
    shown = shown_by()
    parity.SHOWN_BY.write_text(stored(shown))
    PAGE.write_text(page(parity.table(shown)))
