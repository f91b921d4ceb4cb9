"""States and their work: Gaussian ones and branches, density matrices, Wigner functions, power, and sampled states."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import eval_laguerre

import phasespace_qb as qb
from phasespace_qb.states.wigner_function import wigner_function
from validation.claims import states_of_branches
from validation.claims.states_gaussian import ALLAHVERDYAN, PARTS, SORTED, gaussian
from validation.evidence import Comparison, compare, compare_variable
from validation.referees import qutip, the_walrus
from validation.references import parametric_amplifier as amplifier
from validation.references.battery import PAPER
from validation.references.density_matrices import Array, coherent, number, pure, thermal, work_of
from validation.references.gaussian_modes import OneMode

SUBJECT = states_of_branches.SUBJECT


@SUBJECT.claim(
    "Work W and its incoherent part Wⁱ of simple states: |n⟩ holds W = Wⁱ = n, a coherent state W = |α|², a thermal "
    "state none, an even cat W = |α|² tanh|α|², and (1−p)|0⟩⟨0| + p|1⟩⟨1| holds W = Wⁱ = max(0, 2p − 1).",
    route="extractable_work of density matrices",
    referee="closed forms",
    source=ALLAHVERDYAN,
    control="the energy for the work, and for pure states half a quantum less",
)
def the_work_of_well_known_states() -> Iterator[Comparison]:
    """W and its parts."""
    levels, alpha = np.arange(60), 1.4 * np.exp(0.8j)
    ket = coherent(alpha, 60)
    mixture = np.diag([0.2, 0.8] + 58 * [0.0])
    matrices = np.array([number(7, 60), pure(ket), thermal(1.5, 60), pure(ket * (levels % 2 == 0)), mixture])
    cat = abs(alpha) ** 2 * np.tanh(abs(alpha) ** 2)
    work = qb.extractable_work(qb.DensityMatrix(matrices))
    names = ["|7⟩", "coherent state", "thermal state", "even cat", "mixture of |0⟩ and |1⟩"]
    expected = np.array([7.0, abs(alpha) ** 2, 0.0, cat, 0.6])
    planted = np.array([6.5, abs(alpha) ** 2 - 0.5, 1.5, cat - 0.5, 0.8])
    yield from compare("W", work.ergotropy, expected, wrong=planted, known=SORTED, labels=names, unit="ħω_s")
    # Pure states leave nothing behind, and diagonal ones have no coherence.
    energy = np.array([7.0, abs(alpha) ** 2, 1.5, cat, 0.8])
    yield from compare("n̄", work.energy, energy, known=SORTED, labels=names, unit="ħω_s")
    diagonal = [0, 2, 4]
    inside = [names[k] for k in diagonal]
    incoherent = expected[diagonal]
    yield from compare("Wⁱ", work.incoherent[diagonal], incoherent, known=SORTED, labels=inside, unit="ħω_s")
    yield from compare("Wᶜ", work.coherent[diagonal], [0.0], known=SORTED, labels=inside, unit="ħω_s")


@SUBJECT.claim(
    "The Wigner function of number states is (−1)ⁿ e^(−r²) L_n(2r²)/π, of an even cat two Gaussians with fringes, of a "
    "squeezed state a Gaussian, with x = (a + a†)/√2 and vacuum e^(−x²−p²)/π.",
    route="Wigner function from density matrices with 24 to 60 levels, on a grid without symmetry",
    referee="closed forms; for a state of random complex amplitudes QuTiP's wigner with g = √2",
    source="Hillery et al., Phys. Rep. 106, 121 (1984)",
    control="x and p exchanged; for |n⟩ one quantum less; for the random state its complex conjugate",
)
def wigner_functions() -> Iterator[Comparison]:
    """Four states on seven by five points."""
    x, p = np.linspace(-2.3, 2.6, 7), np.linspace(-1.9, 1.4, 5)
    plane_x, plane_p = np.meshgrid(x, p)
    square = plane_x**2 + plane_p**2
    labels = [f"x = {a:.3g}, p = {b:.3g}" for b in p for a in x]

    def of_number(n: int) -> Array:
        return np.asarray((-1) ** n * np.exp(-square) * eval_laguerre(n, 2 * square) / np.pi)

    def cat(a: Array, b: Array) -> Array:
        # |β⟩ + |−β⟩ with β = (1.5 + 0.6i): centres ± c in the plane.
        c_x, c_p = np.sqrt(2) * 1.5, np.sqrt(2) * 0.6
        lobes = sum(np.exp(-((a - s * c_x) ** 2) - (b - s * c_p) ** 2) for s in (-1, 1))
        fringes = 2 * np.exp(-(a**2) - b**2) * np.cos(2 * (c_p * a - c_x * b))
        return np.asarray((lobes + fringes) / (2 * np.pi * (1 + np.exp(-2 * abs(1.5 + 0.6j) ** 2))))

    mean, covariance = np.array([0.8, -0.5]), np.array([[0.9, 0.35], [0.35, 0.45]])

    def squeezed(a: Array, b: Array) -> Array:
        d = np.stack([a - mean[0], b - mean[1]])
        exponent = np.einsum("i...,ij,j...->...", d, np.linalg.inv(covariance), d)
        return np.asarray(np.exp(-0.5 * exponent) / (2 * np.pi * np.sqrt(np.linalg.det(covariance))))

    even = coherent(1.5 + 0.6j, 60) * (np.arange(60) % 2 == 0)
    random = np.random.default_rng(5).normal(size=(2, 8, 3))
    mixed = (random[0] + 1j * random[1]) @ (random[0] + 1j * random[1]).conj().T
    mixed /= np.trace(mixed).real
    for name, matrix, right, wrong in (
        ("number state |5⟩", number(5, 24), of_number(5), of_number(4)),
        ("even cat", pure(even), cat(plane_x, plane_p), cat(plane_p, plane_x)),
        (
            "squeezed state",
            the_walrus.density_matrix(mean, covariance, 60),
            squeezed(plane_x, plane_p),
            squeezed(plane_p, plane_x),
        ),
        ("random mixed state", mixed, qutip.wigner(mixed, x, p), qutip.wigner(mixed.conj(), x, p)),
    ):
        found = wigner_function(matrix, x, p)
        yield from compare(
            f"W(x, p), {name}", found.ravel(), right.ravel(), wrong=wrong.ravel(), known=1e-10, labels=labels
        )


@SUBJECT.claim(
    "What is no state is refused: a matrix whose trace is not 1, one that is not Hermitian, one that is not square, "
    "and work is taken of states only.",
    route="DensityMatrix and extractable_work of matrices right and wrong; 1 counts a refusal, 0 none",
    referee="the definition of a density matrix",
    source="Nielsen and Chuang, Quantum Computation and Quantum Information, Sec. 2.4.1",
    control="nothing refused",
)
def what_is_no_state_is_refused() -> Iterator[Comparison]:
    """Counts of exceptions of the right kind."""

    def refused(attempt: Callable[[], Any], kind: type[Exception]) -> float:
        try:
            attempt()
        except kind:
            return 1.0
        return 0.0

    skew = np.array([[0.5, 0.1 + 0.1j], [0.1 + 0.1j, 0.5]])
    no_state: Any = np.eye(2) / 2
    cases = {
        "trace 0.99": (refused(lambda: qb.DensityMatrix(np.diag([0.5, 0.49 + 0j])), qb.UnphysicalState), 1.0),
        "trace 1.01": (refused(lambda: qb.DensityMatrix(np.diag([0.5, 0.51 + 0j])), qb.UnphysicalState), 1.0),
        "not Hermitian": (refused(lambda: qb.DensityMatrix(skew), qb.UnphysicalState), 1.0),
        "not square": (refused(lambda: qb.DensityMatrix(np.full((2, 3), 0.5 + 0j)), ValueError), 1.0),
        "an array for a state": (refused(lambda: qb.extractable_work(no_state), TypeError), 1.0),
        "a state": (refused(lambda: qb.DensityMatrix(0.5 * (skew + skew.conj().T)), Exception), 0.0),
    }
    found, expected = np.array(list(cases.values())).T
    yield from compare("refusals", found, expected, wrong=[0.0], labels=list(cases))


@SUBJECT.claim(
    "The charging power is P = W/t since t = 0, P(0) = 0 from vacuum, and its maximum is found between samples.",
    route=f"linear theory of a parametric amplifier with loss, {amplifier.HAMILTONIAN}, at 61 times",
    referee=f"W = ½(V₊ + V₋) − √(V₊V₋), {amplifier.VARIANCES}, its maximum numerically",
    source=PAPER + ", Fig. 6; Walls and Milburn, Quantum Optics, Sec. 7.2",
    control="the slope dW/dt for W/t",
)
def the_charging_power() -> Iterator[Comparison]:
    """P(t), its maximum and when it is."""
    (mode,) = qb.modes("signal")
    loss, drive, times = 1.2, 0.45 * np.exp(0.9j), np.linspace(0.0, 6.0, 61)
    pairs = 0.5j * drive * mode.dag**2
    run = qb.simulate(qb.OpenSystem(pairs + pairs.dag, {mode: loss}), times, qb.LinearNoise())

    def work(t: Any) -> Any:
        return amplifier.work(loss, abs(drive), t)

    power = np.divide(work(times), times, out=np.zeros_like(times), where=times > 0)
    slope = (work(times + 1e-6) - work(times - 1e-6)) / 2e-6
    yield from compare_variable(
        run, "charging_power", power, wrong=slope, quantity="charging power P = W/t", known=1e-10
    )
    best = minimize_scalar(lambda t: -work(t) / t, bounds=(1.0, 5.0), method="bounded", options={"xatol": 1e-9})
    top = int(np.argmax(power))
    # Through samples h apart, a parabola misses a maximum by |P‴|h³/(9√3) at most, and its time by |P‴|h²/(6|P″|).
    second, third = (abs(np.diff(power[top - 2 : top + 3], k)[1]) / 0.1**k for k in (2, 3))
    yield from compare(
        "time of the largest power",
        [float(run.maximum_power_time)],
        [best.x],
        wrong=[times[int(np.argmax(slope))]],
        known=1.5 * third * 0.1**2 / (6 * second),
        unit="1/rate unit",
    )
    yield from compare(
        "largest power",
        [float(run.maximum_power)],
        [-best.fun],
        wrong=[slope.max()],
        known=1.5 * third * 0.1**3 / (9 * np.sqrt(3)),
        unit="ħω_s γ",
    )


@SUBJECT.claim(
    "Truncated-Wigner samples, which are exact for a Hamiltonian of second order, give the work of a displaced, "
    "squeezed and damped mode, H = Δa†a + [i(ε/2)a†² + iFa† + h.c.], W = n̄ − (√det V − ½), and its parts.",
    route="truncated Wigner with Heun's scheme, 122 880 trajectories from a coherent state, detuned and driven, losses "
    "γ D[a] and gain G D[a†]",
    referee="closed equations of the first and second moments by an eighth-order Runge–Kutta rule (SciPy), parts of "
    "the work by sorting The Walrus's matrix with 80 levels",
    source="Walls and Milburn, Quantum Optics, Sec. 7.2; " + ALLAHVERDYAN,
    control="a loss 6 % larger",
)
def the_work_in_truncated_wigner_samples() -> Iterator[Comparison]:
    """Five work values at three times."""
    times = np.array([0.4, 1.0, 1.3])
    mode = OneMode(detuning=0.3, pair=0.4 * np.exp(0.7j), loss=1.1, gain=0.1, start=1.5 - 1.0j)
    run = qb.simulate(mode.system(), times, qb.TruncatedWigner(122_880, step=0.025, rng=29))

    def sorted_work(given: OneMode) -> Any:
        solved = given.moments(times)
        mean = np.sqrt(2) * np.stack([solved.mean[:, 0].real, solved.mean[:, 0].imag], axis=-1)
        spread, pair = solved.normal[:, 0, 0].real + 0.5, solved.anomalous[:, 0, 0]
        covariances = np.array([[spread + pair.real, pair.imag], [pair.imag, spread - pair.real]]).transpose(2, 0, 1)
        return work_of(np.array([gaussian(m, v, 80) for m, v in zip(mean, covariances, strict=True)]))

    right, wrong = sorted_work(mode), sorted_work(replace(mode, loss=1.06 * mode.loss))
    for name, symbol in zip(right._fields, PARTS, strict=True):
        shown = getattr(wrong, name) if symbol in (PARTS[0], PARTS[2]) else None
        yield from compare_variable(run, name, getattr(right, name), wrong=shown, quantity=symbol)
