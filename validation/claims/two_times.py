"""Correlations between two times, the spectra that they make, and how long they last."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import expm

import phasespace_qb as qb
from phasespace_qb.linear.spectra import output_spectrum
from validation.evidence import Comparison, Subject, Tier, compare
from validation.references.stated_errors import with_errors

SUBJECT = Subject("Threshold, two times and switching")

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
LAG = "lag τ (unit of time)"


@dataclass(frozen=True)
class Amplifier:
    """ȧ = −[(γ − G)/2 + iΔ]a + εa† + F with loss γ and gain G: what its steady state remembers after a lag."""

    detuning: float = 0.2
    pair: complex = 0.3 * np.exp(0.6j)
    drive: complex = 0.3 - 0.2j
    loss: float = 1.4
    gain: float = 0.15

    def system(self) -> qb.OpenSystem:
        """As it is declared to the library."""
        (a,) = qb.modes("a")
        pumping = 0.5j * self.pair * a.dag**2 + 1j * self.drive * a.dag
        return qb.OpenSystem(self.detuning * a.dag * a + pumping + pumping.dag, {a: self.loss, a.dag: self.gain})

    @property
    def matrix(self) -> Complex:
        """A of d(δa, δa†)/dt = A(δa, δa†) + noise."""
        z = (self.loss - self.gain) / 2 + 1j * self.detuning
        return np.asarray([[-z, self.pair], [np.conj(self.pair), -np.conj(z)]])

    @property
    def mean(self) -> complex:
        """⟨a⟩ in the steady state."""
        return complex(-np.linalg.solve(self.matrix, [self.drive, np.conj(self.drive)])[0])

    @property
    def noise(self) -> Complex:
        """Normally ordered diffusion of (a, a†)."""
        return np.asarray([[self.pair, self.gain], [self.gain, np.conj(self.pair)]])

    @property
    def second(self) -> Complex:
        """(⟨δa²⟩, ⟨δa†δa⟩; …) in the steady state, from AΣ + ΣAᵀ + D = 0."""
        one = np.eye(2)
        joint = np.kron(self.matrix, one) + np.kron(one, self.matrix)
        return np.asarray(np.linalg.solve(joint, -self.noise.ravel()).reshape(2, 2))

    def correlations(self, lags: Array) -> tuple[Complex, Complex]:
        """⟨δa†(t)δa(t+τ)⟩ and ⟨δa(t+τ)δa(t)⟩ over the lags."""
        decayed = np.array([expm(self.matrix * lag) @ self.second for lag in lags])
        return decayed[:, 0, 1], decayed[:, 0, 0]

    def quadrature(self, angle: float) -> Complex:
        """Row that makes x_θ = (ae^(−iθ) + a†e^(iθ))/√2 of (a, a†)."""
        return np.asarray(np.array([np.exp(-1j * angle), np.exp(1j * angle)]) / np.sqrt(2))

    def spectrum(self, frequency: float, angle: float) -> float:
        """1 + 2γ S_N(ω) of x_θ in all light that is lost, vacuum 1."""
        row = self.quadrature(angle)
        one = 1j * frequency * np.eye(2)
        left, right = np.linalg.inv(one - self.matrix), np.linalg.inv(-one - self.matrix)
        return float(1 + 2 * self.loss * (row @ left @ self.noise @ right.T @ row).real)

    def memory(self, angle: float) -> tuple[float, float]:
        """∫C(τ)dτ/C(0) of the quadrature x_θ, and of the photon number."""
        row, rest = self.quadrature(angle), -np.linalg.inv(self.matrix)
        field = (row @ rest @ self.second @ row) / (row @ self.second @ row)
        lags = np.linspace(0, 60, 6001)
        weights = np.full(6001, 2 / 3)
        weights[1::2] = 4 / 3
        weights[[0, -1]] = 1 / 3  # Simpson's rule
        first, pair = (each + abs(self.mean) ** 2 * phase for each, phase in self._with_phases(lags))
        covariance = abs(first) ** 2 + abs(pair) ** 2 - 2 * abs(self.mean) ** 4
        return float(field.real), float(0.01 * weights @ covariance / covariance[0])

    def _with_phases(self, lags: Array) -> list[tuple[Complex, complex]]:
        return list(zip(self.correlations(lags), (1.0, np.exp(2j * np.angle(self.mean))), strict=True))


AMPLIFIER = Amplifier()


def sampled(lags: Array, seed: int) -> xr.Dataset:
    """Correlations of the amplifier from 61 440 trajectories."""
    method = qb.PositiveP(61_440, step=0.0375, rng=seed)
    return qb.correlations(AMPLIFIER.system(), lags, method, since=15.0, until=37.5)


@SUBJECT.claim(
    "In the steady state of a mode with H = Δa†a + [i(ε/2)a†² + iFa† + h.c.], loss γD[a] and gain GD[a†], "
    "⟨a†(t)a(t+τ)⟩ and ⟨a(t+τ)a(t)⟩ decay by e^(Aτ) with the matrix A of its Heisenberg equation ȧ = −[(γ − G)/2 + "
    "iΔ]a + εa† + F, and ⟨n(t)n(t+τ)⟩ = n̄² + |⟨a†a_τ⟩|² + |⟨a_τa⟩|² − 2|⟨a⟩|⁴.",
    route="two-time averages of 61 440 positive-P trajectories over all origins t between 15 and 37.5",
    referee="quantum regression with the matrix exponential (SciPy); Gaussian moments",
    source="Gardiner and Zoller, Quantum Noise",
    control="a detuning 25 % larger",
)
def two_time_averages_of_a_gaussian_mode() -> Iterator[Comparison]:
    """Field, anomalous and intensity correlations, and g⁽²⁾(τ), at eleven lags."""
    lags = np.linspace(0, 7.5, 11)
    run = sampled(lags, 8)

    def expected(mode: Amplifier) -> dict[str, NDArray[Any]]:
        first, pair = mode.correlations(lags)
        first, pair = first + abs(mode.mean) ** 2, pair + mode.mean**2
        number = first[0].real
        intensity = number**2 + abs(first) ** 2 + abs(pair) ** 2 - 2 * abs(mode.mean) ** 4
        return {
            "first_order_correlation": first,
            "anomalous_correlation": pair,
            "intensity_correlation": intensity,
            "second_order_correlation": intensity / number**2,
        }

    right, wrong = expected(AMPLIFIER), expected(Amplifier(detuning=0.25))
    for name, quantity in (
        ("first_order_correlation", "⟨a†(t)a(t+τ)⟩"),
        ("anomalous_correlation", "⟨a(t+τ)a(t)⟩"),
        ("intensity_correlation", "⟨n(t)n(t+τ)⟩"),
        ("second_order_correlation", "g⁽²⁾(τ)"),
    ):
        found, errors = with_errors(run, name)
        # At τ = 0 some imaginary parts are rounding alone.
        errors["known"] = errors["known"] + (1e-12 * (1 + 1j) if name[0] in "fa" else 0)
        yield from compare(quantity, found, right[name], wrong=wrong[name], axis=lags, axis_name=LAG, **errors)


@SUBJECT.claim(
    "By truncated Wigner the two-time averages of a mode with linear equations are those in symmetric order: "
    "½⟨{a†(t), a(t+τ)}⟩ = ⟨a†(t)a(t+τ)⟩ + ½(e^(Aτ))₁₁ and ½⟨{a(t+τ), a(t)}⟩ = ⟨a(t+τ)a(t)⟩ + ½(e^(Aτ))₁₂.",
    route="two-time averages of 81 920 truncated Wigner trajectories over all origins t between 15 and 45",
    referee="quantum regression and commutators by the matrix exponential (SciPy)",
    source="Gardiner and Zoller, Quantum Noise",
    control="normal order: no commutators",
    tier=Tier.FULL,
)
def symmetric_two_time_averages() -> Iterator[Comparison]:
    """Field and anomalous correlations at nine lags."""
    lags = np.linspace(0, 4, 9)
    method = qb.TruncatedWigner(81_920, step=0.05, rng=10)
    run = qb.correlations(AMPLIFIER.system(), lags, method, since=15.0, until=45.0)
    first, pair = AMPLIFIER.correlations(lags)
    commutators = 0.5 * np.array([expm(AMPLIFIER.matrix * lag) for lag in lags])
    for name, quantity, normal, commutator in (
        ("first_order_correlation", "½⟨{a†(t), a(t+τ)}⟩", first + abs(AMPLIFIER.mean) ** 2, commutators[:, 0, 0]),
        ("anomalous_correlation", "½⟨{a(t+τ), a(t)}⟩", pair + AMPLIFIER.mean**2, commutators[:, 0, 1]),
    ):
        found, errors = with_errors(run, name)
        errors["known"] = errors["known"] + 1e-12 * (1 + 1j)  # at τ = 0 some imaginary parts are rounding alone
        yield from compare(quantity, found, normal + commutator, wrong=normal, axis=lags, axis_name=LAG, **errors)


@SUBJECT.claim(
    "The light that a squeezed mode loses has the spectrum S(ω) = 1 + 2γ S_N(ω), S_N the normally ordered spectrum of "
    "the quadrature inside, 1 for vacuum; and correlations last for ∫C(τ)dτ/C(0), the field at last with the rate (γ "
    "− G)/2 − √(|ε|² − Δ²).",
    route="spectra, correlation times and late rate from sampled two-time averages (61 440 positive-P trajectories)",
    referee="(iω − A)⁻¹D(−iω − Aᵀ)⁻¹ of the Heisenberg equation; integrals of its exponentials",
    source="Collett and Gardiner, Phys. Rev. A 30, 1386 (1984)",
    control="a loss γ of the output port 12 % larger; a pair drive 20 % stronger",
)
def sampled_spectra_and_correlation_times() -> Iterator[Comparison]:
    """Spectra of three quadratures, correlation times of field and intensity, and the late rate."""
    run = sampled(np.linspace(0, 12, 81), 9)
    frequencies, angles = np.array([0.0, 0.4, 1.1, 2.5]), [0.3, 0.7, 0.3 + np.pi / 2]
    spectra = qb.squeezing_spectrum(run, frequencies, angles)
    values, errors = with_errors(spectra, "output_spectrum")
    for index, angle in enumerate(angles):
        expected = np.array([AMPLIFIER.spectrum(omega, angle) for omega in frequencies])
        yield from compare(
            f"output spectrum S at θ = {angle:.2f}",
            values[index],
            expected,
            wrong=1 + 1.12 * (expected - 1),
            error=errors["error"][index],
            known=errors["known"][index],
            axis=frequencies,
            axis_name="frequency ω (unit of rates)",
        )
    times = qb.correlation_time(run, angle=0.3)
    stronger = Amplifier(pair=1.2 * AMPLIFIER.pair)
    found, bounds = with_errors(times, "correlation_time")
    yield from compare(
        "correlation time",
        found,
        AMPLIFIER.memory(0.3),
        wrong=stronger.memory(0.3),
        unit="unit of time",
        labels=("field, θ = 0.3", "intensity"),
        **bounds,
    )
    found, bounds = with_errors(times.isel(observable=0), "asymptotic_rate")
    rate, other = (-np.linalg.eigvals(mode.matrix).real.max() for mode in (AMPLIFIER, stronger))
    yield from compare("late rate of the field", found, rate, wrong=other, unit="unit of rates", **bounds)


@SUBJECT.claim(
    "Below threshold the battery's signal leaves with S_p(ω) = 1 − 4λ/[(1+λ)² + (2ω/γ_s)²] and S_x(ω) = 1 + "
    "4λ/[(1−λ)² + (2ω/γ_s)²], along axes that a pump phase θ turns by θ/2; with detuning the spectra follow from the "
    "matrix of its Heisenberg equation.",
    route="spectra of linear theory about the dark branch of the two-mode battery",
    referee="closed forms; (iω − A)⁻¹D(−iω − Aᵀ)⁻¹ of the signal alone",
    source="Collett and Gardiner, Phys. Rev. A 30, 1386 (1984)",
    control="a pump 1 % stronger",
)
def squeezing_spectra_of_the_battery() -> Iterator[Comparison]:
    """Squeezed and stretched quadrature on resonance; a tilted one with detuning."""
    frequencies, gamma, phase, ratio = np.array([-1.2, 0.0, 0.3, 2.0]), 1.3, 0.8, 0.6
    over: dict[str, Any] = {"axis": frequencies, "axis_name": "frequency ω (unit of rates)", "known": 1e-11}

    def battery(detuning: float) -> qb.DopoBattery:
        declared = qb.DopoBattery(np.exp(1j * phase), 0.1, gamma, 5.0, detuning)
        return declared.at(pump=ratio * declared.threshold).at(threshold_ratio=ratio)

    def spectrum(given: qb.DopoBattery, angle: float) -> Array:
        turned = qb.DopoBattery(
            abs(given.drive_at(np.zeros(1))[0]) * np.exp(1j * phase), 0.1, gamma, 5.0, given.detuning
        )
        return output_spectrum(turned.system(), turned.steady_amplitudes()[0], frequencies, "signal", angle)

    def closed(strength: float, sign: int) -> Array:
        return 1 + sign * 4 * strength / ((1 - sign * strength) ** 2 + (2 * frequencies / gamma) ** 2)

    for name, angle, sign in (("S_x", phase / 2, 1), ("S_p", phase / 2 + np.pi / 2, -1)):
        found = spectrum(battery(0.0), angle)
        yield from compare(f"{name} on resonance", found, closed(ratio, sign), wrong=closed(1.01 * ratio, sign), **over)
    one, other = (
        Amplifier(0.45, strength * gamma / 2 * np.exp(1j * phase), 0.0, gamma, 0.0)
        for strength in (ratio, 1.01 * ratio)
    )
    expected, wrong = ([mode.spectrum(omega, 0.9) for omega in frequencies] for mode in (one, other))
    yield from compare("S at θ = 0.9 with detuning", spectrum(battery(0.45), 0.9), expected, wrong=wrong, **over)
