"""The universal functions at the threshold, that everything tends to them, and where a threshold is from data."""

from collections.abc import Callable, Iterator
from math import gamma as gamma_function
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare, compare_variable
from validation.references.battery import PAPER
from validation.references.nonlinear_mode import by_quadrature
from validation.references.stated_errors import stated

SUBJECT = Subject("Threshold, two times and switching")

Array = NDArray[np.float64]
ETAS = np.array([-2.5, -0.8, 0.0, 0.6, 1.7, 3.0])


def average(function: Callable[[float], float], eta: float) -> float:
    """Mean of an even function of u under the density exp[−(u² − η)²]."""
    peak = sqrt(max(eta, 0.0))
    options: dict[str, Any] = {"points": [peak] if peak else None, "epsabs": 1e-14, "epsrel": 1e-13, "limit": 200}
    least = min(eta, 0.0) ** 2  # the exponent at the largest density

    def over(weight: Callable[[float], float]) -> float:
        return float(quad(lambda u: weight(u) * np.exp(least - (u * u - eta) ** 2), 0, peak + 4, **options)[0])

    return over(function) / over(lambda u: 1.0)


def power(exponent: int, eta: float) -> float:
    """⟨u^k⟩."""
    return average(lambda u: u**exponent, eta)


def sorted_area(eta: float, cells: int = 900) -> float:
    """(1/2π)∫A w dudq of exp[−(u² − η)² − q²], cells of the plane in descending order: A is the area before each."""
    reach = sqrt(max(eta, 0.0) + 5.5)
    u, q = ((np.arange(cells) + 0.5) * length / cells for length in (reach, 5.5))
    weight = np.sort(np.exp(min(eta, 0.0) ** 2 - (u[:, None] ** 2 - eta) ** 2 - q**2).ravel())[::-1]
    rank = np.arange(weight.size) + 0.5
    # A quarter of the plane, by symmetry.
    return float(4 * reach * 5.5 / cells**2 * (rank @ weight) / weight.sum() / (2 * np.pi))


def sorted_populations(eta: float, cells: int = 400_000) -> float:
    """∫v f* dv of f ∝ v^(−1/2) exp[−(v − η)²] in descending order, on cells of equal width in v^(1/4)."""
    edges = np.linspace(0, (max(eta, 0.0) + 6) ** 0.25, cells + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    width, value = np.diff(edges**4), middle**-2 * np.exp(-((middle**4 - eta) ** 2))
    order = np.argsort(-value)
    width, share = width[order], (value * width)[order]
    return float(share @ (np.cumsum(width) - width / 2) / share.sum())


def second_even_level(eta: float) -> float:
    """ε: second even level of −∂² + ¼V'² − ½V'', V = (u² − η)², on a grid with sine functions (Colbert and Miller)."""
    step = 0.06
    u = step * np.arange(-70, 71)
    distance = np.arange(141)[:, None] - np.arange(141)
    away = np.where(distance == 0, 1, distance)
    kinetic = np.where(distance == 0, np.pi**2 / 3, 2.0 / away**2) * (-1.0) ** distance / step**2
    potential = 4 * u**2 * (u**2 - eta) ** 2 - 6 * u**2 + 2 * eta
    return float(np.linalg.eigvalsh(kinetic + np.diag(potential))[2])


@SUBJECT.claim(
    "Near threshold the field √g α = u has the density exp[−(u² − η)²], η = (λ − 1)/g: photon number g n̄ = ⟨u²⟩, "
    "variance g V_x = 4⟨u²⟩ and g⁽²⁾ = ⟨u⁴⟩/⟨u²⟩²; passive energy and incoherent work are those of the sorted density, "
    "and g γ T = 8/ε of the first even excited level.",
    route="the universal functions of the library at six places",
    referee="adaptive quadrature (SciPy); sorted cells of the plane; eigenvalues of the Fokker–Planck operator in a "
    "basis of sine functions",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); Risken, The Fokker–Planck Equation, Sec. 5.4",
    control="η larger by 0.002",
)
def universal_functions_at_threshold() -> Iterator[Comparison]:
    """All functions over η."""
    found = qb.universal_threshold(ETAS)
    over: dict[str, Any] = {"axis": ETAS, "axis_name": "distance from threshold η = (λ − 1)/g"}

    def scaled(eta: float) -> list[float]:
        square, fourth = power(2, eta), power(4, eta)
        passive, diagonal = sorted_area(eta), sorted_populations(eta)
        return [
            square,
            4 * square,
            fourth / square**2,
            passive,
            square,
            diagonal,
            square - diagonal,
            second_even_level(eta),
        ]

    right, wrong = (np.array([scaled(eta) for eta in places]).T for places in (ETAS, ETAS + 0.002))
    right[-1], wrong[-1] = 8 / right[-1], 8 / wrong[-1]
    # Smooth integrands cost rounding alone; what is sorted or on a grid costs the squares of the steps of both sides.
    for index, (name, quantity, known) in enumerate(
        (
            ("scaled_photon_number", "g n̄", 1e-10),
            ("scaled_variance", "g V_x", 4e-10),
            ("second_order_coherence", "g⁽²⁾", 1e-9),
            ("scaled_passive_energy", "√g (E_passive + ½)", 5e-6),
            ("scaled_ergotropy", "g W", 1e-10),
            ("scaled_ergotropy_coherent", "g Wᶜ", 3e-6),
            ("scaled_ergotropy_incoherent", "g Wⁱ", 3e-6),
            ("scaled_relaxation_time", "g γ T", 5e-5),
        )
    ):
        yield from compare(quantity, found[name].values, right[index], wrong=wrong[index], known=known, **over)


