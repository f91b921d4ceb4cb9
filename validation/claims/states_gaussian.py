"""The first part of the chapter on states: Gaussian states."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import poisson

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, compare
from validation.referees import the_walrus
from validation.references.battery import PAPER
from validation.references.density_matrices import (
    Array,
    ellipse,
    of_trace_one,
    passive_energy_of,
    work_of,
)

SUBJECT = Subject("States and the work they hold")

ALLAHVERDYAN = f"Allahverdyan, Balian and Nieuwenhuizen, Europhys. Lett. 67, 565 (2004); {PAPER}, Eqs. (9), (15)–(17)"
WALRUS = (
    "Gupt, Izaac and Quesada, J. Open Source Softw. 4, 1705 (2019); Quesada et al., Phys. Rev. A 100, 022341 (2019)"
)
MATRIX = 1e-12
"""Of elements of density matrices that two recurrences make."""
SORTED = 1e-10
"""Of Σ k r_(k) below ninety levels."""
PARTS = ("energy n̄", "passive energy", "ergotropy W", "coherent part Wᶜ", "incoherent part Wⁱ")


def gaussian(mean: Array, covariance: Array, levels: int) -> Array:
    """The Walrus's matrix of one mode, without what it lost of its trace beyond the levels."""
    return of_trace_one(the_walrus.density_matrix(mean, covariance, levels))


@SUBJECT.claim(
    "The density matrix of a displaced, squeezed, thermal mode between number states, its photon number and its "
    "variance follow from mean and covariance: n̄ = ½(tr V + |d|² − 1), σ_n² = ½ tr V² − ¼ + dᵀVd.",
    route="GaussianState with a tilted ellipse and a mean off its axes; three states, one of them pure",
    referee="The Walrus (ħ = 1), density_matrix, state_vector and photon-number moments",
    source=WALRUS,
    control="the momentum of the mean reversed; a variance without its −¼",
)
def gaussian_states_between_number_states() -> Iterator[Comparison]:
    """Elements with their phases, and moments of n."""
    size, lower = 14, np.tril_indices(14)
    labels = [f"⟨{m}|ρ|{n}⟩" for m, n in zip(*lower, strict=True)]
    means = np.array([[0.7, -1.1], [-1.3, 0.4], [0.2, 0.9]])
    covariances = np.array([ellipse(0.9, 0.4, 0.4), ellipse(2.1, 1.3, -0.8), ellipse(1.6, 0.25 / 1.6, 1.2)])
    state = qb.GaussianState(means, covariances)
    found, mirrored = state.density_matrix(size), means * np.array([1, -1])
    names = ("squeezed and a little thermal", "thermal and a little squeezed", "pure")
    for index, name in enumerate(names):
        right, wrong = (
            the_walrus.density_matrix(mean[index], covariances[index], size)[lower] for mean in (means, mirrored)
        )
        yield from compare(f"⟨m|ρ|n⟩, {name}", found[index][lower], right, wrong=wrong, known=MATRIX, labels=labels)
    vector = the_walrus.state_vector(means[2], covariances[2], size)
    flipped = the_walrus.state_vector(mirrored[2], covariances[2], size)
    expected, wrong = (np.outer(each, each.conj())[lower] for each in (vector, flipped))
    yield from compare(
        "ψ_m ψ_n* of the pure state", found[2][lower], expected, wrong=wrong, known=MATRIX, labels=labels
    )
    moments = np.array([the_walrus.photon_number(m, v) for m, v in zip(means, covariances, strict=True)])
    yield from compare("mean photon number n̄", state.photon_number, moments[:, 0], known=MATRIX, labels=names)
    variance = moments[:, 1]
    yield from compare(
        "variance of the photon number",
        state.photon_number_variance,
        variance,
        wrong=variance + 0.25,
        known=MATRIX,
        labels=names,
    )
    populations = np.array(
        [np.diagonal(the_walrus.density_matrix(m, v, size)).real for m, v in zip(means, covariances, strict=True)]
    )
    given = state.number_distribution(size)
    which = [f"p{n}, {name}" for name in names for n in range(size)]
    yield from compare("number distribution p_n", given.ravel(), populations.ravel(), known=MATRIX, labels=which)


