"""What a user may choose: one small frozen class per method.  `trajectories.REPRESENTATIONS` gives each its rules."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

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
        if self.noise is not None and self.noise not in self.integrator.noises:
            choices = " or ".join(str(noise) for noise in self.integrator.noises)
            raise ValueError(refusal("noise", f"{choices} for {self.integrator}", self.noise))
        # A Generator is drawn from when the run starts, not here.
        if not isinstance(self.rng, np.random.Generator):
            entropy_of(self.rng)


@dataclass(frozen=True)
class PositiveP(Trajectories):
    """Positive-P trajectories: exact up to sampling and step, unless their distribution grows heavy tails."""

    name = "positive-P"


@dataclass(frozen=True)
class TruncatedWigner(Trajectories):
    """Truncated-Wigner (c-number Langevin) trajectories: never diverge, right where photon numbers are large."""

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


Method = PositiveP | TruncatedWigner | LinearNoise
