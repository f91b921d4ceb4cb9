"""Two-photon absorber, Kerr cavity, even cat and the oscillator without its fast mode: closed solutions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, Tier, compare, compare_variable
from validation.references import nonlinear_mode as published

SUBJECT = Subject("One nonlinear mode")

NAMES = {
    "photon_number": "photon number n̄",
    "mean_field": "mean field ⟨a⟩",
    "pair_amplitude": "pair amplitude ⟨a²⟩",
    "pair_number": "pair number ⟨a†²a²⟩",
}
WORK = {
    "ergotropy": "ergotropy W",
    "ergotropy_coherent": "coherent part W^c",
    "ergotropy_incoherent": "incoherent part W^i",
}
(a,) = qb.modes("a")
EXACT = "master equation"
SAMPLED = "positive-P"


def moments(run: xr.Dataset, by: str, expected: dict[str, Any], wrong: dict[str, Any] | None) -> Iterator[Comparison]:
    """All moments of the one mode that are expected."""
    (mode,) = run.mode.values
    for name, value in expected.items():
        quantity = f"{NAMES[name]} by the {by}"
        yield from compare_variable(
            run, name, value, mode=mode, quantity=quantity, wrong=None if wrong is None else wrong[name]
        )


@SUBJECT.claim(
    "Loss in pairs alone turns a coherent state into a state of 0 and 1 photons that remembers its parity and "
    "its phase: ρ₀₀ = e^(−N) cosh N, ρ₁₁ = e^(−N) sinh N, ρ₁₀ = α₀ e^(−N) I₀(N), with N = |α₀|².",
    route="master equation below 24 photons, long after the loss began (Γt = 40), no one-photon loss",
    referee="closed form with a Bessel function",
    source="Simaan and Loudon, J. Phys. A 11, 435 (1978); Mirrahimi et al., New J. Phys. 16, 045014 (2014)",
    control="|α₀| larger by one part in 10⁵",
)
def pair_loss_leaves_parity_and_phase() -> Iterator[Comparison]:
    """Three elements of ρ."""
    start = 1.3 * np.exp(0.4j)
    system = qb.OpenSystem(0.0 * a.dag * a, {a**2: 1.0}, {a: start})
    run = qb.simulate(system, [40.0], qb.Lindblad(28, tolerance=1e-10))
    rho = run.density_matrix.values[0]
    expected, wrong = published.pair_loss_alone(start), published.pair_loss_alone(start * (1 + 1e-5))
    found = {"ρ₀₀": rho[0, 0].real, "ρ₁₁": rho[1, 1].real, "ρ₁₀": rho[1, 0]}
    for name, value in found.items():
        # Photons beyond the cutoff: 28 at a mean of 1.7.
        yield from compare(f"element {name}", value, expected[name], known=1e-10, wrong=wrong[name])


@SUBJECT.claim(
    "A mode that loses photons singly at the rate γ and in pairs (γ D[a] + Γ D[a²]) and rotates with Δ has, from a "
    "coherent state, the moments of its exactly solvable diagonals ρ_(n+k,n).",
    route="positive-P with 163 840 trajectories while it is reliable (Γ = 0.07 γ), and the master equation",
    referee="matrix exponentials of the diagonals k = 0, 1, 2, written down here",
    source="Simaan and Loudon, J. Phys. A 11, 435 (1978), with one-photon loss added",
    control="the rate Γ of pairs 12 % larger, or 10⁻⁵ of it against the master equation",
)
def a_two_photon_absorber_decays() -> Iterator[Comparison]:
    """Four moments at five unevenly spaced times."""
    numbers = {"start": 1.9 * np.exp(0.7j), "damping": 1.1, "pairs": 0.08, "detuning": 0.4}
    times = np.array([0.15, 0.4, 0.7, 1.2, 2.0])
    system = qb.OpenSystem(0.4 * a.dag * a, {a: 1.1, a**2: 0.08}, {a: numbers["start"]})
    expected = published.Absorber(**numbers).moments(times)
    for method, by, error in (
        (qb.PositiveP(163_840, rng=11), SAMPLED, 0.12),
        (qb.Lindblad(36, tolerance=1e-10), EXACT, 1e-5),
    ):
        wrong = published.Absorber(**numbers | {"pairs": 0.08 * (1 + error)}).moments(times)
        yield from moments(qb.simulate(system, times, method), by, expected, wrong)


@SUBJECT.claim(
    "The energy of a mode with parametric drive and loss of photons and of pairs is accounted for: "
    "n̄(t) = n̄(0) + ∫ [2 Re(ε* ⟨a²⟩) − γ n̄ − 2Γ ⟨a†²a²⟩] dt, pairs counting twice.",
    route="20 runs of positive-P with 8 192 trajectories, and the master equation; complex drive, coherent start",
    referee="Gauss–Legendre quadrature of the right-hand side over the run's own ⟨a²⟩, n̄ and ⟨a†²a²⟩",
    source="equation of motion of a†a under the master equation",
    control="a pair counted as one photon (positive-P), Γ larger by 10⁻⁵ (master equation)",
)
def pairs_take_two_quanta() -> Iterator[Comparison]:
    """Balance of quanta at the end of a run that is saved at the nodes of the quadrature."""
    epsilon, gamma, pairs, start, end = 0.5 * np.exp(0.9j), 1.2, 0.1, 0.9 - 0.8j, 2.5
    squeeze = 0.5j * epsilon * a.dag**2
    system = qb.OpenSystem(0.3 * a.dag * a + squeeze + squeeze.dag, {a: gamma, a**2: pairs}, {a: start})
    nodes, weights = np.polynomial.legendre.leggauss(14)
    times, weights = np.append((nodes + 1) * end / 2, end), weights * end / 2
    parts = {"photon_number": -gamma, "pair_number": -2 * pairs, "pair_amplitude": 2 * np.conj(epsilon)}

    def balance(method: qb.PositiveP | qb.Lindblad) -> tuple[float, float, float, float]:
        """n̄ at the end, what the balance says, the pairs that were lost, and a bound of the steps' errors."""
        run = qb.simulate(system, times, method).isel(mode=0)
        rate = sum((factor * run[name].values).real for name, factor in parts.items())
        bound = sum(np.abs(np.abs(factor) * run[f"{name}_step_error"].values) for name, factor in parts.items())
        known = float(run.photon_number_step_error[-1]) + weights @ bound[:-1]
        expected = abs(start) ** 2 + weights @ rate[:-1]
        return float(run.photon_number[-1]), expected, pairs * float(weights @ run.pair_number.values[:-1]), known

    quantity = f"{NAMES['photon_number']} at the end"
    found, expected, lost, known = balance(qb.Lindblad(40, tolerance=1e-10))
    yield from compare(f"{quantity}, {EXACT}", found, expected, known=known, wrong=expected - 2e-5 * lost)
    # Twenty runs tell the error of the balance, in which those of its parts are not independent.
    runs = np.array([balance(qb.PositiveP(8_192, step=0.02, rng=seed)) for seed in range(1200, 1220)])
    found, expected, lost, known = runs.mean(axis=0)
    error = (runs[:, 0] - runs[:, 1]).std(ddof=1) / np.sqrt(len(runs))
    yield from compare(f"{quantity}, {SAMPLED}", found, expected, error=error, known=known, wrong=expected + lost)


