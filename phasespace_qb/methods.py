"""What a user may choose: one small frozen class per method.  How a method works is not here."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from phasespace_qb.errors import refusal, require_count, require_real
from phasespace_qb.phase_space.integrators import INTEGRATORS, Heun, Integrator
from phasespace_qb.phase_space.noise import SeedLike, entropy_of

LARGEST_ENSEMBLE = 10**10


@dataclass(frozen=True)
class Trajectories:
    """Settings that all trajectory methods share.

    trajectories: size of the ensemble.  step: longest time step (units 1/γ_s), chosen from the fastest rate unless
    given.  integrator: an integration scheme.  rng: seed, NumPy Generator, SeedSequence, or None for a fresh seed; the
    seed that was used is in the result.
    Raises: TypeError or ValueError for anything else.
    """

    name: ClassVar[str]

    trajectories: int = 100_000
    step: float | None = field(default=None, kw_only=True)
    integrator: Integrator = field(default_factory=Heun, kw_only=True)
    rng: SeedLike = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "trajectories", require_count("trajectories", self.trajectories, at_most=LARGEST_ENSEMBLE)
        )
        if self.step is not None:
            require_real("step", self.step, "a finite positive time (units of 1/gamma_s)", lambda h: h > 0)
        if not isinstance(self.integrator, Integrator):
            choices = " or ".join(f"{scheme.__name__}()" for scheme in INTEGRATORS)
            raise TypeError(refusal("integrator", choices, self.integrator))
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