@SUBJECT.claim(
    "At threshold the exact steady state of the oscillator tends to the universal one as g → 0: g n̄ → Γ(3/4)/Γ(1/4) = "
    "0.33799, g V_x → 4 · 0.33799, g⁽²⁾ → Γ(1/4)²/[4Γ(3/4)²] = 2.18844, and beside it to the averages at its η.",
    route="closed form of the steady state on a grid of λ and g² (a sweep), in scaled variables; g → 0 by a polynomial "
    "through g = 0.02, 0.01, 0.005 and 0.0025",
    referee="Γ functions, and adaptive quadrature of exp[−(u² − η)²] (SciPy)",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); Wolinsky and Carmichael, Phys. Rev. Lett. 60, 1836 "
    "(1988)",
    control="η larger by 0.001",
)
def the_steady_state_tends_to_the_universal_one() -> Iterator[Comparison]:
    """n̄, V_x and g⁽²⁾ at three η."""
    etas, gs = np.array([-0.9, 0.0, 1.2]), np.array([0.02, 0.01, 0.005, 0.0025])
    battery = qb.DopoBattery(np.exp(0.4j), gamma_s=1.3)
    rows = []
    for g in gs:
        over: dict[str, Any] = {"threshold_ratio": 1 + g * etas, "noise_parameter": [g**2], "loss_ratio": [1e6]}
        rows.append(qb.collapse(qb.sweep(battery, over, [1.0], qb.EliminatedSteadyState())))
    for name, quantity, factor in (
        ("scaled_photon_number", "g n̄", 1.0),
        ("scaled_variance", "g V_x (vacuum 1)", 4.0),
        ("second_order_coherence", "g⁽²⁾", 0.0),
    ):
        values = np.array([row[name].values.ravel() for row in rows])

        def expected(shift: float, factor: float = factor) -> Array:
            squares, fourths = ([power(k, eta + shift) for eta in etas] for k in (2, 4))
            both = factor * np.array(squares) if factor else np.array(fourths) / np.array(squares) ** 2
            if not shift:
                quarter, three = gamma_function(0.25), gamma_function(0.75)
                both[1] = factor * three / quarter if factor else quarter**2 / (4 * three**2)
            return both

        limit, coarser = (np.vander(part, increasing=True) for part in (gs, gs[1:]))
        found = np.linalg.solve(limit, values)[0]
        # The next order of the polynomial is smaller than the last one that was added.
        known = np.abs(found - np.linalg.solve(coarser, values[1:])[0]) + 1e-9
        yield from compare(
            f"limit of {quantity}",
            found,
            expected(0.0),
            wrong=expected(0.001),
            known=known,
            axis=etas,
            axis_name="distance from threshold η = (λ − 1)/g",
        )


