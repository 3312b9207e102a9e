"""`.terraform-docs.yml`: found where terraform-docs looks for it, and held to what it may say."""

from __future__ import annotations

import os

from s_infra.docs import reading
from s_infra.docs.arguments import OPTIONS, field, typed
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.arguments import Option

USUAL = ".terraform-docs.yml"
_KEYS = {
    "formatter": "formatter",
    "version": "version",
    "content": "content",
    "header-from": "header-from",
    "footer-from": "footer-from",
    "recursive.enabled": "recursive",
    "recursive.path": "recursive-path",
    "recursive.include-main": "recursive-include-main",
    "recursive.exclude": "recursive-exclude",
    "sections.hide": "hide",
    "sections.show": "show",
    "output.file": "output-file",
    "output.mode": "output-mode",
    "output.template": "output-template",
    "output.check": "output-check",
    "output-values.enabled": "output-values",
    "output-values.from": "output-values-from",
    "sort.enabled": "sort",
    "sort.by": "sort-by",
    **{
        f"settings.{name}": name
        for name in (
            *("anchor", "atx-closed", "color", "default", "description", "escape", "hide-empty", "html"),
            *("indent", "lockfile", "read-comments", "required", "sensitive", "type"),
            # Not terraform-docs' own.
            *("align", "examples", "fields", "fold", "groups", "mask-sensitive", "sensitive-inputs"),
            "validations",
        )
    },
}
_TEXTS = {"formatter", "version", "content"}


def read(directory: str, name: str) -> dict[str, Option]:
    """Return what the settings' file of a module says, by the names of fields; nothing if there is none.

    It is looked for in the module's directory and its `.config`, in the working folder and its `.config`, and
    in `~/.tfdocs.d`.

    Raises:
        SInfraError: It was named and isn't there, doesn't parse, or says what can't be said.
    """
    path = _find(directory, name)
    if not path:
        return {}
    said: dict[str, Option] = {}
    for key, value in _flat(_parsed(path), path).items():
        said[field(_KEYS[key])] = _typed(key, value, path)
    version = said.pop("version", "")
    if version:
        from s_infra.docs.constraints import allows

        if not allows(str(version), "0.24.0", path):
            raise SInfraError(
                "the settings are for another version of terraform-docs; these pages are 0.24.0's",
                which=f"{path}: version {version}",
            )
    return said


def _find(directory: str, name: str) -> str:
    folders = [directory, f"{directory}/.config", ".", ".config", os.path.expanduser("~/.tfdocs.d")]  # noqa: PTH111
    names = [name, name.removesuffix("yml") + "yaml"] if name == USUAL else [name]
    if os.path.isabs(name):  # noqa: PTH117
        folders = [""]
    for folder in folders:
        for one in names:
            path = os.path.join(folder, one)  # noqa: PTH118
            if reading.is_file(path):
                return path
    if name == USUAL:
        return ""
    raise SInfraError(
        "there is no such settings' file", which=name, next_step="name one that is there by --config"
    )


def _parsed(path: str) -> object:
    import yaml  # a module without a settings' file does without it

    try:
        return yaml.safe_load(reading.file(path).decode())
    except (OSError, UnicodeDecodeError) as error:
        raise SInfraError(f"the settings can't be read: {error}", which=path) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        problem = getattr(error, "problem", None) or str(error)
        raise SInfraError(f"the settings are not YAML: {problem}", which=place) from error


def _flat(said: object, path: str, above: str = "") -> dict[str, object]:
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise SInfraError(f"{above.rstrip('.') or 'the file'} must have keys", which=path)
    found: dict[str, object] = {}
    for name, value in said.items():
        key = f"{above}{name}"
        if key in _KEYS:
            found[key] = value
        elif any(known.startswith(f"{key}.") for known in _KEYS):
            found |= _flat(value, path, f"{key}.")
        else:
            near = sorted(known for known in _KEYS if known.startswith(above))
            raise SInfraError(
                f"there is no setting {key}", which=path, next_step=f"there are {', '.join(near)}"
            )
    return found


def _typed(key: str, value: object, path: str) -> Option:
    name = _KEYS[key]
    usual: Option = "" if name in _TEXTS else OPTIONS[name][0]
    if value is None:
        return usual
    if isinstance(usual, tuple) and isinstance(value, list):
        return tuple(str(item) for item in value)
    found: Option | None = None
    if isinstance(value, str | bool | int | float):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        found = text if name in _TEXTS else typed(name, text)
    if found is None:
        kind = {bool: "true or false", int: "a number", str: "a text", tuple: "a list"}[type(usual)]
        raise SInfraError(f"{key} must be {kind}", which=f"{path}: {value}")
    return found