@SUBJECT.claim(
    "The work of a Gaussian mode is W = n̄ − (ν − ½) with ν = √det V, and its incoherent part is n̄ − Σ k p_(k) with the "
    "photon-number probabilities sorted in descending order.",
    route="extractable_work of an array of Gaussian states and of their density matrices",
    referee="sorted eigenvalues and populations of The Walrus's matrices with 90 levels",
    source=ALLAHVERDYAN,
    control="a passive energy ν instead of ν − ½; for the rest a variance 1 % larger",
)
def the_work_of_a_gaussian_mode() -> Iterator[Comparison]:
    """All five values of four states, by two of our routes."""
    means = np.array([[1.2, -2.0], [0.0, 0.0], [2.5, 1.0], [0.3, -0.2]])
    shapes = [(1.6, 0.4, 0.5), (2.2, 0.3, -1.0), (0.9, 0.9, 0.0), (3.0, 1.1, 0.7)]
    covariances = np.array([ellipse(*shape) for shape in shapes])
    wider = np.array([ellipse(1.01 * large, small, angle) for large, small, angle in shapes])
    matrices = np.array([gaussian(m, v, 90) for m, v in zip(means, covariances, strict=True)])
    right = [work_of(matrix) for matrix in matrices]
    wrong = [work_of(gaussian(m, v, 90)) for m, v in zip(means, wider, strict=True)]
    labels = [f"state {number}" for number in (1, 2, 3, 4)]
    for name, state in (
        ("mean and covariance", qb.GaussianState(means, covariances)),
        ("density matrix", qb.DensityMatrix(matrices)),
    ):
        found = qb.extractable_work(state)
        for index, part in enumerate(PARTS):
            expected, planted = (np.array([each[index] for each in several]) for several in (right, wrong))
            if part == "passive energy":
                planted = expected + 0.5
            if part == "ergotropy W":
                planted = expected - 0.5
            yield from compare(
                f"{part}, from {name}",
                found[index],
                expected,
                wrong=planted,
                known=SORTED,
                labels=labels,
                unit="ħω_s",
            )


@SUBJECT.claim(
    "For bright coherent states, whose photon number is Poisson distributed, the incoherent part of the work is "
    "n̄ − Σ k p_(k), and all of it is W = n̄.",
    route="extractable_work of Gaussian states of 25, 10⁴ and 10⁶ quanta",
    referee="sorted Poisson probabilities",
    source=ALLAHVERDYAN,
    control="a distribution 1 % wider",
)
def the_incoherent_work_of_bright_coherent_states() -> Iterator[Comparison]:
    """Σ k p_(k) = n̄ − W^i, and W."""
    photons = np.array([25.0, 1e4, 1e6])
    mean = np.sqrt(2 * photons)[:, None] * np.array([np.cos(0.4), np.sin(0.4)])
    work = qb.extractable_work(qb.GaussianState(mean, np.broadcast_to(0.5 * np.eye(2), (3, 2, 2))))

    def left(number: float) -> float:
        spread = 12 * np.sqrt(number)
        n = np.arange(max(0, int(number - spread)), int(number + spread) + 20)
        return passive_energy_of(poisson.pmf(n, number))

    expected = np.array([left(number) for number in photons])
    yield from compare(
        "n̄ − Wⁱ",
        work.energy - work.incoherent,
        expected,
        wrong=1.01 * expected,
        # Of a bell wider than 300 quanta a closed form is used, which is declared to be good to 1e-6.
        known=2e-6 * expected,
        axis=photons,
        axis_name="photon number n̄",
        unit="ħω_s",
    )
    yield from compare("W", work.ergotropy, photons, known=1e-9 * photons, axis=photons, axis_name="photon number n̄")