@SUBJECT.claim(
    "From g⁽²⁾ over the pump, the threshold is located at F_th = γ_s√γ_p/(4κ) within the stated error, and its limit "
    "at vanishing noise at λ = 1.",
    route="exact steady states over nine pump amplitudes, for three noise parameters g², and the library's search",
    referee="closed form of the threshold",
    source=f"{PAPER}, Eq. (14)",
    control="a threshold 0.1 % higher; for the limit 0.01 %",
)
def the_threshold_is_located_from_data() -> Iterator[Comparison]:
    """Threshold in units of the pump at one g², and the limit of λ from three."""
    battery = qb.DopoBattery(gamma_s=1.3).at(loss_ratio=1e6, noise_parameter=1e-4)
    there = 1.3 * sqrt(battery.gamma_p) / (4 * battery.kappa)
    etas = np.linspace(-1, 2, 9)
    pumps = there * (1 + sqrt(1e-4) * etas)
    found = qb.locate_threshold(qb.sweep(battery, {"pump": pumps}, [1.0], qb.EliminatedSteadyState()))
    value, known = found["threshold"].values.ravel(), stated(found, "threshold").ravel()
    yield from compare("threshold of the pump F_th", value, there, wrong=1.001 * there, known=known, unit="√(rate)")
    fast = qb.DopoBattery().at(loss_ratio=1e6)
    over: list[dict[str, Any]] = [
        {"threshold_ratio": 1 + sqrt(noise) * etas, "noise_parameter": [noise]} for noise in (1e-4, 1e-5, 1e-6)
    ]
    sweeps = [qb.sweep(fast, each, [1.0], qb.EliminatedSteadyState()) for each in over]
    limit = qb.locate_threshold(*sweeps)
    value, known = limit["threshold_limit"].values.ravel(), stated(limit, "threshold_limit").ravel()
    yield from compare("limit of λ_th at g → 0", value, 1.0, wrong=1.0001, known=known)


@SUBJECT.claim(
    "Positive-P trajectories at threshold have the exact steady state: n̄, ⟨a²⟩ and g⁽²⁾ at λ = 1, g = 0.1.",
    route="positive-P, 122 880 trajectories of the oscillator without its pump mode, from vacuum until γ_s t = 60",
    referee="the stationary density [(1 − x²)(1 − y²)]^(1/g² − 1) e^(2xy/g²) of the scaled fields on the square |x|, "
    "|y| ≤ 1 by a Gauss–Jacobi rule",
    source="Wolinsky and Carmichael, Phys. Rev. Lett. 60, 1836 (1988)",
    control="a drive 2 % stronger",
)
def trajectories_at_threshold() -> Iterator[Comparison]:
    """n̄, ⟨a²⟩ and g⁽²⁾ at two late times."""
    noise = 0.01
    battery = qb.DopoBattery().at(threshold_ratio=1.0, noise_parameter=noise, loss_ratio=1e6)
    run = qb.simulate(battery.eliminated(), [48.0, 60.0], qb.PositiveP(122_880, step=0.05, rng=6))

    def stationary(ratio: float) -> list[float]:
        moments = by_quadrature(ratio, noise)
        number = moments["photon_number"]
        return [number, moments["pair_amplitude"], moments["pair_number"] / number**2]

    right, wrong = stationary(1.0), stationary(1.02)
    for index, (name, quantity) in enumerate(
        (("photon_number", "n̄"), ("pair_amplitude", "⟨a²⟩"), ("second_order_coherence", "g⁽²⁾"))
    ):
        # Near threshold the steady state is approached with the time 0.9/(γ_s g) = 9: e^(−48/9) of the way is left.
        left = 0.005 * right[index]
        expected, other = np.full(2, right[index]), np.full(2, wrong[index])
        yield from compare_variable(
            run, name, expected, mode="signal", quantity=f"{quantity} at threshold", known=left, wrong=other
        )
