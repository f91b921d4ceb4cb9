"""The exact solver: propagation against QuTiP, steady states and decay rates, cutoffs, and what is read from ρ."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import phasespace_qb as qb
from validation.claims import exact_solver_steady
from validation.claims.exact_solver_elements import QUTIP_PAPER, TOLERANCE, KerrMode
from validation.evidence import Comparison, compare, compare_variable
from validation.referees import qutip as referee
from validation.references import parametric_amplifier as amplifier
from validation.references.battery import PAPER
from validation.references.density_matrices import work_of

SUBJECT = exact_solver_steady.SUBJECT

READ = 1e-11
"""Of averages in states of one or two quanta, whose elements QuTiP gives to 1e-12."""
KERR = "H = −Δ a†a + (U/2) a†²a² + F a† + F* a with the losses D[a], D[a²], D[a†a] and the gain D[a†]"


@SUBJECT.claim(
    f"With too few number states, the cutoff errors that are stated cover what the missing states change, for {KERR}.",
    route="exact solver with 11 number states, too few by parts in a thousand",
    referee="QuTiP's mesolve with 34 number states",
    source=QUTIP_PAPER,
    control="a decay rate 1 % larger",
)
def cutoff_errors_cover_what_is_left_out() -> Iterator[Comparison]:
    """Moments, work and the number distribution."""
    times = np.array([0.3, 0.8, 1.5, 2.5, 4.0])
    given = KerrMode(11, 0.5, 0.4, 1.2 - 0.5j, (1.0, 0.02, 0.05, 0.03))
    run = qb.simulate(given.system(), times, qb.Lindblad(given.levels))
    states, wrong = (
        referee.reduced(given._replace(rates=(loss, 0.02, 0.05, 0.03)).states(times.tolist(), 34), 0)
        for loss in (1.0, 1.01)
    )
    for variable, name, order, mode_name in (
        ("mean_field", "mean field ⟨a⟩", (0, 1), "cavity"),
        ("energy", "photon number", (1, 1), None),
        ("pair_amplitude", "pair amplitude ⟨a²⟩", (0, 2), "cavity"),
        ("pair_number", "pair number ⟨a†²a²⟩", (2, 2), "cavity"),
    ):
        expected, planted = _moment(states, *order), _moment(wrong, *order)
        yield from compare_variable(run, variable, expected, wrong=planted, quantity=name, mode=mode_name)
    yield from compare_variable(
        run, "ergotropy", work_of(states).ergotropy, wrong=work_of(wrong).ergotropy, quantity="ergotropy W"
    )
    p = run.number_distribution.values
    error = (run.number_distribution_cutoff_error + run.number_distribution_step_error).values
    exact = np.diagonal(states, axis1=1, axis2=2).real[:, :11]
    labels = [f"p{n} at t = {t:.4g}" for t in times for n in range(11)]
    yield from compare("number distribution p_n", p.ravel(), exact.ravel(), known=error.ravel(), labels=labels)


def _moment(states: NDArray[Any], creations: int, annihilations: int) -> NDArray[Any]:
    """⟨a†^m a^n⟩ of density matrices (T, N, N), by matrices; real for m = n."""
    lower = np.diag(np.sqrt(np.arange(1.0, states.shape[-1])), 1)
    power = np.linalg.matrix_power
    found = np.einsum("ij,tji->t", power(lower.T, creations) @ power(lower, annihilations), states)
    return np.asarray(found.real if creations == annihilations else found)


@SUBJECT.claim(
    "Moments, photon-number distribution, g⁽²⁾, quadrature covariance (vacuum ½), ergotropy, its parts and the "
    f"charging power P = W/t all follow from the density matrix, here that of {KERR}.",
    route="exact solver, 14 number states",
    referee="QuTiP's mesolve; averages of operators, and sorted eigenvalues of its density matrices",
    source=PAPER + ", Eqs. (9) and (15)–(17); Walls and Milburn, Quantum Optics, Sec. 3.2",
    control="⟨(a†a)²⟩ for ⟨a†²a²⟩, a vacuum without its ½, coherent and incoherent work exchanged, "
    "the power of twice the time; elsewhere a loss 1 % larger",
)
def what_is_read_from_the_density_matrix() -> Iterator[Comparison]:
    """Every quantity that one mode has."""
    number, times = 14, np.array([0.2, 0.7, 1.6, 3.0])
    given = KerrMode(number, 0.2, 0.5, 0.8 * np.exp(0.6j), (0.9, 0.1, 0.04, 0.03))
    run = qb.simulate(given.system(), times, qb.Lindblad(number, tolerance=TOLERANCE))
    states, wrong = (
        given._replace(rates=(loss, 0.1, 0.04, 0.03)).states(times.tolist()) for loss in (given.rates[0], 0.909)
    )
    (a,) = referee.ladders(number)
    n = a.dag() * a

    def average(operator: Any, of: list[Any] = states) -> NDArray[np.float64]:
        return np.real(referee.averages(operator, of))

    matrices = referee.reduced(states, 0)
    work, populations = work_of(matrices), np.diagonal(matrices, axis1=1, axis2=2).real
    pairs, photons = average(a.dag() * n * a), average(n)
    x, p = (a + a.dag()) / np.sqrt(2), (a - a.dag()) / (1j * np.sqrt(2))
    mean_x, mean_p = average(x), average(p)
    # Normally ordered averages and the vacuum's half: the last level of a truncated x² is wrong.
    squared = referee.averages(a * a, states)
    variance_x, variance_p = photons + squared.real + 0.5 - mean_x**2, photons - squared.real + 0.5 - mean_p**2
    covariance, planted = squared.imag - mean_x * mean_p, -(squared.imag - mean_x * mean_p)
    v = run.quadrature_covariance.values
    shared: dict[str, Any] = {"known": READ, "axis": times, "axis_name": "time t (1/rate unit)"}
    own = run.sel(mode="cavity")
    for name, found, expected, mistaken in (
        ("photon number", own.photon_number, photons, average(n, wrong)),
        ("pair number ⟨a†²a²⟩", own.pair_number, pairs, average(n * n)),
        ("second-order coherence g⁽²⁾", own.second_order_coherence, pairs / photons**2, average(n * n) / photons**2),
        ("variance of x", v[:, 0, 0], variance_x, variance_x - 0.5),
        ("variance of p", v[:, 1, 1], variance_p, variance_p - 0.5),
        ("covariance of x and p", v[:, 0, 1], covariance, planted),
        ("ergotropy W", run.ergotropy, work.ergotropy, work.ergotropy - 0.5),
        ("coherent part Wᶜ", run.ergotropy_coherent, work.ergotropy_coherent, work.ergotropy_incoherent),
        ("incoherent part Wⁱ", run.ergotropy_incoherent, work.ergotropy_incoherent, work.ergotropy_coherent),
        ("passive energy", run.passive_energy, photons - work.ergotropy, photons),
        ("charging power W/t", run.charging_power, work.ergotropy / times, work.ergotropy / (2 * times)),
    ):
        yield from compare(name, np.asarray(found), expected, wrong=mistaken, **shared)
    labels = [f"p{k} at t = {t:.4g}" for t in times for k in range(number)]
    flawed = np.diagonal(referee.reduced(wrong, 0), axis1=1, axis2=2).real
    yield from compare(
        "number distribution p_n",
        run.number_distribution.values.ravel(),
        populations.ravel(),
        wrong=flawed.ravel(),
        known=float(run.number_distribution_step_error.max()) + referee.ERROR,
        labels=labels,
    )


@SUBJECT.claim(
    f"A parametric amplifier with loss, {amplifier.HAMILTONIAN}, squeezes vacuum: along the axes "
    f"{amplifier.VARIANCES}, and cutoffs that are chosen by the solver are enough.",
    route="exact solver with cutoffs chosen by itself, complex ε, to the share 1e-7",
    referee="closed form of n̄, ⟨a²⟩, ⟨a†²a²⟩ = 2n̄² + |⟨a²⟩|² and W = n̄ + ½ − √(V₊V₋)",
    source="Walls and Milburn, Quantum Optics, Sec. 5.1 and 7.2",
    control="ε 1 % larger",
)
def automatic_cutoffs_hold_a_squeezed_mode() -> Iterator[Comparison]:
    """Moments and work at five times, within the errors that the run states."""
    (mode,) = qb.modes("signal")
    loss, drive, times = 1.2, 0.36 * np.exp(0.9j), np.array([0.1, 0.5, 1.4, 2.2, 4.0])
    pairs = 0.5j * drive * mode.dag**2
    run = qb.simulate(qb.OpenSystem(pairs + pairs.dag, {mode: loss}), times, qb.Lindblad(tolerance=1e-7))

    def closed(strength: float) -> dict[str, NDArray[Any]]:
        wide, narrow = amplifier.variances(loss, strength, times)
        photons, pair = (wide + narrow - 1) / 2, (wide - narrow) / 2
        return {
            "photon_number": photons,
            "pair_amplitude": pair * np.exp(0.9j),
            "pair_number": 2 * photons**2 + pair**2,
            "ergotropy": amplifier.work(loss, strength, times),
        }

    right, wrong = closed(abs(drive)), closed(1.01 * abs(drive))
    for variable, symbol in (
        ("photon_number", "photon number n̄"),
        ("pair_amplitude", "pair amplitude ⟨a²⟩"),
        ("pair_number", "pair number ⟨a†²a²⟩"),
        ("ergotropy", "ergotropy W"),
    ):
        mode_name = None if variable == "ergotropy" else "signal"
        yield from compare_variable(
            run, variable, right[variable], mode=mode_name, quantity=symbol, wrong=wrong[variable]
        )
