"""A job's arguments, read as the documentation of `getResolvedOptions` says. Runs on Python 3.9, too."""

from __future__ import annotations


class GlueArgumentError(Exception):
    """An option that the script asks for was not given, or has no value."""


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str]:  # noqa: N802 - Glue's name
    """Return the values of `options` from `args` (`sys.argv`): `--name value` or `--name=value`.

    Arguments that are not asked for are passed over; where one is given twice, the last holds. Raises
    GlueArgumentError when one is missing.
    """
    found: dict[str, str] = {}
    for position, argument in enumerate(args):
        name, equals, value = argument.partition("=")
        if not name.startswith("--") or name[2:] not in options:
            continue
        if not equals:
            if position + 1 >= len(args):
                raise GlueArgumentError(f"argument {name}: expected one argument")
            value = args[position + 1]
        found[name[2:].replace("-", "_")] = value
    missing = [f"--{option}" for option in options if option.replace("-", "_") not in found]
    if missing:
        raise GlueArgumentError(f"the following arguments are required: {', '.join(missing)}")
    return found
