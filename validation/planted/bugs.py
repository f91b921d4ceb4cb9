"""The frozen list of planted bugs, 50 of them."""

from validation.planted.bug import KINDS, Bug
from validation.planted.derivation import DERIVATION
from validation.planted.exact import EXACT
from validation.planted.integration import INTEGRATION
from validation.planted.states import STATES
from validation.planted.statistics import STATISTICS

BUGS: tuple[Bug, ...] = (*DERIVATION, *INTEGRATION, *STATISTICS, *EXACT, *STATES)

__all__ = ["BUGS", "KINDS", "Bug"]
