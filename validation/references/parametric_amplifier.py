"""A parametric amplifier with loss, H = (i/2)(ε a†² − ε* a²) and γ D[a], from vacuum: Walls and Milburn, Sec. 7.2."""

from typing import Any

import numpy as np

HAMILTONIAN = "H = (i/2)(ε a†² − ε* a²)"
VARIANCES = "V±(t) = ½ [γ ∓ 2|ε| e^(−(γ∓2|ε|)t)]/(γ ∓ 2|ε|)"


def variances(loss: float, strength: float, t: Any) -> tuple[Any, Any]:
    """V₊ and V₋ of the quadratures along and across the axis ½ arg ε, vacuum ½; strength = |ε|."""
    wide, narrow = (0.5 * (loss - 2 * e * np.exp(-(loss - 2 * e) * t)) / (loss - 2 * e) for e in (strength, -strength))
    return wide, narrow


def work(loss: float, strength: float, t: Any) -> Any:
    """W = ½(V₊ + V₋) − √(V₊V₋)."""
    wide, narrow = variances(loss, strength, t)
    return 0.5 * (wide + narrow) - np.sqrt(wide * narrow)
