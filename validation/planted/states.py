"""Planted bugs in what is read from a state: density matrices, work, spectra."""

from validation.planted.bug import Bug

STATES: tuple[Bug, ...] = (
    Bug(
        "husimi-without-vacuum",
        "vacuum",
        "The density matrix of a Gaussian state is derived from its Wigner function as if this were the Husimi "
        "function, without the half quantum between them.",
        "states/gaussian.py",
        "np.linalg.inv(self.covariance + 0.5 * np.eye(2))",
        "np.linalg.inv(self.covariance)",
    ),
    Bug(
        "branch-at-twice-its-angle",
        "factor",
        "The phase of the two branches is that of the pair amplitude, and not half of it.",
        "states/branches.py",
        "angle = 0.5 * np.angle(m)",
        "angle = np.angle(m)",
    ),
    Bug(
        "parity-blocks-without-sign",
        "sign",
        "The alternating sign of the parity operator is missing where two overlapping branches are split in an even "
        "and an odd part.",
        "states/branches.py",
        "(-1) ** n * now[:, : size - n]",
        "now[:, : size - n]",
    ),
    Bug(
        "passive-state-upside-down",
        "swap",
        "The largest weight is put on the highest level where a passive state has it on the lowest.",
        "work/passive.py",
        "np.sort(weights, axis=-1)[..., ::-1] @ np.arange(weights.shape[-1])",
        "np.sort(weights, axis=-1) @ np.arange(weights.shape[-1])",
    ),
    Bug(
        "coherent-for-incoherent-work",
        "swap",
        "The coherent and the incoherent part of the extractable work are exchanged.",
        "work/extraction.py",
        "return Work(total, passive, total - passive, total - passive - incoherent, incoherent)",
        "return Work(total, passive, total - passive, incoherent, total - passive - incoherent)",
    ),
    Bug(
        "vacuum-added-to-symmetric-samples",
        "vacuum",
        "Momenta of symmetrically ordered samples, whose variance is complete, get the half quantum of the vacuum once "
        "more before the work is computed.",
        "states/reconstruction.py",
        "vacuum = VACUUM_VARIANCE if ordering is Ordering.NORMAL else 0.0",
        "vacuum = VACUUM_VARIANCE",
    ),
    Bug(
        "quadrature-turned-by-half-its-angle",
        "factor",
        "The anomalous correlation enters the spectrum of a turned quadrature with the angle itself and not twice the "
        "angle.",
        "two_time/replicates.py",
        "np.exp(-2j * angle) * anomalous",
        "np.exp(-1j * angle) * anomalous",
    ),
)
