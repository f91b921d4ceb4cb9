"""Two-photon absorber, Kerr cavity, even cat and the oscillator without its fast mode: closed solutions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

import phasespace_qb as qb
from validation.evidence import MOMENTS, Comparison, Subject, Tier, compare, compare_variable
from validation.references import nonlinear_mode as published
from validation.references.density_matrices import work_of
from validation.references.truncated_wigner import oscillator_at_rest

SUBJECT = Subject("One nonlinear mode")

WORK = {
    "ergotropy": "ergotropy W",
    "ergotropy_coherent": "coherent part W^c",
    "ergotropy_incoherent": "incoherent part W^i",
}
(a,) = qb.modes("a")
EXACT = "master equation"
SAMPLED = "positive-P"
ROUNDING = 1e-12
"""Of numbers of order one in a steady state below some thirty photons."""


def moments(run: xr.Dataset, by: str, expected: dict[str, Any], wrong: dict[str, Any] | None) -> Iterator[Comparison]:
    """All moments of the one mode that are expected."""
    (mode,) = run.mode.values
    for name, value in expected.items():
        quantity = f"{MOMENTS[name]} by the {by}"
        yield from compare_variable(
            run, name, value, mode=mode, quantity=quantity, wrong=None if wrong is None else wrong[name]
        )


@SUBJECT.claim(
    "Loss in pairs alone turns a coherent state into a state of 0 and 1 photons that remembers its parity and "
    "its phase: ρ₀₀ = e^(−N) cosh N, ρ₁₁ = e^(−N) sinh N, ρ₁₀ = α₀ e^(−N) I₀(N), with N = |α₀|².",
    route="master equation below 28 photons, long after the loss began (Γt = 40), no one-photon loss",
    referee="closed form with a Bessel function",
    source="Simaan and Loudon, J. Phys. A 11, 435 (1978); Mirrahimi et al., New J. Phys. 16, 045014 (2014)",
    control="|α₀| larger by one part in 10¹¹",
)
def pair_loss_leaves_parity_and_phase() -> Iterator[Comparison]:
    """Three elements of ρ."""
    start = 1.3 * np.exp(0.4j)
    system = qb.OpenSystem(0.0 * a.dag * a, {a**2: 1.0}, {a: start})
    run = qb.simulate(system, [40.0], qb.Lindblad(28, tolerance=1e-12))
    rho = run.density_matrix.values[0]
    expected, wrong = published.pair_loss_alone(start), published.pair_loss_alone(start * (1 + 1e-11))
    found = {"ρ₀₀": rho[0, 0].real, "ρ₁₁": rho[1, 1].real, "ρ₁₀": rho[1, 0]}
    for name, value in found.items():
        # Rounding; beyond the cutoff are 10⁻²³ of the state.
        yield from compare(f"element {name}", value, expected[name], known=3e-13, wrong=wrong[name])


@SUBJECT.claim(
    "A mode with H = Δ a†a that loses photons singly and in pairs (γ D[a] + Γ D[a²]) has, from a coherent state, the "
    "n̄, ⟨a⟩, ⟨a²⟩ and ⟨a†²a²⟩ of its exactly solvable diagonals ρ_(n+k,n).",
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

    quantity = f"{MOMENTS['photon_number']} at the end"
    found, expected, lost, known = balance(qb.Lindblad(40, tolerance=1e-10))
    yield from compare(f"{quantity}, {EXACT}", found, expected, known=known, wrong=expected - 2e-5 * lost)
    # Twenty runs tell the error of the balance, in which those of its parts are not independent.
    runs = np.array([balance(qb.PositiveP(8_192, step=0.02, rng=seed)) for seed in range(1200, 1220)])
    found, expected, lost, known = runs.mean(axis=0)
    error = (runs[:, 0] - runs[:, 1]).std(ddof=1) / np.sqrt(len(runs))
    yield from compare(f"{quantity}, {SAMPLED}", found, expected, error=error, known=known, wrong=expected + lost)


def oscillator(battery: qb.DopoBattery) -> published.Oscillator:
    """The closed form at the dimensionless numbers of a battery, from their definitions."""
    pump = battery.drive_at(np.zeros(1))[0]
    ratio = 4 * battery.kappa * abs(pump) / (battery.gamma_s * np.sqrt(battery.gamma_p))
    noise = 2 * battery.kappa**2 / (battery.gamma_s * battery.gamma_p)
    return published.Oscillator(ratio, noise, 2 * battery.detuning / battery.gamma_s, float(np.angle(pump)))


def batteries(scale: float = 1.0) -> list[qb.DopoBattery]:
    """At PLACES, with complex pumps, without detuning and with detunings of both signs; κ is multiplied by `scale`."""
    return [
        qb.DopoBattery(1.0 * np.exp(0.9j), 0.8 * scale, 1.2, 9.0, -0.4),
        qb.DopoBattery(1.35 * np.exp(-0.6j), 0.9 * scale, 1.3, 12.0, 0.25),
        qb.DopoBattery(1.9 * np.exp(2.0j), 0.7 * scale, 0.9, 8.0, 0.3),
        qb.DopoBattery(1.4 * np.exp(-1.3j), 0.8 * scale, 1.0, 10.0, 0.0),
    ]


CHANGE = 1e-8
PLACES = ("below threshold", "near threshold", "above threshold", "above threshold without detuning")


@SUBJECT.claim(
    "The oscillator with parametric drive ε = λγ/2 and loss of photons and of pairs, Γ = g²γ/2, has the steady state "
    "of Drummond, McNeil and Walls, ⟨a†^m a^n⟩ as a series of Beta functions, with detuning and without.",
    route="steady state of the master equation of the battery without its pump mode, below, near and above threshold",
    referee="the series, written down here, for three moments and for the density matrix",
    source="Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); Wolinsky and Carmichael, PRL 60, 1836 (1988)",
    control="κ larger by one part in 10⁷",
)
def the_master_equation_has_the_steady_state_of_drummond() -> Iterator[Comparison]:
    """Moments and elements of ρ for four oscillators."""
    for place, battery, other in zip(PLACES, batteries(), batteries(1 + 10 * CHANGE), strict=True):
        run = qb.steady_state(battery.eliminated(), qb.Lindblad(56), slow_modes=False)
        exact, wrong = oscillator(battery), oscillator(other)
        for name, value in exact.moments().items():
            quantity, found = f"{MOMENTS[name]} {place}", run[name].values[0, 0]
            # The Krylov space of the steady state stops at residuals of 10⁻⁹ of a rate, the worst of them 10⁻¹¹ off.
            bound = 1e-10 * abs(value)
            yield from compare(quantity, found, value, known=bound, wrong=wrong.moments()[name])
        rho = [each.density_matrix(8)[np.tril_indices(8)] for each in (exact, wrong)]
        found = run.density_matrix.values[0][:8, :8][np.tril_indices(8)]
        yield from compare(f"elements of ρ below 8 photons, {place}", found, rho[0], known=1e-11, wrong=rho[1])


@SUBJECT.claim(
    "The closed form that the package offers as a method is the steady state of Drummond, McNeil and Walls, and its "
    "work is that of the state's eigenvalues: W = n̄ − Σ k r_k, W^i = n̄ − Σ k p_(k).",
    route="the method “eliminated steady state”, four batteries with complex pumps, one of them without detuning",
    referee="the series of Beta functions and the eigenvalues of its density matrix, written down here",
    source="Drummond, McNeil and Walls (1981); Allahverdyan, Balian and Nieuwenhuizen (2004)",
    control="κ larger by one part in 10⁸",
)
def the_closed_form_is_that_of_drummond() -> Iterator[Comparison]:
    """Moments and work for four oscillators."""
    for place, battery, other in zip(PLACES, batteries(), batteries(1 + CHANGE), strict=True):
        run = qb.steady_state(battery, qb.EliminatedSteadyState())
        exact, wrong = oscillator(battery), oscillator(other)
        for name, value in exact.moments().items():
            quantity, found = f"{MOMENTS[name]} {place}", run[name].values[0, 0]
            # Rounding of logarithms of Gamma functions.
            yield from compare(quantity, found, value, known=1e-13 * abs(value), wrong=wrong.moments()[name])
        work = [work_of(each.density_matrix(64))._asdict() for each in (exact, wrong)]
        # The passive energy that the method allows the levels that it leaves out.
        for name, words in WORK.items():
            found, expected, planted = run[name].values, work[0][name], work[1][name]
            if expected < 1e-6:  # below threshold the populations fall with n and W^i is 0
                continue
            yield from compare(f"{words} {place}", found, expected, known=1e-10, wrong=planted, unit="ħω_s")


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
    "Also where loss in pairs is not slow (Γ = 0.3, 1.2 and 3 γ), positive-P with a step that cannot leave the square "
    "|α|, |α⁺| ≤ √(ε/Γ) finds the exact steady state of the oscillator with parametric drive ε.",
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
                run, name, value, mode="a", quantity=f"{MOMENTS[name]} at Γ = {pairs:g} γ", wrong=wrong[name]
            )


@SUBJECT.claim(
    "Without one-photon loss, parametric drive and loss in pairs carry the vacuum to the even cat ∝ |β⟩ + |−β⟩, "
    "β² = ε e^(iθ)/Γ, and keep the parity ⟨(−1)^n⟩ = e^(−2|α₀|²) of a coherent state.",
    route="master equation below 36 photons, at Γt = 20",
    referee="closed form",
    source="Gilles, Garraway and Knight, Phys. Rev. A 49, 2785 (1994); Mirrahimi et al. (2014)",
    control="ε larger by one part in 10¹⁰, parity of |α₀| larger by one part in 10¹⁰",
)
def pairs_alone_prepare_an_even_cat() -> Iterator[Comparison]:
    """All elements below 12 photons, the fidelity, and the parity of a coherent start."""
    epsilon, pairs, theta, start = 1.1, 0.5, 0.8, 0.7 - 0.5j
    squeeze = 0.5j * epsilon * np.exp(1j * theta) * a.dag**2
    method = qb.Lindblad(36, tolerance=1e-11)
    # Vacuum but for 10⁻¹⁵, so that one kernel solves both starts.
    vacuum = qb.OpenSystem(squeeze + squeeze.dag, {a**2: pairs}, {a: 1e-15})
    rho = qb.simulate(vacuum, [40.0], method).density_matrix.values[0]
    beta = np.sqrt(epsilon / pairs) * np.exp(0.5j * theta)
    exact, wrong = published.cat(beta, 36), published.cat(beta * np.sqrt(1 + 1e-10), 36)
    corner = np.ix_(range(12), range(12))
    yield from compare(
        "elements of ρ below 12 photons",
        rho[corner].ravel(),
        exact[corner].ravel(),
        known=ROUNDING,
        wrong=wrong[corner].ravel(),
    )
    yield from compare("fidelity Tr ρ|cat⟩⟨cat|", np.trace(rho @ exact).real, 1.0, known=ROUNDING)
    run = qb.simulate(qb.OpenSystem(squeeze + squeeze.dag, {a**2: pairs}, {a: start}), [2.0, 40.0], method)
    parity = run.number_distribution.values @ (-1.0) ** np.arange(36)
    expected = np.full(2, np.exp(-2 * abs(start) ** 2))
    yield from compare(
        "parity ⟨(−1)^n⟩", parity, expected, known=ROUNDING, wrong=expected * (1 - 4e-10 * abs(start) ** 2)
    )


@SUBJECT.claim(
    "Truncated Wigner of the oscillator with parametric drive and loss in pairs, Γ = g²γ/2, has the steady state of "
    "its Fokker–Planck equation, which drops third derivatives: at half of threshold n̄ is too small by 0.054 and "
    "0.024 "
    "at g² = 0.5 and 0.3, and by nothing that shows at 0.03.",
    route="truncated Wigner, Heun's scheme, 327 680 trajectories, at three late times",
    referee="the Fokker–Planck equation as a matrix between number states, solved for its steady state; the exact one "
    "is the series of Beta functions",
    source="Wigner's equation of motion of the master equation; Drummond, McNeil and Walls, Optica Acta 28, 211 (1981)",
    control="no bias at all (g² = 0.5 and 0.3); 0.02 photons too many (g² = 0.03)",
    tier=Tier.FULL,
)
def truncated_wigner_has_the_bias_of_its_derivatives() -> Iterator[Comparison]:
    """Photon numbers at half of threshold for three noise parameters, less the exact ones."""
    epsilon, detuning = 0.25 * np.exp(0.4j), 0.2
    squeeze = 0.5j * epsilon * a.dag**2
    for noise in (0.5, 0.3, 0.03):
        system = qb.OpenSystem(detuning * a.dag * a + squeeze + squeeze.dag, {a: 1.0, a**2: noise / 2})
        run = qb.simulate(system, [12.0, 15.0, 18.0], qb.TruncatedWigner(327_680, step=0.02, rng=17)).sel(mode="a")
        exact = published.Oscillator(0.5, noise, 0.4, 0.4).moment(1, 1).real
        yield from compare(
            f"bias of the photon number n̄ at g² = {noise:g}",
            run.photon_number.values - exact,
            oscillator_at_rest(epsilon, 1.0, noise / 2, detuning) - exact,
            error=run.photon_number_stderr.values,
            known=run.photon_number_step_error.values,
            wrong=0.0 if noise > 0.1 else 0.02,
            axis=run.time.values,
            axis_name="time t (1/γ)",
        )