def oscillator(battery: qb.DopoBattery) -> published.Oscillator:
    """The closed form at the dimensionless numbers of a battery, from their definitions."""
    ratio = 4 * battery.kappa * abs(battery.pump) / (battery.gamma_s * np.sqrt(battery.gamma_p))  # type: ignore[arg-type]
    noise = 2 * battery.kappa**2 / (battery.gamma_s * battery.gamma_p)
    return published.Oscillator(ratio, noise, 2 * battery.detuning / battery.gamma_s, float(np.angle(battery.pump)))  # type: ignore[arg-type]


def batteries(scale: float = 1.0) -> list[qb.DopoBattery]:
    """Below, near and above threshold, with complex pumps and detunings of both signs; κ is multiplied by `scale`."""
    return [
        qb.DopoBattery(1.0 * np.exp(0.9j), 0.8 * scale, 1.2, 9.0, -0.4),
        qb.DopoBattery(1.35 * np.exp(-0.6j), 0.9 * scale, 1.3, 12.0, 0.25),
        qb.DopoBattery(1.9 * np.exp(2.0j), 0.7 * scale, 0.9, 8.0, 0.3),
    ]


@SUBJECT.claim(
    "The oscillator with parametric drive ε = λγ/2 and loss of photons and of pairs, Γ = g²γ/2, has the steady state "
    "of Drummond, McNeil and Walls, ⟨a†^m a^n⟩ as a series of Beta functions, at any detuning.",
    route="steady state of the master equation of the battery without its pump mode, below, near and above threshold",
    referee="the series, written down here, for three moments and for the density matrix",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); Wolinsky and Carmichael, PRL 60, 1836 (1988)",
    control="κ larger by one part in 10⁶",
)
def the_master_equation_has_the_steady_state_of_drummond() -> Iterator[Comparison]:
    """Moments and elements of ρ for three oscillators."""
    for place, battery, other in zip(("below", "near", "above"), batteries(), batteries(1 + 1e-6), strict=True):
        run = qb.steady_state(battery.eliminated(), qb.Lindblad(56), slow_modes=False)
        exact, wrong = oscillator(battery), oscillator(other)
        for name, value in exact.moments().items():
            quantity = f"{NAMES[name]} {place} threshold"
            yield from compare(quantity, run[name].values[0, 0], value, known=1e-9, wrong=wrong.moments()[name])
        rho = [each.density_matrix(8)[np.tril_indices(8)] for each in (exact, wrong)]
        found = run.density_matrix.values[0][:8, :8][np.tril_indices(8)]
        yield from compare(f"elements of ρ below 8 photons, {place} threshold", found, rho[0], known=1e-9, wrong=rho[1])


