"""The Walrus as a referee: number-state matrices of Gaussian states, by its recurrences for Hafnians.

The trap: The Walrus has ħ = 2 unless told otherwise, so its vacuum covariance is 1 and its means are √2 times ours; its
quadratures stand as (x₁ … x_m, p₁ … p_m).  Here ħ = 1 is passed to every call, which leaves vacuum ½ and, for one mode,
the order (x, p) that is used throughout.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from validation.evidence import MissingReferee

HBAR = 1.0


def package() -> Any:
    """The module thewalrus.quantum.

    Raises: MissingReferee where it is not installed.
    """
    try:
        import thewalrus.quantum
    except ImportError as missing:
        raise MissingReferee("The Walrus is not installed: pip install thewalrus") from missing
    return thewalrus.quantum


def density_matrix(mean: ArrayLike, covariance: ArrayLike, cutoff: int) -> NDArray[np.complex128]:
    """⟨m|ρ|n⟩ below a cutoff, not renormalised, of one mode with mean (⟨x⟩, ⟨p⟩) and vacuum covariance ½."""
    mu, cov = np.asarray(mean, dtype=float), np.asarray(covariance, dtype=float)
    if mu.shape != (2,) or cov.shape != (2, 2):
        raise ValueError(f"one mode has a mean (2,) and a covariance (2, 2), got {mu.shape} and {cov.shape}")
    found = package().density_matrix(mu, cov, cutoff=cutoff, normalize=False, hbar=HBAR)
    return np.asarray(found, dtype=complex)


def state_vector(mean: ArrayLike, covariance: ArrayLike, cutoff: int) -> NDArray[np.complex128]:
    """⟨n|ψ⟩ below a cutoff of one pure mode, up to a common phase."""
    mu, cov = np.asarray(mean, dtype=float), np.asarray(covariance, dtype=float)
    found = package().state_vector(mu, cov, cutoff=cutoff, normalize=False, hbar=HBAR)
    return np.asarray(found, dtype=complex)


def photon_number(mean: ArrayLike, covariance: ArrayLike) -> tuple[float, float]:
    """Mean and variance of the photon number of one mode."""
    mu, cov = np.asarray(mean, dtype=float), np.asarray(covariance, dtype=float)
    quantum = package()
    average = quantum.photon_number_mean(mu, cov, 0, hbar=HBAR)
    return float(average), float(quantum.photon_number_covar(mu, cov, 0, 0, hbar=HBAR))
