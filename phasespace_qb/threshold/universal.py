"""Universal functions of a degenerate oscillator at its threshold, in the limit of large photon numbers.

With λ the drive over that at threshold, g² the noise parameter (photon numbers scale as 1/g²), γ the loss of the mode,
and η = (λ − 1)/g fixed while g → 0, the field √g α = u moves along one quadrature only,

    du = −(γg/2) u (u² − η) dt + √(γg/4) dW,   stationary density P(u) ∝ exp[−(u² − η)²],   n = u²/g,

while the other quadrature follows at once, with half the variance of vacuum.  Far above, u = ±√η; far below it is
Gaussian; both are what linear theory says there.

Energy that no unitary takes: ρ has the Wigner function P(x) G(p), which many quantum cells make a classical density, so
that eigenvalue number k is its value where it exceeds that value on an area of 2πk.  With p = q/√2 the density is
exp[−(u² − η)² − q²], and with a(s) the area in which (u² − η)² + q² < s,

    √g Σ k r_k → (1/2π) ∫ ½ a² e^(−s) ds / ∫ a e^(−s) ds.

Populations follow v = u² = g n with the density f ∝ v^(−½) e^(−(v−η)²): g Σ k p_(k) → ∫ v f*(v) dv, f* in descending
order.  Below η = 1, f descends already, and there is no incoherent work: it sets in at λ = 1 + g.

Source: Drummond, McNeil and Walls, Optica Acta 28, 211 (1981) for P(u) (their potential near threshold); areas and
sorted sums: own derivation; all checked against the closed form of the steady state in tests/threshold/.
"""

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import ellipe, ellipk

from phasespace_qb.errors import refusal, require_real, require_reals

Array = NDArray[np.float64]

FARTHEST: Final = 1e3
"""Largest |η|; beyond, linear theory is within 10⁻⁶."""
_NEGLIGIBLE: Final = 42.0
"""Exponent at which a weight is forgotten."""
_POINTS: Final = 1000
_CELLS: Final = 4096

COHERENCE_AT_THRESHOLD: Final = 2.188439615226477
"""g⁽²⁾ at η = 0: Γ(1/4)²/(4 Γ(3/4)²)."""
PHOTONS_AT_THRESHOLD: Final = 0.33798912003364236
"""g n̄ at η = 0: Γ(3/4)/Γ(1/4)."""
SLOPE_AT_THRESHOLD: Final = -0.5575316
"""dg⁽²⁾/dη at η = 0: n/n² − 4 c (¼ − n²)/n, with n = g n̄ and c = g⁽²⁾ there."""

DESCRIBED: Final = {
    "scaled_photon_number": (r"$g\,\bar n$", "photon number times g"),
    "scaled_variance": (r"$g\,V_x$", "larger quadrature variance over that of vacuum, times g"),
    "second_order_coherence": (r"$g^{(2)}$", "second-order coherence"),
    "scaled_passive_energy": (r"$\sqrt{g}\,(E_\mathrm{passive} + 1/2)$", "passive energy plus one half, times √g"),
    "scaled_ergotropy": (r"$g\,W$", "ergotropy times g"),
    "scaled_ergotropy_coherent": (r"$g\,W^c$", "coherent part of the ergotropy times g"),
    "scaled_ergotropy_incoherent": (r"$g\,W^i$", "incoherent part of the ergotropy times g"),
    "scaled_relaxation_time": (r"$g\,\gamma_s T$", "relaxation time of the photon number times g and the loss"),
}
"""Symbols and meaning of everything that collapses; the passive energy, whose levels count from 0, with its ½."""


def universal_threshold(eta: ArrayLike, noise_parameter: float = 0.0) -> xr.Dataset:
    """What an oscillator at its threshold has in common with all others, as functions of η = (λ − 1)/g.

    scaled_photon_number g n̄ → ⟨u²⟩ (η = 0: Γ(3/4)/Γ(1/4) = 0.33799; far above η, far below 1/(4|η|)),
    scaled_variance g V_x → 4⟨u²⟩ in units of the vacuum's, second_order_coherence → ⟨u⁴⟩/⟨u²⟩² (3, 2.18844, 1),
    scaled_passive_energy √g (E_passive + ½), scaled_ergotropy g W with its parts scaled_ergotropy_coherent g W^c and
    scaled_ergotropy_incoherent g W^i, and scaled_relaxation_time g γ T of the slowest change of photon numbers
    (8/T = γ g ε, ε the first excited level of even parity).

    noise_parameter: g² of W and W^c, which approach their limits as √g only:
    g W = g n̄ − √g·scaled_passive_energy + g/2, and the same of W^c.  0: the limit.

    Shape: eta (N,) or a number -> variables over `eta`.  Accuracy: 10⁻⁶, of sorted sums and of T 10⁻⁴.
    Raises: TypeError for what is no number, ValueError for |η| above 1 000 and for a g² that is negative.
    Source: Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); the work by own derivation (top of this module).
    """
    noise = require_real("noise_parameter", noise_parameter, "a finite number that is not negative", lambda g: g >= 0)
    places = _places(eta)
    g = np.sqrt(noise)
    square, fourth = moments(places)
    passive, diagonal = passive_energy(places), sorted_number(places)
    taken = np.sqrt(g) * passive - 0.5 * g
    values = {
        "scaled_photon_number": square,
        "scaled_variance": 4 * square,
        "second_order_coherence": fourth / square**2,
        "scaled_passive_energy": passive,
        "scaled_ergotropy": square - taken,
        "scaled_ergotropy_coherent": diagonal - taken,
        "scaled_ergotropy_incoherent": square - diagonal,
        "scaled_relaxation_time": relaxation(places),
    }
    data = {
        name: xr.DataArray(values[name], dims="eta", attrs={"units": "1", "symbol": symbol, "long_name": meaning})
        for name, (symbol, meaning) in DESCRIBED.items()
    }
    result = xr.Dataset(data, {"eta": places}, {"noise_parameter": noise})
    result["eta"].attrs.update(
        units="1", symbol=r"$\eta = (\lambda - 1)/g$", long_name="distance from threshold over g"
    )
    return result


