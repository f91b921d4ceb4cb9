"""The quantum battery of the paper: a degenerate parametric oscillator whose signal mode stores the energy."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from phasespace_qb.errors import require_real
from phasespace_qb.models.algebra import Drive, as_polynomial, modes
from phasespace_qb.models.drives import SwitchedOff, as_drive
from phasespace_qb.models.system import OpenSystem


@dataclass(frozen=True)
class DopoBattery:
    """Signal mode a_s charged by a pumped mode a_p through two-photon conversion, both lossy, from vacuum.

    H = Δ a_s†a_s + [i(κ/2) a_s†² a_p + h.c.] + √γ_p (iF_p a_p† + h.c.),  loss γ_s D[a_s] + γ_p D[a_p].

    pump: F_p in units of √γ_s, a number (real or complex), a drive, or a function of time; kappa (κ), gamma_s (γ_s),
    gamma_p (γ_p) and detuning (Δ = ω_s − ω_p/2) in one common unit of rate.  Defaults are the paper's.
    Raises: TypeError or ValueError for anything not finite, and for rates or κ that are not positive.
    Source: the paper's Eqs. (6)–(8).
    """

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
        pump = self.pump
        amplitude = pump(np.zeros(1))[0] if isinstance(pump, Drive) else pump
        return float(abs(complex(amplitude))) / self.threshold  # type: ignore[arg-type]

    @property
    def noise_parameter(self) -> float:
        """g² = 2κ²/(γ_sγ_p): photon numbers scale as 1/g², so a large amplitude means a small g²."""
        return 2 * self.kappa**2 / (self.gamma_s * self.gamma_p)

    @property
    def two_photon_loss(self) -> float:
        """Γ = κ²/γ_p, the two-photon loss rate that remains when the pump mode is eliminated."""
        return self.kappa**2 / self.gamma_p

    @property
    def pump_is_off_after(self) -> float | None:
        """The instant at which a switched-off pump stops (units 1/γ_s); None for any other pump."""
        return self.pump.at if isinstance(self.pump, SwitchedOff) else None

    def system(self) -> OpenSystem:
        """The battery as an open system with the modes "signal" and "pump"; the signal is the storage mode."""
        s, p = modes("signal", "pump")
        pump = as_polynomial(self.pump)
        assert pump is not None  # __post_init__ has made it a number or a drive
        conversion = 0.5j * self.kappa * s.dag**2 * p
        driving = 1j * sqrt(self.gamma_p) * pump * p.dag
        hamiltonian = self.detuning * s.dag * s + conversion + conversion.dag + driving + driving.dag
        return OpenSystem(hamiltonian, loss={s: self.gamma_s, p: self.gamma_p})
