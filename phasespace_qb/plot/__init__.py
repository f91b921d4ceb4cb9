"""Pictures of results: datasets in, (figure, axes) out.

Nothing here computes dynamics or work; a state is turned into what is drawn of it.
"""

from phasespace_qb.plot.comparison import agreement
from phasespace_qb.plot.criticality import threshold, threshold_work
from phasespace_qb.plot.curves import charging
from phasespace_qb.plot.load import discharge
from phasespace_qb.plot.photon_numbers import number_distribution
from phasespace_qb.plot.plane import wigner
from phasespace_qb.plot.portrait import phase_portrait
from phasespace_qb.plot.protocols import cycles, energy_balance, switch_off
from phasespace_qb.plot.sweeps import sweep
from phasespace_qb.plot.two_time import correlations, spectrum
from phasespace_qb.plot.validity import validity

__all__ = [
    "agreement",
    "charging",
    "correlations",
    "cycles",
    "discharge",
    "energy_balance",
    "number_distribution",
    "phase_portrait",
    "spectrum",
    "sweep",
    "switch_off",
    "threshold",
    "threshold_work",
    "validity",
    "wigner",
]