@SUBJECT.claim(
    "The closed form that the package offers as a method is the steady state of Drummond, McNeil and Walls, and its "
    "work is that of the state's eigenvalues: W = n̄ − Σ k r_k, W^i = n̄ − Σ k p_(k).",
    route="the method “eliminated steady state”, three batteries with complex pump and detuning",
    referee="the series of Beta functions and the eigenvalues of its density matrix, written down here",
    source="Drummond, McNeil and Walls (1981); Allahverdyan, Balian and Nieuwenhuizen (2004)",
    control="κ larger by one part in 10⁶",
)
def the_closed_form_is_that_of_drummond() -> Iterator[Comparison]:
    """Moments and work for three oscillators."""
    for place, battery, other in zip(("below", "near", "above"), batteries(), batteries(1 + 1e-6), strict=True):
        run = qb.steady_state(battery, qb.EliminatedSteadyState())
        exact, wrong = oscillator(battery), oscillator(other)
        for name, value in exact.moments().items():
            quantity = f"{NAMES[name]} {place} threshold"
            yield from compare(quantity, run[name].values[0, 0], value, known=1e-11, wrong=wrong.moments()[name])
        work = [published.work_of(each.density_matrix(64)) for each in (exact, wrong)]
        # The method leaves out levels that hold less than 1e-10.
        for name, words in WORK.items():
            found, expected, planted = run[name].values, work[0][name], work[1][name]
            if expected < 1e-6:  # below threshold the populations fall with n and W^i is 0
                continue
            yield from compare(f"{words} {place} threshold", found, expected, known=3e-10, wrong=planted, unit="ħω_s")