def coherence(eta: ArrayLike) -> Array:
    """g⁽²⁾ at η, any shape; it falls from 3 to 1."""
    square, fourth = moments(np.asarray(eta, dtype=float))
    return np.asarray(fourth / square**2)


def moments(eta: Array) -> tuple[Array, Array]:
    """⟨u²⟩ and ⟨u⁴⟩ = ¼ + η⟨u²⟩ by sums of positive terms, which lose nothing at large −η; any shape."""
    u = _grid(eta, np.linspace(0.0, 1.0, _POINTS))
    weight = _density(eta, u)
    weight[..., 0] *= 0.5
    total = weight.sum(axis=-1)
    return (weight * u**2).sum(axis=-1) / total, (weight * u**4).sum(axis=-1) / total


def passive_energy(eta: Array) -> Array:
    """Limit of √g Σ k r_k, by the area a(s) as a complete elliptic integral; any shape."""
    eta = eta[..., None]
    y = (np.arange(_POINTS) + 0.5) * np.sqrt(_NEGLIGIBLE) / _POINTS
    above = y**2  # s beyond its smallest value, which is η² below threshold
    root = np.sqrt(above + np.minimum(eta, 0.0) ** 2)
    outer = np.where(eta > 0, eta + root, above / (root + np.abs(eta)))  # u² where (u² − η)² = s
    inner = eta - root
    barrier, hole = np.maximum(-inner, 0.0), np.maximum(inner, 0.0)
    whole = barrier > 0
    part = np.where(whole, outer / (outer + barrier), (outer - hole) / outer)
    first, second = ellipk(np.where(part < 1, part, 0.5)), ellipe(part)
    joined = np.sqrt(outer + barrier) * (barrier * first - (barrier - outer) * second)
    apart = np.sqrt(outer) * ((outer + hole) * second - 2 * hole * first)
    area = np.where(whole, joined, apart)  # times 4/3
    weight = np.exp(-above) * y
    return np.asarray((weight * area**2).sum(axis=-1) / (weight * area).sum(axis=-1) / (3 * np.pi))


def sorted_number(eta: Array) -> Array:
    """Limit of g Σ k p_(k): populations in descending order; any shape."""
    edges = _grid(eta, np.linspace(0.0, 1.0, _CELLS + 1))
    middle = 0.5 * (edges[..., 1:] + edges[..., :-1])
    width = np.diff(edges**2, axis=-1)
    population = _density(eta, middle) / middle
    order = np.argsort(-population, axis=-1)
    population, width = (np.take_along_axis(each, order, axis=-1) for each in (population, width))
    rank = np.cumsum(width, axis=-1) - 0.5 * width
    number = (population * width * rank).sum(axis=-1) / (population * width).sum(axis=-1)
    # Populations that descend already are sorted.
    return np.asarray(np.where(eta > 1, number, moments(eta)[0]))


def relaxation(eta: Array) -> Array:
    """g γ T = 8/ε, with ε the smallest nonzero eigenvalue of −∂(∂ + 4u(u² − η)) among even functions; (N,).

    In its symmetric form, on cells of the half line through whose ends nothing flows.
    """
    found = np.empty(len(eta))
    for index, place in enumerate(eta):
        edges = _grid(np.asarray(place), np.linspace(0.0, 1.0, _POINTS + 1))
        step, middle = edges[1] - edges[0], 0.5 * (edges[1:] + edges[:-1])
        potential = (middle**2 - place) ** 2
        half = 0.5 * np.diff(potential)
        diagonal = np.zeros(_POINTS)
        diagonal[:-1] += np.exp(-half)
        diagonal[1:] += np.exp(half)
        level = eigh_tridiagonal(
            diagonal, -np.ones(_POINTS - 1), eigvals_only=True, select="i", select_range=(1, 1), tol=1e-12
        )
        found[index] = 8 * step**2 / level[0]
    return found


def _places(eta: ArrayLike) -> Array:
    must_be = f"real numbers between -{FARTHEST:g} and {FARTHEST:g}"
    remedy = "Farther from the threshold, linear theory holds."
    places = require_reals("eta", eta, must_be, remedy)
    if not (np.abs(places) <= FARTHEST).all():
        raise ValueError(refusal("eta", must_be, eta, remedy))
    return places


def _grid(eta: Array, share: Array) -> Array:
    """Where P(u), u ≥ 0, is not negligible, at these shares of the way, (...) -> (..., N)."""
    eta, reach = eta[..., None], np.sqrt(_NEGLIGIBLE)
    low = np.sqrt(np.maximum(eta - reach, 0.0))
    below = np.maximum(-eta, 0.0)
    high = np.sqrt(np.where(eta > 0, eta + reach, _NEGLIGIBLE / (below + np.sqrt(below**2 + _NEGLIGIBLE))))
    return np.asarray(low + (high - low) * share)


def _density(eta: Array, u: Array) -> Array:
    """exp[−(u² − η)²] over its largest value on the line."""
    eta = eta[..., None]
    return np.asarray(np.exp(-np.where(eta > 0, (u**2 - eta) ** 2, u**2 * (u**2 - 2 * eta))))
