"""``python3 -m daybook verify LEDGER.ndjson``: checks an export offline."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from ._verify import verify_export


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0: it holds; 1: it does not; 2: it cannot be read."""
    parser = argparse.ArgumentParser(prog="python3 -m daybook", description="The Python client of Daybook.")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="check an export offline", description="Checks what `daybook export` wrote, without a server.")
    verify.add_argument("export", metavar="LEDGER.ndjson")
    verify.add_argument("--checkpoint", metavar="FILE", help="the signed checkpoint, or the ledger's .anchor file")
    verify.add_argument("--public-key", metavar="FILE", help="the ledger's .pub file")
    given = parser.parse_args(arguments)
    try:
        report = verify_export(given.export, given.public_key, given.checkpoint)
    except (OSError, ValueError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return 2
    for problem in report.problems:
        print(problem)
    if report.problems:
        print("NOT SOUND")
        return 1
    print(_said(report.entries, report.covered, given.public_key is not None))
    return 0


def _said(entries: int, covered: int, signed: bool) -> str:
    if not covered:
        return f"each of {entries} entries gives its log_hash; give --checkpoint and --public-key to see that none was changed, added or taken away"
    if not signed:
        return f"{covered} of {entries} entries give the checkpoint's root; give --public-key to see who signed it"
    return f"sound: {covered} of {entries} entries are as they were signed" + (", the others are newer" if entries > covered else "")


if __name__ == "__main__":
    sys.exit(main())
