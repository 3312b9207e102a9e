"""HCL's grammar and its parser.

tree-sitter's package imports `typing` to declare one protocol, which takes a tenth of the time of a page. Its
compiled part, which does the work, needs nothing of that, so it is imported alone where it can be.
"""

from __future__ import annotations

import sys
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from tree_sitter import Language, Parser


@cache
def language() -> Language:
    """Return HCL's grammar."""
    import tree_sitter_hcl

    made: Language = tree_sitter().Language(tree_sitter_hcl.language())
    return made


@cache
def parser() -> Parser:
    """Return what parses HCL."""
    made: Parser = tree_sitter().Parser(language())
    return made


@cache
def tree_sitter() -> ModuleType:
    """Return what has tree-sitter's classes: its compiled part, or else the package itself."""
    if "tree_sitter" not in sys.modules:
        try:
            return _compiled()
        except (ImportError, AttributeError):  # another release may be laid out otherwise
            pass
    import tree_sitter

    return tree_sitter


def _compiled() -> ModuleType:
    """Import the compiled part, in a package that is empty for as long as that takes."""
    found = (finder.find_spec("tree_sitter", None) for finder in sys.meta_path)
    spec = next(filter(None, found), None)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("tree_sitter")
    package = type(sys)("tree_sitter")
    package.__path__ = spec.submodule_search_locations
    sys.modules["tree_sitter"] = package
    try:
        __import__("tree_sitter._binding")
    finally:
        del sys.modules["tree_sitter"]
    binding = sys.modules["tree_sitter._binding"]
    binding.Language, binding.Parser  # noqa: B018
    return binding
