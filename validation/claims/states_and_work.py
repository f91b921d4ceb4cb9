"""States and their work: Gaussian ones and branches, density matrices, Wigner functions, power, and sampled states."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, solve_continuous_lyapunov
from scipy.optimize import minimize_scalar
from scipy.special import eval_laguerre

import phasespace_qb as qb
from phasespace_qb.states.wigner_function import wigner_function
from validation.claims import states_gaussian
from validation.claims.states_gaussian import ALLAHVERDYAN, PARTS
from validation.claims.states_references import Array, coherent, gaussian, pure, work_of
from validation.evidence import Comparison, compare, compare_variable
from validation.referees import qutip

SUBJECT = states_gaussian.SUBJECT

VALUES = ("energy", "passive_energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent")


@SUBJECT.claim(
    "Work of states that everybody knows: |n⟩ holds W = Wⁱ = n, a coherent state W = |α|², a thermal state none, an "
    "even cat |α|² tanh|α|², and (1−p)|0⟩⟨0| + p|1⟩⟨1| holds W = Wⁱ = max(0, 2p − 1).",
    route="extractable_work of density matrices",
    referee="closed forms",
    source=ALLAHVERDYAN,
    control="the energy for the work, and for pure states half a quantum less",
)
def the_work_of_well_known_states() -> Iterator[Comparison]:
    """W and its parts."""
    levels = np.arange(60)
    thermal = 0.6**levels / np.sum(0.6**levels)
    alpha = 1.4 * np.exp(0.8j)
    ket = coherent(alpha, 60)
    mixture = np.diag([0.2, 0.8] + 58 * [0.0])
    matrices = np.array(
        [np.diag(levels == 7), pure(ket), np.diag(thermal), pure(ket * (levels % 2 == 0)), mixture], dtype=complex
    )
    cat = abs(alpha) ** 2 * np.tanh(abs(alpha) ** 2)
    work = qb.extractable_work(qb.DensityMatrix(matrices))
    names = ["|7⟩", "coherent state", "thermal state", "even cat", "mixture of |0⟩ and |1⟩"]
    expected = np.array([7.0, abs(alpha) ** 2, 0.0, cat, 0.6])
    planted = np.array([6.5, abs(alpha) ** 2 - 0.5, 1.5, cat - 0.5, 0.8])
    yield from compare("W", work.ergotropy, expected, wrong=planted, known=1e-9, labels=names, unit="ħω_s")
    # Pure states leave nothing behind, and diagonal ones have no coherence.
    energy = np.array([7.0, abs(alpha) ** 2, 1.5, cat, 0.8])
    yield from compare("n̄", work.energy, energy, known=1e-9, labels=names, unit="ħω_s")
    diagonal = [0, 2, 4]
    inside = [names[k] for k in diagonal]
    incoherent = expected[diagonal]
    yield from compare("Wⁱ", work.incoherent[diagonal], incoherent, known=1e-9, labels=inside, unit="ħω_s")
    yield from compare("Wᶜ", work.coherent[diagonal], [0.0], known=1e-9, labels=inside, unit="ħω_s")


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

    def number(n: int) -> Array:
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
        ("number state |5⟩", np.diag(np.arange(24) == 5).astype(float), number(5), number(4)),
        ("even cat", pure(even), cat(plane_x, plane_p), cat(plane_p, plane_x)),
        ("squeezed state", gaussian(mean, covariance, 60), squeezed(plane_x, plane_p), squeezed(plane_p, plane_x)),
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
    cases = {
        "trace 0.99": (refused(lambda: qb.DensityMatrix(np.diag([0.5, 0.49 + 0j])), qb.UnphysicalState), 1.0),
        "trace 1.01": (refused(lambda: qb.DensityMatrix(np.diag([0.5, 0.51 + 0j])), qb.UnphysicalState), 1.0),
        "not Hermitian": (refused(lambda: qb.DensityMatrix(skew), qb.UnphysicalState), 1.0),
        "not square": (refused(lambda: qb.DensityMatrix(np.full((2, 3), 0.5 + 0j)), ValueError), 1.0),
        "an array for a state": (refused(lambda: qb.extractable_work(np.eye(2) / 2), TypeError), 1.0),  # type: ignore[arg-type]
        "a state": (refused(lambda: qb.DensityMatrix(0.5 * (skew + skew.conj().T)), Exception), 0.0),
    }
    found, expected = np.array(list(cases.values())).T
    yield from compare("refusals", found, expected, wrong=[0.0], labels=list(cases))


@SUBJECT.claim(
    "The charging power is P = W/t since t = 0, P(0) = 0 from vacuum, and its maximum is found between samples.",
    route="linear theory of a parametric amplifier with loss, H = (i/2)(ε a†² − ε* a²), at 61 times",
    referee="W = ½(V₊ + V₋) − √(V₊V₋), V± = ½ [γ ∓ 2|ε| e^(−(γ∓2|ε|)t)]/(γ ∓ 2|ε|), its maximum numerically",
    source="the paper's Fig. 6; Walls and Milburn, Quantum Optics, Sec. 7.2",
    control="the slope dW/dt for W/t",
)
def the_charging_power() -> Iterator[Comparison]:
    """P(t), its maximum and when it is."""
    (mode,) = qb.modes("signal")
    loss, drive, times = 1.2, 0.45 * np.exp(0.9j), np.linspace(0.0, 6.0, 61)
    pairs = 0.5j * drive * mode.dag**2
    run = qb.simulate(qb.OpenSystem(pairs + pairs.dag, {mode: loss}), times, qb.LinearNoise())

    def work(t: Any) -> Any:
        wide, narrow = (
            0.5 * (loss - 2 * e * np.exp(-(loss - 2 * e) * t)) / (loss - 2 * e) for e in (abs(drive), -abs(drive))
        )
        return 0.5 * (wide + narrow) - np.sqrt(wide * narrow)

    power = np.divide(work(times), times, out=np.zeros_like(times), where=times > 0)
    slope = (work(times + 1e-6) - work(times - 1e-6)) / 2e-6
    yield from compare_variable(
        run, "charging_power", power, wrong=slope, quantity="charging power P = W/t", known=1e-7
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
    "From positive-P samples the whole density matrix is found, without any assumption about its shape: energy, work, "
    "its coherent and incoherent parts, and the number distribution are exact within their stated errors.",
    route="positive-P with Heun's scheme, 81 920 trajectories at twice the threshold with steps of 0.01, complex pump",
    referee="exact solver, 36 × 10 number states",
    source="the paper's Eqs. (9), (15)–(17); own derivation of the reconstruction",
    control="a pump 2 % stronger",
)
def the_work_in_positive_p_samples() -> Iterator[Comparison]:
    """Five work values at three times, and p_n."""
    times, pump = [1.5, 3.0, 5.0], 2.0 * np.exp(0.5j)
    run = qb.simulate(qb.DopoBattery(pump, 1.0), times, qb.PositiveP(81_920, step=0.01, rng=23))
    exact, wrong = (qb.simulate(qb.DopoBattery(f * pump, 1.0), times, qb.Lindblad((36, 10))) for f in (1.0, 1.02))
    cutoff = exact.energy_cutoff_error.values + exact.energy_step_error.values
    for name, symbol in zip(VALUES, PARTS, strict=True):
        shown = wrong[name].values if symbol in (PARTS[0], PARTS[2]) else None
        yield from compare_variable(run, name, exact[name].values, wrong=shown, quantity=symbol, known=cutoff)
    p = run.isel(time=-1)
    levels = min(p.sizes["n"], 30)
    known = sum(p[f"number_distribution{e}"].values[:levels] for e in ("_step_error", "_estimator_error"))
    yield from compare(
        "number distribution p_n at t = 5",
        p.number_distribution.values[:levels],
        exact.number_distribution.values[-1, :levels],
        wrong=wrong.number_distribution.values[-1, :levels],
        error=p.number_distribution_stderr.values[:levels],
        known=known + exact.number_distribution_cutoff_error.values[-1, :levels],
        axis=np.arange(levels),
        axis_name="photon number n",
    )


@SUBJECT.claim(
    "From truncated-Wigner samples, which are exact for a Hamiltonian of second order, the same: the work of a "
    "displaced, squeezed and damped mode, W = n̄ − (√det V − ½), and its parts.",
    route="truncated Wigner with Heun's scheme, 245 760 trajectories, coherent start, detuned complex squeezing",
    referee="mean and covariance by matrix exponentials, parts of the work from The Walrus's matrix with 80 levels",
    source="Walls and Milburn, Quantum Optics, Sec. 7.2; " + ALLAHVERDYAN,
    control="a loss 4 % larger",
)
def the_work_in_truncated_wigner_samples() -> Iterator[Comparison]:
    """Five work values at three times."""
    (mode,) = qb.modes("signal")
    detuning, drive, start, times = 0.3, 0.4 * np.exp(0.7j), 1.5 - 1.0j, np.array([0.4, 1.0, 2.2])
    pairs = 0.5j * drive * mode.dag**2
    system = qb.OpenSystem(detuning * mode.dag * mode + pairs + pairs.dag, {mode: 1.1}, {mode: start})
    run = qb.simulate(system, times, qb.TruncatedWigner(245_760, step=0.01, rng=29))

    def brute(loss: float) -> NDArray[np.float64]:
        real, imaginary = drive.real, drive.imag
        drift = np.array([[real - loss / 2, imaginary + detuning], [imaginary - detuning, -real - loss / 2]])
        steady = solve_continuous_lyapunov(drift, -0.5 * loss * np.eye(2))
        found = []
        for t in times:
            flow = expm(drift * t)
            mean = flow @ (np.sqrt(2) * np.array([start.real, start.imag]))
            found.append(work_of(gaussian(mean, flow @ (0.5 * np.eye(2) - steady) @ flow.T + steady, 80)))
        return np.array(found).T

    right, wrong = brute(1.1), brute(1.04 * 1.1)
    for index, (name, symbol) in enumerate(zip(VALUES, PARTS, strict=True)):
        shown = wrong[index] if symbol in (PARTS[0], PARTS[2]) else None
        yield from compare_variable(run, name, right[index], wrong=shown, quantity=symbol)
