"""`phasespace-qb doctor`: is this installation in order?"""

from phasespace_qb.commands import DONE, FAILED


def doctor() -> int:
    """Check this installation: versions, cores, kernel cache, and a short run with a known answer."""
    from rich.console import Console

    from phasespace_qb.doctor import examine

    console, checks = Console(highlight=False), examine()
    width = max(len(check.what) for check in checks)
    for check in checks:
        console.print(f"{'ok ' if check.good else 'BAD'}  {check.what:{width}}  {check.found}", soft_wrap=True)
    good = all(check.good for check in checks)
    console.print("verdict: all in order" if good else "verdict: see the lines marked BAD")
    return DONE if good else FAILED
