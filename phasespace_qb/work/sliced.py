"""Passive energies of states that are known in slices, however large."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import VACUUM_VARIANCE
from phasespace_qb.states.reconstruction import Matrix, SlicedState, number_states
from phasespace_qb.work.passive import sorted_energy

Array = NDArray[np.float64]

LARGEST_MATRIX = 160
"""Rows of a block up to which its eigenvalues are computed; beyond, levels are counted in phase space."""
MOST_LEVELS = 2048
"""Number states up to which p_n comes from the density matrix; beyond, levels are counted along the position axis."""
COUNTED, COUNTED_AT = 0.5, 1600.0
"""Error of sums over counted levels, in quanta, up to n̄ = 1600: found were 0.05 … 0.18 in transients to n̄ = 15 … 1600,
growing like n̄^0.3, and 0.41 for narrow branches with half of the weight between them (test_sliced.py)."""
EXACT = 1e-6
"""Error of sums over eigenvalues, in quanta: what the width of the kernel's window and the grid leave."""
MOMENTA, WIDEST = 24, 5.0
"""Cells of momentum, and up to how many standard deviations, when levels are counted in phase space."""
REFINEMENT = 8
"""Positions between two of the grid when levels are counted in phase space."""


@dataclass(frozen=True, eq=False)
class PassiveEnergies:
    """Of an array of states (R,): passive = Σ k r_k and incoherent = W^i = Σ n p_n − Σ k p_(k), in ħω_s.

    W^i is the difference of two sums over one distribution, so it is exactly 0 where the p_n are in order.
    numbers: p_n (R, levels), None where levels were counted.  negative: Σ of the negative eigenvalues, (R,), which the
    positive ones of a state balance; it has been left out of both sums, as have negative p_n.  passive_accuracy,
    incoherent_accuracy: what counting costs.
    """

    passive: Array
    incoherent: Array
    numbers: Array | None
    negative: Array
    passive_accuracy: float
    incoherent_accuracy: float


def passive_energies(state: SlicedState, levels: int) -> PassiveEnergies:
    """Σ k r_k and W^i of states (R,).  levels: how many number states hold all of them."""
    rows = state.rows()
    large, many = rows.size > LARGEST_MATRIX, levels > MOST_LEVELS
    blocks = [] if large else state.blocks(rows)
    if large:
        passive, negative = counted_passive(state), np.zeros(state.density.shape[:-1])
    else:
        values = np.concatenate([np.linalg.eigvalsh(block) for block in blocks], axis=-1)
        passive, negative = sorted_energy(np.maximum(values, 0.0)), np.minimum(values, 0.0).sum(axis=-1)
    if large or many:
        incoherent, numbers = counted_incoherent(state), None
    else:
        numbers = _number_distribution(blocks, number_states(levels, state.spacing, rows, parity=state.parity), levels)
        incoherent = incoherent_work(numbers)
    counted = COUNTED * max(1.0, _photon_number(state) / COUNTED_AT) ** 0.3
    return PassiveEnergies(
        passive, incoherent, numbers, negative, counted if large else EXACT, counted if large or many else EXACT
    )


def _photon_number(state: SlicedState) -> float:
    """n̄ of the first state."""
    x = (np.arange(state.density.shape[-1]) - state.half) * state.spacing
    weight = state.density.reshape(-1, x.size)[0] * state.spacing
    momentum = (state.variance + state.mean**2).reshape(-1, x.size)[0]
    return float(weight @ (0.5 * x**2 + 0.5 * momentum) - VACUUM_VARIANCE)


def incoherent_work(numbers: Array) -> Array:
    """Σ n p_n − Σ k p_(k) without the negative p_n of an imperfect state; (R, levels) -> (R,)."""
    p = np.maximum(numbers, 0.0)
    return np.asarray(p @ np.arange(p.shape[-1]) - sorted_energy(p))


