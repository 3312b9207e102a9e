"""`s-infra upload`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from s_infra.cli import options
from s_infra.text import counted

ANY = "any"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("url")
@click.option("--delete", is_flag=True, help="List objects under the prefix that have no file.")
@click.option("--yes", is_flag=True, help="With --delete: upload, then delete what it lists.")
@click.option("--dry-run", is_flag=True, help="Say what would be uploaded; do nothing.")
@click.option("--kms-key", help="Id or ARN of the key to encrypt with; by default the bucket's own setting.")
@click.option("--bucket-owner", help="The account that the bucket must belong to, or any; by default yours.")
@options.credentials
@options.as_json
def upload(
    folder: Path,
    url: str,
    delete: bool,
    yes: bool,
    dry_run: bool,
    kms_key: str | None,
    bucket_owner: str | None,
    profile: str | None,
    aws_credentials_file: Path | None,
    as_json: bool,
) -> None:
    """Make URL (s3://bucket/prefix) hold what FOLDER holds; what is there already isn't sent.

    Files are compared by their content. With --delete alone nothing is done but to list.
    """
    from s_infra import aws
    from s_infra.uploads import upload as library

    session = aws.session(profile, aws_credentials_file)
    chosen = library.Options(
        owner=None if bucket_owner == ANY else bucket_owner or aws.account(session),
        kms_key=kms_key,
        delete=delete,
        preview=dry_run or (delete and not yes),
    )
    done = library.run(folder, url, chosen, session, lambda line: click.echo(line, err=True))
    if chosen.preview:
        for verb, keys in (("would upload", done.uploaded), ("would delete", done.deleted)):
            for key in keys:
                click.echo(f"{verb} {key}", err=True)
        if delete and not yes:
            click.echo("nothing was done; to upload and delete: --delete --yes", err=True)
    word = "would be " if chosen.preview else ""
    click.echo(
        f"{counted(len(done.uploaded), 'file')} {word}uploaded ({done.size / 1e6:.1f} MB), "
        f"{done.unchanged} unchanged, {counted(len(done.deleted), 'object')} {word}deleted",
        err=True,
    )
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(done), "done": not chosen.preview}))
