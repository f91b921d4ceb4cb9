"""Pictures of results: datasets in, (figure, axes) out.

Nothing here computes dynamics or work; a state is turned into what is drawn of it.
"""

from phasespace_qb.plot.comparison import agreement
from phasespace_qb.plot.curves import charging
from phasespace_qb.plot.load import discharge
from phasespace_qb.plot.photon_numbers import number_distribution
from phasespace_qb.plot.plane import wigner
from phasespace_qb.plot.portrait import phase_portrait
from phasespace_qb.plot.validity import validity

__all__ = ["agreement", "charging", "discharge", "number_distribution", "phase_portrait", "validity", "wigner"]
