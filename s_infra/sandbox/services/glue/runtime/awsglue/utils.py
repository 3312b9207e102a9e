"""A job's arguments, read as AWS's `getResolvedOptions` reads them. Runs on Python 3.9, too."""

from __future__ import annotations

import argparse
from typing import NoReturn

# Glue's own; a script may ask for JOB_NAME and TempDir, and for none of the others.
RESERVED = ("continuation-option", "job-bookmark-option", "job-bookmark-from", "job-bookmark-to")
RESERVED_IDS = ("JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION")
TEMPORARY = ("TempDir", "RedshiftTempDir")
BOOKMARKS = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")
ENCRYPTION = ("sse-s3",)


class GlueArgumentError(Exception):
    """An option that the script asks for was not given, or has no value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str | None]:  # noqa: N802 - Glue's name
    """Return the values of `options` from `args` (`sys.argv`): `--name value` or `--name=value`.

    Hyphens in names become underscores. Glue's own arguments are among what is returned, as on AWS. An
    argument may be shortened as long as it is unique, as argparse does. Raises GlueArgumentError when one is
    missing, RuntimeError when one is asked for that is Glue's own.
    """
    parser = _Parser()
    for name in (*RESERVED, *RESERVED_IDS, "encryption-type"):
        if name in options:
            raise RuntimeError(f"Using reserved arguments {name}")
    parser.add_argument("--job-bookmark-option", choices=BOOKMARKS)
    parser.add_argument("--encryption-type", choices=ENCRYPTION)
    for name in (*RESERVED[2:], *RESERVED_IDS, *TEMPORARY):
        parser.add_argument(f"--{name}")
    for name in options:
        if name not in TEMPORARY:
            parser.add_argument(f"--{name}", required=True)
    found = vars(parser.parse_known_args(args[1:])[0])
    for name, other in (TEMPORARY, TEMPORARY[::-1]):
        found[name] = found[name] if found[name] is not None else found[other]
    found["job_bookmark_option"] = found["job_bookmark_option"] or BOOKMARKS[-1]
    return found


def not_carried_out(what: str) -> NotImplementedError:
    """Return the refusal of a part of Glue's library."""
    return NotImplementedError(f"s-infra sandbox: awsglue's {what} isn't carried out")
