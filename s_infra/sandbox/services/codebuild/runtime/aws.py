"""What stands in for the aws command in builds: the one thing that a build of an image asks of it.

The images that AWS runs builds in have the AWS CLI; this machine's, if it has one in the usual place, is used
before this.
"""

from __future__ import annotations

import argparse
import base64
import sys

import boto3

USAGE_ERROR = 252


def main(arguments: list[str]) -> int:
    """Print the password of ECR's login; anything else is refused by name."""
    if arguments[:2] != ["ecr", "get-login-password"]:
        told = " ".join(arguments[:2])
        sys.stderr.write(
            f"s-infra sandbox: aws {told} isn't carried out: this machine has no AWS CLI, and what stands in "
            "for it knows `aws ecr get-login-password` alone; install it below /usr/local/bin\n"
        )
        return USAGE_ERROR
    parser = argparse.ArgumentParser(prog="aws ecr get-login-password", allow_abbrev=False)
    parser.add_argument("--region")
    given = parser.parse_args(arguments[2:])
    answer = boto3.client("ecr", region_name=given.region).get_authorization_token()
    token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
    sys.stdout.write(token.partition(":")[2] + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