def _number_distribution(blocks: list[Matrix], waves: list[Array], levels: int) -> Array:
    """p_n = ⟨n|ρ|n⟩, (R, levels)."""
    parts = [np.einsum("ni,...ni->...n", wave, wave @ block).real for block, wave in zip(blocks, waves, strict=True)]
    if len(parts) == 1:
        return np.asarray(parts[0])
    p = np.empty((*parts[0].shape[:-1], levels))
    p[..., 0::2], p[..., 1::2] = parts
    return p


def counted_incoherent(state: SlicedState) -> Array:
    """W^i where levels are many: cells of the position axis hold (x̄ dx̄) levels each, (R,).

    n + ½ = ½ (x̄² + ⟨p²⟩) at each x̄, which leaves out the width of p² and the interference between x̄ and −x̄; both
    are of the order of one level.  The cells are filled in order of D(x̄)/|x̄|, and k of a cell is at its middle.
    """
    fine, spacing = _refined(state.density), state.spacing / REFINEMENT
    moment = _refined(state.density * (state.variance + state.mean**2)) / np.where(fine == 0, 1.0, fine)
    half = (fine.shape[-1] - 1) // 2
    x = np.arange(1, half + 1) * spacing
    weight = np.maximum((fine[..., half + 1 :] + fine[..., half - 1 :: -1]) * spacing, 0.0)
    energy = 0.5 * x**2 + 0.5 * np.where(weight > 0, moment[..., half + 1 :], VACUUM_VARIANCE) - VACUUM_VARIANCE
    cell = np.maximum(np.gradient(energy, axis=-1), 1e-12)
    total = (weight * energy).sum(axis=-1)
    order = np.argsort(-weight / cell, axis=-1)
    weight, cell = np.take_along_axis(weight, order, axis=-1), np.take_along_axis(cell, order, axis=-1)
    below = np.cumsum(cell, axis=-1) - 0.5 * cell - VACUUM_VARIANCE
    return np.asarray((total - (weight * below).sum(axis=-1)) / weight.sum(axis=-1))


def counted_passive(state: SlicedState) -> Array:
    """Σ k r_k where eigenvalues are many: phase space holds one level in each 2π, filled in order of W(x̄, p), (R,).

    W(x̄, p) = D(x̄) N(p; c₁, c₂) [1 + c₄/(24 c₂²) He₄] by slices.  Exact for Gaussian states and pairs of separate ones;
    otherwise the next order in ħ is left out.
    """
    density = np.maximum(state.density, 0.0)
    u = (np.arange(MOMENTA) + 0.5) * (WIDEST / MOMENTA)
    deviation = np.sqrt(state.variance)
    excess = state.fourth / (24 * state.variance**2)
    hermite = u**4 - 6 * u**2 + 3
    wigner = np.maximum(np.exp(-0.5 * u**2) * (1 + excess[..., None] * hermite), 0.0) * (density / deviation)[..., None]
    # Both signs of p − c₁ have the same weight, but for the third cumulant, which averages out.
    area = np.broadcast_to((deviation * 2 * (WIDEST / MOMENTA) * state.spacing / (2 * np.pi))[..., None], wigner.shape)
    wigner, area = (part.reshape(*state.density.shape[:-1], -1) for part in (wigner, area))
    order = np.argsort(-wigner, axis=-1)
    weight = np.take_along_axis(wigner * area, order, axis=-1)
    area = np.take_along_axis(area, order, axis=-1)
    below = np.cumsum(area, axis=-1) - 0.5 * area - VACUUM_VARIANCE
    return np.asarray((weight * below).sum(axis=-1) / weight.sum(axis=-1))


def _refined(values: Array) -> Array:
    """Values between those of a grid on which they are band-limited and vanish at the ends, shape (..., 8(M−1)+1)."""
    points = values.shape[-1]
    spectrum = np.fft.rfft(values, axis=-1)
    longer = np.zeros((*values.shape[:-1], REFINEMENT * points // 2 + 1), dtype=complex)
    longer[..., : spectrum.shape[-1]] = spectrum
    fine = REFINEMENT * np.fft.irfft(longer, REFINEMENT * points, axis=-1)
    return np.asarray(fine[..., : REFINEMENT * (points - 1) + 1])
