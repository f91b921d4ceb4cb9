"""`python -m phasespace_qb` is `phasespace-qb`."""

from phasespace_qb.cli import main

if __name__ == "__main__":
    main()
