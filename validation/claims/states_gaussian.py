"""The first part of the chapter on states: Gaussian states, and two branches of them."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import poisson

import phasespace_qb as qb
from validation.claims.states_references import (
    Array,
    Sorted,
    between_positions,
    ellipse,
    gaussian,
    mixed_with_its_mirror_image,
    passive_energy_of,
    work_of,
)
from validation.evidence import Comparison, Subject, compare
from validation.referees import the_walrus

SUBJECT = Subject("States and the work they hold")

ALLAHVERDYAN = "Allahverdyan, Balian and Nieuwenhuizen, Europhys. Lett. 67, 565 (2004); the paper's Eqs. (9), (15)–(17)"
WALRUS = (
    "Gupt, Izaac and Quesada, J. Open Source Softw. 4, 1705 (2019); Quesada et al., Phys. Rev. A 100, 022341 (2019)"
)
MATRIX = 1e-12
"""Of elements of density matrices that two recurrences make."""
SORTED = 1e-9
"""Of Σ k r_(k) below eighty levels."""
PARTS = ("energy n̄", "passive energy", "ergotropy W", "coherent part Wᶜ", "incoherent part Wⁱ")


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
        right, wrong = (gaussian(mean[index], covariances[index], size)[lower] for mean in (means, mirrored))
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
    populations = np.array([np.diagonal(gaussian(m, v, size)).real for m, v in zip(means, covariances, strict=True)])
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


@SUBJECT.claim(
    "A battery that keeps its parity holds ρ = ½(ρ₊ + Πρ₊Π); the eigenvalues of its even and odd blocks give its work, "
    "whether the two branches overlap or not.",
    route="extractable_work and density_matrix of a TwoBranchState of five separations and shapes",
    referee="eigenvalues of the mixture of two matrices of The Walrus with 90 levels",
    source="the paper, Sec. III; own derivation",
    control="the passive energy 2(ν − ½) + ½ of branches that do not overlap; elsewhere a mean 1 % longer",
)
def two_branches_that_overlap() -> Iterator[Comparison]:
    """Elements of one state, work of all."""
    means = np.array([[0.4, 0.3], [1.1, -0.5], [-1.6, 0.9], [2.4, 0.5], [0.8, 0.0]])
    shapes = [(0.8, 0.5, 0.3), (1.2, 0.6, 0.9), (0.9, 0.7, -0.4), (0.7, 0.6, 1.3), (2.5, 1.4, 0.0)]
    covariances = np.array([ellipse(*shape) for shape in shapes])
    state = qb.TwoBranchState(qb.GaussianState(means, covariances))
    found = qb.extractable_work(state)

    def brute(scale: float) -> list[Sorted]:
        branches = (gaussian(scale * m, v, 90) for m, v in zip(means, covariances, strict=True))
        return [work_of(mixed_with_its_mirror_image(branch)) for branch in branches]

    right, wrong = brute(1.0), brute(1.01)
    apart = 2 * np.sqrt(np.linalg.det(covariances)) - 0.5
    labels = [f"state {number}" for number in range(1, 6)]
    for index, part in enumerate(PARTS):
        expected, planted = (np.array([each[index] for each in several]) for several in (right, wrong))
        if part == "passive energy":
            planted = apart
        if part == "ergotropy W":
            planted = state.photon_number - apart
        yield from compare(part, found[index], expected, wrong=planted, known=1e-8, labels=labels, unit="ħω_s")
    lower = np.tril_indices(12)
    elements = [
        mixed_with_its_mirror_image(gaussian(scale * means[1], covariances[1], 12))[lower] for scale in (1, 1.01)
    ]
    yield from compare("⟨m|ρ|n⟩", state.density_matrix(12)[1][lower], elements[0], wrong=elements[1], known=MATRIX)


@SUBJECT.claim(
    "Two noisy branches, with ν up to 14, leave the passive energy Σ k r_(k) that their density matrix between "
    "positions has; far apart it is 2(ν − ½) + ½, so that W = n̄ − 2(ν − ½) − ½.",
    route="extractable_work of two branches at ν = 0.7, 3, 14 and three distances",
    referee="eigenvalues of ⟨x|ρ|x'⟩ on a grid; closed form for the largest distance",
    source="own derivation from the even and odd blocks of ρ",
    control="the ½ of the parity left out, where branches are apart; a distance 2 % larger elsewhere",
)
def two_noisy_branches() -> Iterator[Comparison]:
    """Passive energies over a grid of ν and distance."""
    names, found, expected, wrong, known = [], [], [], [], []
    for nu, squeezed, points in ((0.7, 1.5, 240), (3.0, 1.2, 380), (14.0, 1.0, 760)):
        variance_x, variance_p = nu * squeezed, nu / squeezed
        for distance in (0.8, 1.7, 8.0):
            position = distance * np.sqrt(variance_x)
            branch = qb.GaussianState(np.array([position, 0.0]), np.diag([variance_x, variance_p]))
            found.append(float(qb.extractable_work(qb.TwoBranchState(branch)).passive_energy))
            if distance == 8.0:
                expected.append(2 * (nu - 0.5) + 0.5)
                wrong.append(2 * (nu - 0.5))
            else:
                for scale, several in ((1.0, expected), (1.02, wrong)):
                    kernel = between_positions(scale * position, variance_x, variance_p, points)
                    several.append(passive_energy_of(np.asarray(np.linalg.eigvalsh(kernel), dtype=float)))
            # Above ν = 12 the sum is extrapolated, which is declared to be good to 1e-5.
            known.append(1e-5 * expected[-1] if nu > 12 else 1e-8)
            names.append(f"ν = {nu:g}, distance {distance:g} standard deviations")
    yield from compare(
        "passive energy of two branches", found, expected, wrong=wrong, known=known, labels=names, unit="ħω_s"
    )


@SUBJECT.claim(
    "Two branches are found again from n̄, ⟨a²⟩ and ⟨a†²a²⟩ of their mixture: |β|⁴ = n̄² + ½|⟨a²⟩|² − ½⟨a†²a²⟩ and "
    "arg β = ½ arg⟨a²⟩ where they lie along an axis of the noise.",
    route="TwoBranchState.from_moments",
    referee="the branch from which The Walrus made the density matrix with these moments",
    source="own derivation from the fourth cumulant",
    control="⟨a†²a²⟩ 0.1 % larger",
)
def branches_from_three_moments() -> Iterator[Comparison]:
    """Mean and covariance of one tilted branch."""
    mean, covariance = 2.3 * np.array([np.cos(0.6), np.sin(0.6)]), ellipse(1.1, 0.45, 0.6)
    rho = mixed_with_its_mirror_image(gaussian(mean, covariance, 90))
    n = np.arange(90.0)
    populations = np.diagonal(rho).real
    photons, pairs = float(populations @ n), float(populations @ (n * (n - 1)))
    pair = complex(np.sqrt(n[1:-1] * n[2:]) @ np.diagonal(rho, -2))

    def branch(excess: float) -> Array:
        state = qb.TwoBranchState.from_moments(np.array(photons), np.array(pair), np.array(excess * pairs)).branch
        return np.array([*state.mean, state.covariance[0, 0], state.covariance[1, 1], state.covariance[0, 1]])

    found, expected = branch(1.0), np.array([*mean, covariance[0, 0], covariance[1, 1], covariance[0, 1]])
    labels = ["⟨x⟩", "⟨p⟩", "variance of x", "variance of p", "covariance of x and p"]
    # A branch and its mirror image are the same state.
    found[:2] *= np.sign(found[0] * expected[0])
    shifted = branch(1.001)
    planted = expected + (shifted - branch(1.0))
    yield from compare("mean and covariance of a branch", found, expected, wrong=planted, known=1e-9, labels=labels)


@SUBJECT.claim(
    "One Gaussian for two branches that are apart has too little work, by ν[√(1 + 2s) − 2], s = ½ dᵀV⁻¹d: at 1.5 times "
    "the threshold of the paper's battery two quanta of fifteen.",
    route="extractable_work of one Gaussian and of two branches with the same n̄ and ⟨a²⟩",
    referee="closed form, from det(V + ddᵀ) = ν²(1 + 2s)",
    source="own derivation; matrix determinant lemma",
    control="no loss at all",
)
def one_gaussian_for_two_branches() -> Iterator[Comparison]:
    """The work that is missed, for three separations; the last is that of linear theory at λ = 1.5."""
    covariances = np.array([ellipse(0.9, 0.6, 0.4), ellipse(1.4, 0.8, -0.3), np.diag([1.0 + 1 / 32, 0.38])])
    means = np.array([[5.0, 2.0], [-6.0, 7.0], [np.sqrt(2 * 16.0), 0.0]])
    two = qb.TwoBranchState(qb.GaussianState(means, covariances))
    whole = qb.GaussianState(0 * means, covariances + means[:, :, None] * means[:, None, :])
    missed = qb.extractable_work(two).ergotropy - qb.extractable_work(whole).ergotropy
    nu = np.sqrt(np.linalg.det(covariances))
    s = 0.5 * np.einsum("ki,kij,kj->k", means, np.linalg.inv(covariances), means)
    yield from compare(
        "work that one Gaussian misses",
        missed,
        nu * (np.sqrt(1 + 2 * s) - 2),
        wrong=[0.0],
        # What is left of the overlap of the branches.
        known=3 * np.exp(-s) + 1e-9,
        unit="ħω_s",
        labels=["ν = 0.73", "ν = 1.06", "linear theory at 1.5 times the threshold"],
    )
    yield from compare("energies, which are equal", whole.photon_number, two.photon_number, known=1e-9, unit="ħω_s")
