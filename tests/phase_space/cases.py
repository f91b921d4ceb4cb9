"""Open systems with their stochastic equations typed by hand, from PHYSICS.md or from the cited Langevin equations.

A case gives the Itô drift A(z) and the second moments of the noise per unit time: ⟨dz dzᵀ⟩ = D(z), and ⟨dz dz†⟩ where
the samples of a mode and its conjugate are one variable.  Shapes: z (variables, N), A (variables, N), D (V, V, N).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.models.algebra import Drive, Polynomial, modes
from phasespace_qb.models.dopo import DopoBattery
from phasespace_qb.models.system import OpenSystem
from phasespace_qb.phase_space.equations import Equations, Term
from phasespace_qb.phase_space.representations.base import Representation
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules

Points = NDArray[np.complex128]
Field = Callable[[Points], Points]

DELTA, KAPPA, GAMMA_S, GAMMA_P, PUMP = 0.37, 0.6, 1.1, 9.0, 2.1 - 1.3j
U, F, GAMMA = 0.31, 0.8, 0.9
EPSILON, TWO_PHOTON = 1.4, 0.25
J, R = 0.45, 0.3 + 0.2j
GAIN = 0.4
COUPLING = 0.5 - 0.8j

a, b, c = modes("a", "b", "c")


@dataclass(frozen=True)
class Case:
    """A system in a representation, and what its equations must be."""

    name: str
    rules: type[Representation]
    system: OpenSystem
    drift: Field
    diffusion: Field
    conjugate_diffusion: Field | None = None

    @property
    def equations(self) -> Equations:
        """The derived Itô equations."""
        return self.rules().equations(self.system)


def hermitian(operator: Polynomial) -> Polynomial:
    """Operator plus its Hermitian conjugate."""
    return operator + operator.dag


def diagonal(*entries: Points | complex) -> Points:
    """A diagonal matrix at every point."""
    size = max(np.size(entry) for entry in entries)
    matrix = np.zeros((len(entries), len(entries), size), dtype=complex)
    for i, entry in enumerate(entries):
        matrix[i, i] = entry
    return matrix


def symmetric(variables: int, points: int, entries: dict[tuple[int, int], complex]) -> Points:
    """A constant symmetric matrix at every point."""
    matrix = np.zeros((variables, variables, points), dtype=complex)
    for (i, j), value in entries.items():
        matrix[i, j] = matrix[j, i] = value
    return matrix


BATTERY = DopoBattery(PUMP, KAPPA, GAMMA_S, GAMMA_P, DELTA).system()
KERR = OpenSystem(-DELTA * a.dag * a + U / 2 * a.dag**2 * a**2 + F * (a.dag + a), {a: GAMMA})
SQUEEZER = 0.5j * EPSILON * (a.dag**2 - a**2)
ELIMINATED = OpenSystem(SQUEEZER, {a: GAMMA_S, a**2: TWO_PHOTON})
TWO_MODES = OpenSystem(J * hermitian(a.dag * b) + hermitian(1j * R * a.dag * b.dag), {a: GAMMA_S, b: GAMMA})
AMPLIFIER = OpenSystem(DELTA * a.dag * a, {a: GAMMA, a.dag: GAIN})
THREE_MODES = OpenSystem(
    hermitian(1j * COUPLING * a.dag * b.dag * c + 1j * PUMP * c.dag), {a: GAMMA_S, b: GAMMA, c: GAMMA_P}
)
COMMON_BATH = OpenSystem(DELTA * a.dag * a, {a + COUPLING * b: GAMMA})


def ring(size: int, two_photon: float = TWO_PHOTON, epsilon: float | Drive = EPSILON) -> OpenSystem:
    """Oscillators with parametric drive, one- and two-photon loss, and exchange between neighbours."""
    m = modes(*(f"m{j}" for j in range(size)))
    parametric = sum((0.5j * epsilon * (x.dag**2 - x**2) for x in m), 0 * m[0])
    exchange = sum((J * hermitian(m[j].dag * m[(j + 1) % size]) for j in range(size)), 0 * m[0])
    return OpenSystem(parametric + exchange, {**dict.fromkeys(m, GAMMA_S), **{x**2: two_photon for x in m}})


def _battery_drift(z: Points) -> Points:
    s, s_plus, p, p_plus = z
    return np.array(
        [
            -(GAMMA_S / 2 + 1j * DELTA) * s + KAPPA * s_plus * p,
            -(GAMMA_S / 2 - 1j * DELTA) * s_plus + KAPPA * s * p_plus,
            -GAMMA_P / 2 * p - KAPPA / 2 * s**2 + np.sqrt(GAMMA_P) * PUMP,
            -GAMMA_P / 2 * p_plus - KAPPA / 2 * s_plus**2 + np.sqrt(GAMMA_P) * np.conj(PUMP),
        ]
    )


def _battery_wigner_drift(z: Points) -> Points:
    s, p = z
    return np.array(
        [
            -(GAMMA_S / 2 + 1j * DELTA) * s + KAPPA * s.conj() * p,
            -GAMMA_P / 2 * p - KAPPA / 2 * s**2 + np.sqrt(GAMMA_P) * PUMP,
        ]
    )


def _kerr_drift(z: Points) -> Points:
    x, y = z
    return np.array(
        [
            (1j * DELTA - GAMMA / 2) * x - 1j * U * x**2 * y - 1j * F,
            (-1j * DELTA - GAMMA / 2) * y + 1j * U * y**2 * x + 1j * F,
        ]
    )


def eliminated_drift(z: Points) -> Points:
    """The eliminated oscillator, Itô."""
    x, y = z
    return np.array(
        [
            -GAMMA_S / 2 * x + y * (EPSILON - TWO_PHOTON * x**2),
            -GAMMA_S / 2 * y + x * (EPSILON - TWO_PHOTON * y**2),
        ]
    )


def _two_mode_drift(z: Points) -> Points:
    x, x_plus, y, y_plus = z
    return np.array(
        [
            -GAMMA_S / 2 * x - 1j * J * y + R * y_plus,
            -GAMMA_S / 2 * x_plus + 1j * J * y_plus + np.conj(R) * y,
            -GAMMA / 2 * y - 1j * J * x + R * x_plus,
            -GAMMA / 2 * y_plus + 1j * J * x_plus + np.conj(R) * x,
        ]
    )


def _ring_drift(z: Points) -> Points:
    x, y = z[0::2], z[1::2]
    neighbours = np.roll(x, 1, axis=0) + np.roll(x, -1, axis=0)
    neighbours_plus = np.roll(y, 1, axis=0) + np.roll(y, -1, axis=0)
    result = np.empty_like(z)
    result[0::2] = -GAMMA_S / 2 * x - 1j * J * neighbours + y * (EPSILON - TWO_PHOTON * x**2)
    result[1::2] = -GAMMA_S / 2 * y + 1j * J * neighbours_plus + x * (EPSILON - TWO_PHOTON * y**2)
    return result


def _three_mode_drift(z: Points) -> Points:
    s, s_plus, i, i_plus, p, p_plus = z
    return np.array(
        [
            -GAMMA_S / 2 * s + COUPLING * i_plus * p,
            -GAMMA_S / 2 * s_plus + np.conj(COUPLING) * i * p_plus,
            -GAMMA / 2 * i + COUPLING * s_plus * p,
            -GAMMA / 2 * i_plus + np.conj(COUPLING) * s * p_plus,
            -GAMMA_P / 2 * p - np.conj(COUPLING) * s * i + PUMP,
            -GAMMA_P / 2 * p_plus - COUPLING * s_plus * i_plus + np.conj(PUMP),
        ]
    )


def _three_mode_diffusion(z: Points) -> Points:
    diffusion = np.zeros((6, 6, z.shape[1]), dtype=complex)
    diffusion[0, 2] = diffusion[2, 0] = COUPLING * z[4]
    diffusion[1, 3] = diffusion[3, 1] = np.conj(COUPLING) * z[5]
    return diffusion


def _nothing(z: Points) -> Points:
    return symmetric(len(z), z.shape[1], {})


CASES = [
    Case(
        "battery, positive-P",
        PositivePRules,
        BATTERY,
        _battery_drift,
        lambda z: diagonal(KAPPA * z[2], KAPPA * z[3], 0, 0),
    ),
    Case(
        "battery, truncated Wigner",
        WignerRules,
        BATTERY,
        _battery_wigner_drift,
        _nothing,
        lambda z: diagonal(np.full(z.shape[1], GAMMA_S / 2), GAMMA_P / 2),
    ),
    Case(
        "Kerr, positive-P",
        PositivePRules,
        KERR,
        _kerr_drift,
        lambda z: diagonal(-1j * U * z[0] ** 2, 1j * U * z[1] ** 2),
    ),
    Case(
        "Kerr, truncated Wigner",
        WignerRules,
        KERR,
        lambda z: (1j * DELTA - GAMMA / 2) * z - 1j * U * (np.abs(z) ** 2 - 1) * z - 1j * F,
        _nothing,
        lambda z: diagonal(np.full(z.shape[1], GAMMA / 2)),
    ),
    Case(
        "eliminated, positive-P",
        PositivePRules,
        ELIMINATED,
        eliminated_drift,
        lambda z: diagonal(EPSILON - TWO_PHOTON * z[0] ** 2, EPSILON - TWO_PHOTON * z[1] ** 2),
    ),
    Case(
        "eliminated, truncated Wigner",
        WignerRules,
        ELIMINATED,
        lambda z: -GAMMA_S / 2 * z + EPSILON * z.conj() - TWO_PHOTON * (np.abs(z) ** 2 - 1) * z,
        _nothing,
        lambda z: diagonal(GAMMA_S / 2 + TWO_PHOTON * (2 * np.abs(z[0]) ** 2 - 1)),
    ),
    Case(
        "two modes, positive-P",
        PositivePRules,
        TWO_MODES,
        _two_mode_drift,
        lambda z: symmetric(4, z.shape[1], {(0, 2): R, (1, 3): np.conj(R)}),
    ),
    Case(
        "two modes, truncated Wigner",
        WignerRules,
        TWO_MODES,
        lambda z: np.array(
            [
                -GAMMA_S / 2 * z[0] - 1j * J * z[1] + R * z[1].conj(),
                -GAMMA / 2 * z[1] - 1j * J * z[0] + R * z[0].conj(),
            ]
        ),
        _nothing,
        lambda z: diagonal(np.full(z.shape[1], GAMMA_S / 2), GAMMA / 2),
    ),
    Case("signal and idler, positive-P", PositivePRules, THREE_MODES, _three_mode_drift, _three_mode_diffusion),
    Case(
        "amplifier, positive-P",
        PositivePRules,
        AMPLIFIER,
        lambda z: np.array([[(GAIN - GAMMA) / 2 - 1j * DELTA], [(GAIN - GAMMA) / 2 + 1j * DELTA]]) * z,
        lambda z: symmetric(2, z.shape[1], {(0, 1): GAIN}),
    ),
    Case(
        "common bath, truncated Wigner",
        WignerRules,
        COMMON_BATH,
        lambda z: np.array(
            [
                -1j * DELTA * z[0] - GAMMA / 2 * (z[0] + COUPLING * z[1]),
                -GAMMA / 2 * np.conj(COUPLING) * (z[0] + COUPLING * z[1]),
            ]
        ),
        _nothing,
        lambda z: GAMMA / 2 * np.repeat(np.outer([1, np.conj(COUPLING)], [1, COUPLING])[..., None], z.shape[1], axis=2),
    ),
    Case(
        "ring of eight, positive-P",
        PositivePRules,
        ring(8),
        _ring_drift,
        lambda z: diagonal(*(EPSILON - TWO_PHOTON * z**2)),
    ),
]
CASE = {case.name: case for case in CASES}


def drift_of(equations: Equations, z: Points, instant: float = 0.0) -> Points:
    """Drift of every variable, term by term; shapes (V, N) -> (V, N)."""
    return np.array([_polynomial(terms, z, instant) for terms in equations.drift])


def noise_of(equations: Equations, z: Points, instant: float = 0.0) -> Points:
    """Noise matrix B; shapes (V, N) -> (V, noises, N)."""
    matrix = np.zeros((len(z), equations.noise_count, z.shape[1]), dtype=complex)
    for term in equations.noise:
        factor = _polynomial((Term(term.radicand[0].coefficient, term.factors),), z, instant, units=True)
        root = np.sqrt(_polynomial(term.radicand, z, instant))
        matrix[term.target, term.noise] += term.amplitude * factor * root
    return matrix


def _polynomial(terms: tuple[Term, ...], z: Points, instant: float, units: bool = False) -> Points:
    total = np.zeros(z.shape[1], dtype=complex)
    for term in terms:
        value = 1.0 if units else term.coefficient.sample(np.array([instant]))[0]
        total += value * np.prod([z[v] if v >= 0 else z[~v].conj() for v in term.factors], axis=0)
    return total


def points(variables: int, count: int = 1000, seed: int = 20) -> Points:
    """Random complex points, shape (variables, count)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(variables, count)) + 1j * rng.normal(size=(variables, count))
