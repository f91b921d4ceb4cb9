"""The quantum battery of the paper: a degenerate parametric oscillator whose signal mode stores the energy."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.conventions import RATE_UNIT
from phasespace_qb.errors import refusal, require_one_of, require_real
from phasespace_qb.models.algebra import Drive, as_polynomial, modes
from phasespace_qb.models.drives import SwitchedOff, as_drive
from phasespace_qb.models.system import OpenSystem

SAMPLES = 1024
"""Instants at which the largest amplitude of a time-dependent pump is looked for, at least."""


class Dimensionless(NamedTuple):
    """λ = |F_p|/F_th, g² = 2κ²/(γ_sγ_p), δ = 2Δ/γ_s, θ = arg F_p, and γ_s/γ_p."""

    ratio: float
    noise: float
    detuning: float
    phase: float
    slowness: float


_DIMENSIONLESS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "threshold_ratio": ("a finite number that is not negative", lambda ratio: ratio >= 0),
    "noise_parameter": ("a finite positive number", lambda noise: noise > 0),
    "loss_ratio": ("a finite positive number", lambda ratio: ratio > 0),
}
"""Coordinates among all batteries, and what they must be."""


@dataclass(frozen=True)
class DopoBattery:
    """Signal mode a_s charged by a pumped mode a_p through two-photon conversion, both lossy, from vacuum.

    H = Δ a_s†a_s + [i(κ/2) a_s†² a_p + h.c.] + √γ_p (iF_p a_p† + h.c.),  loss γ_s D[a_s] + γ_p D[a_p].

    pump: F_p in units of √γ_s, a number (real or complex), a drive, or a function of time; kappa (κ), gamma_s (γ_s),
    gamma_p (γ_p) and detuning (Δ = ω_s − ω_p/2) in one common unit of rate.  Defaults are the paper's.
    Raises: TypeError for what is no number, ValueError for what is not finite, and for rates or κ not positive.
    Source: the paper's Eqs. (6)–(8).
    """

    PARAMETERS: ClassVar[dict[str, tuple[str, str]]] = {
        "pump": (r"$F_p$", "sqrt(gamma_s)"),
        "kappa": (r"$\kappa$", RATE_UNIT),
        "gamma_s": (r"$\gamma_s$", "rate unit"),
        "gamma_p": (r"$\gamma_p$", RATE_UNIT),
        "detuning": (r"$\Delta$", RATE_UNIT),
        "threshold_ratio": (r"$\lambda = F_p/F_\mathrm{th}$", "1"),
        "noise_parameter": (r"$g^2$", "1"),
        "loss_ratio": (r"$\gamma_p/\gamma_s$", "1"),
    }
    """What `at` takes, with symbol and unit."""

    pump: complex | Drive | Callable[[float], complex] = 3.0
    kappa: float = 0.5
    gamma_s: float = 1.0
    gamma_p: float = 16.0
    detuning: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "pump", as_drive("pump", self.pump))
        for name in ("kappa", "gamma_s", "gamma_p"):
            rate = require_real(name, getattr(self, name), "a finite positive rate", lambda r: r > 0)
            object.__setattr__(self, name, rate)
        object.__setattr__(self, "detuning", require_real("detuning", self.detuning, "a finite real rate"))

    @property
    def threshold(self) -> float:
        """Pump amplitude at threshold on resonance, F_th = γ_s√γ_p/(4κ); with detuning multiply by √(1+(2Δ/γ_s)²)."""
        return self.gamma_s * sqrt(self.gamma_p) / (4 * self.kappa)

    @property
    def pump_ratio(self) -> float:
        """λ = |F_p|/F_th; of a time-dependent pump, its value at t = 0."""
        return abs(self._pump_at_start) / self.threshold

    @property
    def _pump_at_start(self) -> complex:
        amplitude = self.pump(np.zeros(1))[0] if isinstance(self.pump, Drive) else self.pump
        return complex(amplitude)  # type: ignore[arg-type]

    @property
    def noise_parameter(self) -> float:
        """g² = 2κ²/(γ_sγ_p): photon numbers scale as 1/g², so a large amplitude means a small g²."""
        return 2 * self.kappa**2 / (self.gamma_s * self.gamma_p)

    def coordinates(self, until: float) -> dict[str, float]:
        """Where among all batteries a run lies, by the names of attributes.

        until: end of the run, in the unit of time that belongs to the rates as they are given.
        threshold_ratio: λ = |F_p|/F_th; of a time-dependent pump, that of its largest amplitude before `until`, for a
        ramp begins at zero and hazards follow the strongest drive (`pump_ratio` is the value at t = 0).
        noise_parameter: g².  loss_ratio: γ_p/γ_s.  Source: definition.
        """
        return {
            "threshold_ratio": self._largest_amplitude(until) / self.threshold,
            "noise_parameter": self.noise_parameter,
            "loss_ratio": self.gamma_p / self.gamma_s,
        }

    def _largest_amplitude(self, until: float) -> float:
        if not isinstance(self.pump, Drive) or until == 0:
            return abs(self._pump_at_start)
        edges = np.unique([0.0, *(instant for instant in self.pump.breakpoints if 0 < instant < until), until])
        count = max(17, SAMPLES // len(edges))
        # Just inside of every stretch between breakpoints: at a jump, only one side counts for each.
        inside = np.linspace(1e-9, 1 - 1e-9, count)
        return float(np.abs(self.pump((edges[:-1, None] + np.diff(edges)[:, None] * inside).ravel())).max())

    def steady_amplitudes(self) -> NDArray[np.complex128]:
        """Amplitudes of signal and pump at which the mean field can rest: the dark branch, then two bright ones.

        Dark: α_s = 0, α_p = 2F_p/√γ_p.  Bright, for λ² > 1 + δ² with δ = 2Δ/γ_s: |α_s|² = (√(λ²−δ²) − 1)/g²,
        arg α_s = ½[arg F_p − arcsin(δ/λ)] and that plus π, α_p = (γ_s/2 + iΔ) e^(2i arg α_s)/κ.  The dark branch is
        stable where there is no bright one, the bright ones wherever they exist.

        Shape (1, 2) or (3, 2), units √quanta; of a time-dependent pump, for its value at t = 0.
        Source: steady state of the paper's Eqs. (12)–(13), detuning included.
        """
        pump, ratio, delta = self._pump_at_start, self.pump_ratio, 2 * self.detuning / self.gamma_s
        dark = (0j, 2 * pump / sqrt(self.gamma_p))
        if ratio**2 <= 1 + delta**2:
            return np.array([dark])
        # √(λ²−δ²) − 1 without its cancellation near threshold.
        excess = (ratio**2 - delta**2 - 1) / (sqrt(ratio**2 - delta**2) + 1)
        phase = np.exp(0.5j * (np.angle(pump) - np.arcsin(delta / ratio)))
        signal = sqrt(excess / self.noise_parameter) * phase
        stationary = (self.gamma_s / 2 + 1j * self.detuning) * phase**2 / self.kappa
        return np.array([dark, (signal, stationary), (-signal, stationary)])

    def at(self, **coordinates: float) -> Self:
        """The same battery at other parameters: arguments of DopoBattery, or coordinates among all batteries.

        threshold_ratio λ = |F_p|/F_th, noise_parameter g² and loss_ratio γ_p/γ_s are independent of each other: g²
        moves κ, and the pump with it, so that λ stays; γ_p/γ_s moves γ_p, κ and the pump; γ_s stays.  An argument of
        DopoBattery that is given as well is taken as it is.

        coordinates: values by these names; units those of DopoBattery's arguments, the three ratios are pure numbers.
        Raises: TypeError for what is no number; ValueError for another name, values that no battery has, two names of
        one parameter (pump and threshold_ratio, kappa and noise_parameter, gamma_p and loss_ratio), and a
        time-dependent pump that would have to change.
        """
        for name in coordinates:
            require_one_of("parameter", name, self.PARAMETERS)
        for name, other in (("pump", "threshold_ratio"), ("kappa", "noise_parameter"), ("gamma_p", "loss_ratio")):
            if name in coordinates and other in coordinates:
                raise ValueError(refusal(other, f"left out with {name}", coordinates[other]))
        given = {
            name: require_real(name, coordinates[name], must_be, accept)
            for name, (must_be, accept) in _DIMENSIONLESS.items()
            if name in coordinates
        }
        raw = {name: value for name, value in coordinates.items() if name not in given}
        ratio = given.get("threshold_ratio", None if "pump" in raw or not given else self.pump_ratio)
        if isinstance(self.pump, Drive) and ("pump" in raw or ratio is not None):
            name = "pump" if "pump" in raw else next(iter(given))
            remedy = "Write a function of it that returns the battery with its drive."
            raise ValueError(refusal(name, "left alone where the pump depends on time", coordinates[name], remedy))
        if "loss_ratio" in given:
            raw["gamma_p"] = given["loss_ratio"] * raw.get("gamma_s", self.gamma_s)
        moved = replace(self, **raw)
        noise = given.get("noise_parameter", self.noise_parameter if "loss_ratio" in given else None)
        if noise is not None and "kappa" not in raw:
            moved = replace(moved, kappa=sqrt(noise * moved.gamma_s * moved.gamma_p / 2))
        if ratio is None:
            return moved
        size = abs(self._pump_at_start)
        return replace(moved, pump=ratio * moved.threshold * (self._pump_at_start / size if size else 1.0))

    @property
    def driven_mode(self) -> str:
        """Name of the mode that the drive acts on."""
        return "pump"

    @property
    def quanta(self) -> dict[str, float]:
        """What one quantum of each mode is worth, units ħω_s; ω_p = 2ω_s, from which a detuning differs by 2Δ ≪ ω_s."""
        return {"signal": 1.0, "pump": 2.0}

    @property
    def losses(self) -> dict[str, float]:
        """Energy decay rate of each mode, γ_s and γ_p."""
        return {"signal": self.gamma_s, "pump": self.gamma_p}

    def drive_at(self, times: NDArray[np.float64]) -> NDArray[np.complex128]:
        """F_p at `times`, units √γ_s; at a jump, what comes after it; any shape."""
        if isinstance(self.pump, Drive):
            return self.pump(times.ravel()).reshape(times.shape)
        return np.full(times.shape, self._pump_at_start)

    @property
    def drive_breakpoints(self) -> tuple[float, ...]:
        """Instants at which the drive is not smooth."""
        return tuple(self.pump.breakpoints) if isinstance(self.pump, Drive) else ()

    def drawn_power(self, drive: NDArray[np.complex128], field: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Energy per unit time that the driven mode takes from a drive F_p while ⟨a_p⟩ is its mean field.

        2 · d⟨a_p†a_p⟩/dt by i√γ_p (F_p a_p† − F_p* a_p) alone: P = 4√γ_p Re(F_p* ⟨a_p⟩).
        Any shape, of drive (√γ_s) and field (√quanta) the same.  Units ħω_s γ_s.
        Source: own derivation, from the paper's Eqs. (6)–(8).
        """
        return np.asarray(4 * sqrt(self.gamma_p) * (np.conj(drive) * field).real)

    def sent_power(self, drive: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Energy per unit time in the beam that sends the drive F_p, 2|F_p|², units ħω_s γ_s; any shape.

        Source: input–output relations; Gardiner and Collett, Phys. Rev. A 31, 3761 (1985).
        """
        return np.asarray(2 * np.abs(drive) ** 2)

    def switched_off(self, at: float) -> Self:
        """The same battery with the pump switched off at the time `at`, units 1/γ_s.

        Raises: TypeError for what is no number; ValueError for a time that is not positive, and for a pump that
        depends on time already.
        """
        if isinstance(self.pump, Drive):
            raise ValueError(refusal("pump", "a number, for it to be switched off", self.pump))
        return replace(self, pump=SwitchedOff(self._pump_at_start, at))

    def system(self, start: str = "vacuum") -> OpenSystem:
        """The battery as an open system with the modes "signal" and "pump"; the signal is the storage mode.

        start: "vacuum", or "branch": coherent states at the amplitudes in which the mean field can rest stably, the
        first bright branch where there is one, otherwise the dark one; of a time-dependent pump, for its value at
        t = 0.  Started in a bright branch, the signal has no parity, and its field fluctuates about a mean.
        Raises: TypeError or ValueError for another start.
        Source: the paper's Eqs. (6)–(8).
        """
        s, p = modes("signal", "pump")
        pump = as_polynomial(self.pump)
        assert pump is not None  # __post_init__ has made it a number or a drive
        conversion = 0.5j * self.kappa * s.dag**2 * p
        driving = 1j * sqrt(self.gamma_p) * pump * p.dag
        hamiltonian = self.detuning * s.dag * s + conversion + conversion.dag + driving + driving.dag
        loss = {s: self.gamma_s, p: self.gamma_p}
        if require_one_of("start", start, ("vacuum", "branch")) == "vacuum":
            return OpenSystem(hamiltonian, loss=loss)
        # In the order of `steady_amplitudes`: dark, then bright.
        signal, pumped = self.steady_amplitudes()[:2][-1]
        return OpenSystem(hamiltonian, loss=loss, start={s: complex(signal), p: complex(pumped)})

    def eliminated(self) -> OpenSystem:
        """The battery without its pump mode, which follows the signal at once where γ_p is large: the mode "signal".

        a_p → 2F_p/√γ_p − (κ/γ_p) a_s², so that, with ε e^(iθ) = 2κF_p/√γ_p (ε = λγ_s/2) and Γ = κ²/γ_p = g²γ_s/2,
        H = Δ a_s†a_s + (i/2)(ε e^(iθ) a_s†² − ε e^(−iθ) a_s²),  loss γ_s D[a_s] + Γ D[a_s²].

        Errors are of relative order γ_s/γ_p; of a time-dependent pump, changes within 1/γ_p are not resolved.
        Source: Drummond, McNeil and Walls, Optica Acta 28, 211 (1981); the paper's Eqs. (6)–(8) with ȧ_p = 0.
        """
        (s,) = modes("signal")
        pump = as_polynomial(self.pump)
        assert pump is not None  # __post_init__ has made it a number or a drive
        pairs = 1j * self.kappa / sqrt(self.gamma_p) * pump * s.dag**2
        hamiltonian = self.detuning * s.dag * s + pairs + pairs.dag
        return OpenSystem(hamiltonian, loss={s: self.gamma_s, s**2: self.kappa**2 / self.gamma_p})

    def dimensionless(self) -> Dimensionless:
        """λ, g², δ = 2Δ/γ_s, θ = arg F_p and γ_s/γ_p, which decide the steady state.

        Raises: ValueError for a time-dependent pump.
        """
        if isinstance(self.pump, Drive):
            remedy = "Give the pump that is on when the steady state is reached."
            raise ValueError(refusal("pump", "a number, for there to be a steady state", self.pump, remedy))
        phase = float(np.angle(self._pump_at_start))
        detuning = 2 * self.detuning / self.gamma_s
        return Dimensionless(self.pump_ratio, self.noise_parameter, detuning, phase, self.gamma_s / self.gamma_p)
