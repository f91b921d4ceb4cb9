"""In a copy of the project with one planted bug: check claims until one disagrees.

`python -m validation.planted.hunt` reads the names of claims, one a line, and prints one line of JSON for each claim
that was checked.  A package that cannot be imported ends it with an error, and so does a claim that can no longer be
found: nothing was noticed by that.
"""

import json
import logging
import sys
import warnings

import phasespace_qb
from validation.audit import Record, examine
from validation.judgement import Outcome


def fall(record: Record) -> tuple[str, str]:
    """In which quantity a claim fell, or with what error, and how; two empty texts if it did not."""
    if record.passed:
        return "", ""
    if record.trouble:
        return record.trouble.strip().splitlines()[-1], "raised an error"
    for each in record.comparisons:
        if each.outcome is Outcome.DISAGREES:
            return each.quantity, Outcome.DISAGREES.words
    unseen = [each.quantity for each in record.comparisons if each.control_fails is False]
    return (unseen or ["none"])[0], "control is not seen"


def main() -> None:
    """Check the claims that stdin names, up to the first that disagrees: that is seen best."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    for public in phasespace_qb.__all__:
        # Imported when they are first used, which should not be in the check of a claim.
        getattr(phasespace_qb, public)
    for name in sys.stdin.read().split():
        record = examine(name)
        quantity, how = fall(record)
        print(json.dumps({"claim": name, "quantity": quantity, "how": how, "seconds": record.seconds}), flush=True)
        if how == Outcome.DISAGREES.words:
            return


if __name__ == "__main__":
    main()