@SUBJECT.claim(
    "Positive-P finds the steady state of the oscillator with parametric drive and loss in pairs, with detuning and a "
    "complex drive, where pairs are lost slowly (Γ ≪ γ).",
    route="positive-P, Heun's scheme, 655 360 trajectories, at three late times",
    referee="the series of Beta functions",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="ε larger by 5 %",
)
def positive_p_finds_the_steady_state_with_detuning() -> Iterator[Comparison]:
    """Moments below threshold, at γt = 18 and later."""
    gamma, detuning, epsilon, pairs, phase = 1.2, 0.3, 0.42, 0.06, 0.9
    squeeze = 0.5j * epsilon * np.exp(1j * phase) * a.dag**2
    system = qb.OpenSystem(detuning * a.dag * a + squeeze + squeeze.dag, {a: gamma, a**2: pairs})
    run = qb.simulate(system, [15.0, 18.0, 21.0], qb.PositiveP(655_360, rng=13))
    exact = published.Oscillator(2 * epsilon / gamma, 2 * pairs / gamma, 2 * detuning / gamma, phase).moments()
    wrong = published.Oscillator(2.1 * epsilon / gamma, 2 * pairs / gamma, 2 * detuning / gamma, phase).moments()
    yield from moments(run, SAMPLED, exact, wrong)


@SUBJECT.claim(
    "Where loss in pairs is as fast as loss of single photons or faster (Γ = 0.3 … 3 γ), trajectories that cannot "
    "leave the square |α|, |α⁺| ≤ √(ε/Γ) find the exact steady state; Euler's and Heun's diverge there.",
    route="positive-P, bounded two-point scheme, 81 920 trajectories, λ = 1.5, at three late times",
    referee="Gauss–Jacobi quadrature of [(c² − α²)(c² − α⁺²)]^(1/g² − 1) e^(2αα⁺), c² = λ/g²",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="λ larger by 10 %",
)
def bounded_trajectories_find_the_steady_state() -> Iterator[Comparison]:
    """Moments for three strengths of the loss in pairs."""
    for pairs in (0.3, 1.2, 3.0):
        system = qb.OpenSystem(0.375j * (a.dag**2 - a**2), {a: 1.0, a**2: pairs})
        method = qb.PositiveP(81_920, step=0.01 / (1 + pairs), integrator=qb.BoundedTwoPoint(), rng=14)
        run = qb.simulate(system, [9.0, 10.5, 12.0], method)
        exact, wrong = published.by_quadrature(1.5, 2 * pairs), published.by_quadrature(1.65, 2 * pairs)
        for name, value in exact.items():
            yield from compare_variable(
                run, name, value, mode="a", quantity=f"{NAMES[name]} at Γ = {pairs:g} γ", wrong=wrong[name]
            )


@SUBJECT.claim(
    "Without one-photon loss, parametric drive and loss in pairs carry the vacuum to the even cat ∝ |β⟩ + |−β⟩, "
    "β² = ε e^(iθ)/Γ, and keep the parity ⟨(−1)^n⟩ = e^(−2|α₀|²) of a coherent state.",
    route="master equation below 36 photons, at Γt = 20",
    referee="closed form",
    source="Gilles, Garraway and Knight, Phys. Rev. A 49, 2785 (1994); Mirrahimi et al. (2014)",
    control="ε larger by one part in 10⁶, parity of |α₀| larger by one part in 10⁶",
)
def pairs_alone_prepare_an_even_cat() -> Iterator[Comparison]:
    """All elements below 12 photons, the fidelity, and the parity of a coherent start."""
    epsilon, pairs, theta, start = 1.1, 0.5, 0.8, 0.7 - 0.5j
    squeeze = 0.5j * epsilon * np.exp(1j * theta) * a.dag**2
    method = qb.Lindblad(36, tolerance=1e-11)
    rho = qb.simulate(qb.OpenSystem(squeeze + squeeze.dag, {a**2: pairs}), [40.0], method).density_matrix.values[0]
    beta = np.sqrt(epsilon / pairs) * np.exp(0.5j * theta)
    exact, wrong = published.cat(beta, 36), published.cat(beta * np.sqrt(1 + 1e-6), 36)
    corner = np.ix_(range(12), range(12))
    yield from compare(
        "elements of ρ below 12 photons",
        rho[corner].ravel(),
        exact[corner].ravel(),
        known=1e-9,
        wrong=wrong[corner].ravel(),
    )
    yield from compare("fidelity Tr ρ|cat⟩⟨cat|", np.trace(rho @ exact).real, 1.0, known=1e-9)
    run = qb.simulate(qb.OpenSystem(squeeze + squeeze.dag, {a**2: pairs}, {a: start}), [2.0, 40.0], method)
    parity = run.number_distribution.values @ (-1.0) ** np.arange(36)
    expected = np.full(2, np.exp(-2 * abs(start) ** 2))
    yield from compare("parity ⟨(−1)^n⟩", parity, expected, known=1e-9, wrong=expected * (1 - 4e-6 * abs(start) ** 2))


