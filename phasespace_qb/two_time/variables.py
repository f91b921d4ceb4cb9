"""Every variable of results about two times: dimensions, unit, symbol and meaning."""

from phasespace_qb.conventions import RATE_UNIT, TIME_UNIT
from phasespace_qb.results.schema import Variable

DESCRIBED = {
    "first_order_correlation": Variable(
        ("lag",), "1", r"$\langle a^\dagger(t)a(t+\tau)\rangle$", "first-order correlation of the storage mode"
    ),
    "anomalous_correlation": Variable(
        ("lag",), "1", r"$\langle a(t+\tau)a(t)\rangle$", "anomalous correlation of the storage mode"
    ),
    "intensity_correlation": Variable(
        ("lag",),
        "1",
        r"$\langle a^\dagger a^\dagger_\tau a_\tau a\rangle$",
        "intensity correlation of the storage mode",
    ),
    "second_order_correlation": Variable(
        ("lag",), "1", r"$g^{(2)}(\tau)$", "intensity correlation over the product of the photon numbers"
    ),
    "two_time_average": Variable(
        ("replicate", "product", "lag"), "1", r"$\langle\cdot\rangle$", "averages of all groups and without each group"
    ),
    "trajectories_in_group": Variable(("group",), "trajectories", "$m_j$", "trajectories in each jackknife group"),
    "one_time_average": Variable(
        ("replicate", "half", "moment"),
        "1",
        r"$\langle\cdot\rangle$",
        "averages over the first and the second half of the record, of all groups and without each group",
    ),
    "two_time_average_by_step": Variable(
        ("stepping", "replicate", "product", "lag"),
        "1",
        r"$\langle\cdot\rangle$",
        "averages by single and by doubled steps on the same random numbers, of all groups and without each group",
    ),
    "trajectories_in_step_group": Variable(
        ("group",), "trajectories", "$m_j$", "trajectories in each jackknife group that were repeated in doubled steps"
    ),
    "intracavity_spectrum": Variable(
        ("angle", "frequency"), TIME_UNIT, r"$S_N$", "normally ordered spectrum of a quadrature of the storage mode"
    ),
    "output_spectrum": Variable(
        ("angle", "frequency"), "1", "$S$", "spectrum of a quadrature of all light that the storage mode loses"
    ),
    "correlation_time": Variable(("observable",), TIME_UNIT, r"$\tau_c$", "integral of the normalised correlation"),
    "asymptotic_rate": Variable(("observable",), RATE_UNIT, r"$r$", "rate at which the correlation decays at last"),
    "switching_time": Variable((), TIME_UNIT, "$T$", "mean time in which the field goes from one branch to the other"),
    "switching_rate": Variable((), RATE_UNIT, "$2/T$", "rate at which the correlation of the field decays at last"),
}

SYMMETRIC = {
    "first_order_correlation": (
        r"$\frac{1}{2}\langle\{a^\dagger(t),a(t+\tau)\}\rangle$",
        "first-order correlation of the storage mode in symmetric order",
    ),
    "anomalous_correlation": (
        r"$\frac{1}{2}\langle\{a(t+\tau),a(t)\}\rangle$",
        "anomalous correlation of the storage mode in symmetric order",
    ),
    "two_time_average": (
        r"$\langle\cdot\rangle_\mathrm{sym}$",
        "averages in symmetric order of all groups and without each group",
    ),
}
"""Symbol and meaning of those that are other operators where the samples are symmetrically ordered."""
