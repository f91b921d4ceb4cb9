"""What a user may choose: one small frozen class per method.  `trajectories.REPRESENTATIONS` gives each its rules."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from phasespace_qb.errors import refusal, require_count, require_real
from phasespace_qb.phase_space.integrators import INTEGRATORS, Heun, Integrator, Noise
from phasespace_qb.phase_space.noise import SeedLike, entropy_of

LARGEST_ENSEMBLE = 10**10
DEFAULT_ENSEMBLE = 100_000


@dataclass(frozen=True)
class Trajectories:
    """Settings that all trajectory methods share.

    trajectories: size of the ensemble, 100 000 unless given; or target_stderr: the standard error of the photon number
    of the storage mode (in quanta, at every time) at which to stop, decided after 20, 40, 80, … blocks of 1 024.
    step: longest time step (units 1/γ_s), chosen from the fastest rate and the accuracy unless given.  integrator: an
    integration scheme.  noise: a distribution that the scheme accepts, its first choice unless given.  rng: seed, NumPy
    Generator, SeedSequence, or None for a fresh seed; the seed that was used is in the result, and the same seed gives
    runs at other parameters the same random numbers.
    Raises: TypeError or ValueError for anything else.
    """

    name: ClassVar[str]

    trajectories: int | None = None
    target_stderr: float | None = field(default=None, kw_only=True)
    step: float | None = field(default=None, kw_only=True)
    integrator: Integrator = field(default_factory=Heun, kw_only=True)
    noise: Noise | None = field(default=None, kw_only=True)
    rng: SeedLike = field(default=None, kw_only=True)

    largest: ClassVar[int] = LARGEST_ENSEMBLE
    """Where an ensemble stops growing towards its target."""

    @property
    def relative_accuracy(self) -> float:
        """The relative sampling error that is to be expected: of the order of 1/√N."""
        return 1e-3 if self.trajectories is None else self.trajectories**-0.5

    def __post_init__(self) -> None:
        if self.target_stderr is not None:
            require_real("target_stderr", self.target_stderr, "a finite positive number of quanta", lambda e: e > 0)
            if self.trajectories is not None:
                remedy = "Give one of the two."
                raise ValueError(refusal("trajectories", "left out with target_stderr", self.trajectories, remedy))
        else:
            given = DEFAULT_ENSEMBLE if self.trajectories is None else self.trajectories
            count = require_count("trajectories", given, at_most=LARGEST_ENSEMBLE)
            object.__setattr__(self, "trajectories", count)
        if self.step is not None:
            require_real("step", self.step, "a finite positive time (units of 1/gamma_s)", lambda h: h > 0)
        if not isinstance(self.integrator, Integrator):
            choices = " or ".join(f"{scheme.__name__}()" for scheme in INTEGRATORS)
            raise TypeError(refusal("integrator", choices, self.integrator))
        if self.noise is not None and not any(self.noise is noise for noise in self.integrator.noises):
            choices = " or ".join(str(noise) for noise in self.integrator.noises)
            raise ValueError(refusal("noise", f"{choices} for {self.integrator}", self.noise))
        # A Generator is drawn from when the run starts, not here.
        if not isinstance(self.rng, np.random.Generator):
            entropy_of(self.rng)


@dataclass(frozen=True)
class PositiveP(Trajectories):
    """Positive-P trajectories: exact up to sampling and step, unless their distribution grows heavy tails.

    trajectories or target_stderr (quanta), step (units 1/γ_s), integrator, noise and rng: as in `Trajectories`.
    Raises: TypeError or ValueError for anything else.
    Source: Drummond and Gardiner, J. Phys. A 13, 2353 (1980).
    """

    name = "positive-P"


@dataclass(frozen=True)
class TruncatedWigner(Trajectories):
    """Truncated-Wigner (c-number Langevin) trajectories: never diverge, right where photon numbers are large.

    trajectories or target_stderr (quanta), step (units 1/γ_s), integrator, noise and rng: as in `Trajectories`.
    Raises: TypeError or ValueError for anything else.
    Source: the paper's Eqs. (10)–(11); Gardiner and Zoller, Quantum Noise, Sec. 4.4.
    """

    name = "truncated Wigner"


@dataclass(frozen=True)
class LinearNoise:
    """Linear theory: the mean field and Gaussian fluctuations about it; no sampling, instant at any amplitude.

    about: which mean field.  "start": the one that leaves the declared start; from vacuum above threshold it never
    does, and the theory holds at early times only.  "branch": mean field and fluctuations begin in the stable steady
    state that the coefficients have at t = 0, and follow drives from there; where the parity of the storage mode is
    conserved, the state is the mixture of that branch and its mirror image, and there is no charging power.
    Both hold where fluctuations are small against what they are linearised about; the verdict says where they are not.
    Raises: TypeError or ValueError for anything else.
    Source: the paper's Eqs. (12)–(13).
    """

    name: ClassVar[str] = "linear noise"

    about: Literal["start", "branch"] = "start"

    def __post_init__(self) -> None:
        if not isinstance(self.about, str):
            raise TypeError(refusal("about", '"start" or "branch"', self.about))
        if self.about not in ("start", "branch"):
            raise ValueError(refusal("about", '"start" or "branch"', self.about))


@dataclass(frozen=True)
class EliminatedSteadyState:
    """Exact steady state of a DopoBattery without its pump mode, at any noise and detuning: instant, no sampling.

    The same state at every time.  Eliminating the pump mode is an approximation of relative order γ_s/γ_p to the
    battery; what it costs in energy and work is the `_estimator_error`.  The pump must be constant.
    Source: Drummond, McNeil and Walls 1981; Wolinsky and Carmichael 1988.
    """

    name: ClassVar[str] = "eliminated steady state"


@dataclass(frozen=True)
class Lindblad:
    """The master equation itself, between number states below a cutoff: exact but for cutoffs, at small photon numbers.

    cutoffs: how many number states of each mode, in the order of the system's modes, as (64, 12) for a battery's
    signal and pump; one number for a system of one mode; or "auto", which raises them until energy and ergotropy stop
    moving.  tolerance: largest error of the propagation, and with "auto" also of energy and ergotropy as a share of
    their largest value.  Every run has a companion at lower cutoffs, from which the `_cutoff_error`s come.
    Raises: TypeError or ValueError for anything else.
    Source: the paper's Eq. (8).
    """

    name: ClassVar[str] = "Lindblad"

    cutoffs: tuple[int, ...] | int | Literal["auto"] = "auto"
    tolerance: float = field(default=1e-6, kw_only=True)

    def __post_init__(self) -> None:
        must_be = '"auto" or a number of levels for each mode, such as (64, 12)'
        if isinstance(self.cutoffs, str):
            if self.cutoffs != "auto":
                raise ValueError(refusal("cutoffs", must_be, self.cutoffs))
        else:
            # An array of one number without dimensions is a number; sets and mappings have no order of modes.
            given: Any = self.cutoffs.tolist() if isinstance(self.cutoffs, np.ndarray) else self.cutoffs
            one = isinstance(given, int | float | np.integer | np.floating) and not isinstance(given, bool)
            several = isinstance(given, Iterable) and not isinstance(given, bytes | Set | Mapping)
            if not one and not several:
                raise TypeError(refusal("cutoffs", must_be, self.cutoffs))
            chosen = (given,) if one else tuple(given)
            levels = tuple(require_count("cutoffs", level, at_least=2, at_most=10**6) for level in chosen)
            if not levels:
                raise ValueError(refusal("cutoffs", must_be, self.cutoffs))
            object.__setattr__(self, "cutoffs", levels)
        require_real("tolerance", self.tolerance, "a number from 1e-12 to 0.1", lambda e: 1e-12 <= e <= 0.1)


Method = PositiveP | TruncatedWigner | LinearNoise | Lindblad | EliminatedSteadyState