@SUBJECT.claim(
    "With a lossless signal the two-mode battery ends in the even cat of amplitude β, β² = 2√γ_p F_p/κ, and its pump "
    "in vacuum: the conversion refuses all further light.",
    route="master equation of both modes below 26 and 8 photons, complex pump, at γ_p t = 250",
    referee="closed form",
    source="Mirrahimi et al., New J. Phys. 16, 045014 (2014), with the coupling of the paper's Eq. (6)",
    control="β² larger by one part in 10⁴; one photon in 10⁴ left in the pump",
)
def a_lossless_battery_ends_in_a_cat() -> Iterator[Comparison]:
    """Elements of the signal's ρ, and the pump's photons."""
    kappa, gamma_p, pump = 1.6, 5.0, 0.5 * np.exp(1.1j)
    s, p = qb.modes("signal", "pump")
    half = 0.5j * kappa * s.dag**2 * p + 1j * np.sqrt(gamma_p) * pump * p.dag
    system = qb.OpenSystem(half + half.dag, {p: gamma_p}, storage=s)
    cutoffs = (8, 26) if system.modes[0] == "pump" else (26, 8)
    run = qb.simulate(system, [50.0], qb.Lindblad(cutoffs, tolerance=1e-9))
    beta = np.sqrt(2 * np.sqrt(gamma_p) * pump / kappa)
    exact, wrong = published.cat(beta, 10).ravel(), published.cat(beta * np.sqrt(1 + 1e-4), 10).ravel()
    found = run.density_matrix.values[0][:10, :10].ravel()
    yield from compare("elements of the signal's ρ below 10 photons", found, exact, known=1e-6, wrong=wrong)
    left = run.photon_number.sel(mode="pump").values
    yield from compare("photons in the pump", left, 0.0, known=1e-6, wrong=1e-4)


@SUBJECT.claim(
    "Truncated Wigner, which drops third derivatives, is biased by the order of g² quanta in the oscillator with "
    "loss in pairs: by less than 0.7 g² in n̄ at half of threshold, and by nothing that shows at g² = 10⁻⁴.",
    route="truncated Wigner, Heun's scheme, 327 680 trajectories, at three late times",
    referee="the series of Beta functions",
    source="size of the bias as published for the battery at half of threshold, 0.3 … 0.6 g²",
    control="the vacuum's ½ counted 30 % too large",
    tier=Tier.FULL,
)
def truncated_wigner_is_biased_by_the_order_of_the_noise() -> Iterator[Comparison]:
    """Photon numbers at half of threshold for three noise parameters."""
    for noise in (0.1, 0.03, 1e-4):
        epsilon = 0.25 * np.exp(0.4j)
        squeeze = 0.5j * epsilon * a.dag**2
        system = qb.OpenSystem(0.2 * a.dag * a + squeeze + squeeze.dag, {a: 1.0, a**2: noise / 2})
        run = qb.simulate(system, [12.0, 15.0, 18.0], qb.TruncatedWigner(327_680, rng=17))
        exact = published.Oscillator(0.5, noise, 0.4, 0.4).moment(1, 1).real
        quantity = f"{NAMES['photon_number']} at g² = {noise:g}"
        yield from compare_variable(
            run, "photon_number", exact, mode="a", quantity=quantity, declared=0.7 * noise, wrong=exact + 0.15
        )
