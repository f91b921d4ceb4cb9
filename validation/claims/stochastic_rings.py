"""Many modes at once: the paths of systems whose kernels loop over tables of equations."""

from collections.abc import Iterator

import numpy as np

from phasespace_qb.phase_space.integrators import EulerMaruyama, Heun
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from validation.claims.stochastic_paths import ROUNDING, SUBJECT, Paths, against
from validation.evidence import Comparison, compare
from validation.referees import sdeint
from validation.references.langevin_ring import Ring
from validation.routes.single_paths import sample

TIMES, STEP, LANES = [0.0, 0.06, 0.16, 0.3], 0.01, [0, 77, 128, 299]


@SUBJECT.claim(
    "Nine modes in a ring, with H = Σ Δ_j a_j†a_j + (U_j/2)a_j†²a_j² + [J_j a_j†a_j₊₁ + (i/2)(ε_j + κ_j a_j₊₁)a_j†² + "
    "iF_j a_j† + h.c.] and losses γ_j, all of them different, take the paths of their Langevin equations: in truncated "
    "Wigner dα_j = [−(γ_j/2 + iΔ_j)α_j − iU_j(|α_j|² − 1)α_j − iJ_jα_j₊₁ − iJ*_j₋₁α_j₋₁ + (ε_j + κ_jα_j₊₁)α_j* − "
    "½κ*_j₋₁α²_j₋₁ + F_j]dt + √(γ_j/4)(dW + i dW′); in positive-P, for U_j = 0, with α_j⁺ for α_j*, its mirror image "
    "for α_j⁺, and the noise √(ε_j + κ_jα_j₊₁) dW.",
    route="truncated Wigner with nine variables (Heun's scheme) and positive-P with eighteen (Euler's), in compiled "
    "code that loops over tables of equations, four of 300 trajectories",
    referee="sdeint.stratHeun and sdeint.itoEuler on the equations typed by hand and the same Wiener increments",
    source="Drummond and Gardiner, J. Phys. A 13, 2353 (1980); Gardiner and Zoller, Quantum Noise",
    control="truncated Wigner with α_j in place of α_j* behind ε_j and κ_j; positive-P with noise of 2 % more variance",
)
def a_ring_of_nine_modes_takes_the_paths_of_its_equations() -> Iterator[Comparison]:
    """Every amplitude of every mode at three times."""
    ring = Ring()
    run = sample(WignerRules().equations(ring.system()), Heun(), TIMES, STEP, 300)
    scheme = sdeint.Scheme.STRATONOVICH_HEUN
    ours, right = against(run, TIMES, scheme, ring.wigner, ring.wigner_noise, lanes=LANES)
    _, wrong = against(run, TIMES, scheme, ring.wigner_without_conjugates, ring.wigner_noise, lanes=LANES)
    yield from over_modes(("amplitudes α, truncated Wigner",), ours, right, wrong)

    ring = Ring(kerr_scale=0.0)

    def louder(y: sdeint.State, t: float) -> sdeint.State:
        return np.asarray(1.02**0.5 * ring.positive_p_noise(y, t))

    run = sample(PositivePRules().equations(ring.system()), EulerMaruyama(), TIMES, STEP, 300)
    scheme = sdeint.Scheme.ITO_EULER
    ours, right = against(run, TIMES, scheme, ring.positive_p, ring.positive_p_noise, lanes=LANES)
    _, wrong = against(run, TIMES, scheme, ring.positive_p, louder, lanes=LANES)
    yield from over_modes(("amplitudes α, positive-P", "amplitudes α⁺, positive-P"), ours, right, wrong)


def over_modes(names: tuple[str, ...], ours: Paths, right: Paths, wrong: Paths) -> Iterator[Comparison]:
    """One comparison for each kind of variable, of all modes on all paths at all times."""
    kinds = len(names)
    modes = range(1, ours.shape[1] // kinds + 1)
    labels = [f"t = {t}, mode {mode}, trajectory {lane}" for t in TIMES[1:] for mode in modes for lane in LANES]
    for kind, name in enumerate(names):
        found, expected, other = (each[:, kind::kinds].ravel() for each in (ours, right, wrong))
        yield from compare(name, found, expected, wrong=other, known=ROUNDING, labels=labels)
