"""Results that no solver made: states with closed forms in the dataset of an exact method, for pictures."""

import numpy as np

from phasespace_qb.results.schema import dataset

FOCK = 40
HOURS = np.linspace(0.0, 8.0, 17)


def cat(amplitude, coherence):
    """½ (|β⟩⟨β| + |−β⟩⟨−β|) with what is left of the coherence between the two, normalised."""
    c = np.cumprod(np.concatenate([[1.0], amplitude / np.sqrt(np.arange(1, FOCK))]))
    rho = np.outer(c, c) * (1 + (-1.0) ** np.add.outer(np.arange(FOCK), np.arange(FOCK)))
    rho = rho + coherence * (np.outer(c, c * (-1.0) ** np.arange(FOCK)) + np.outer(c * (-1.0) ** np.arange(FOCK), c))
    return rho / np.trace(rho)


def exact_run(method="exact", kept=FOCK):
    """A result as an exact method gives it: an amplitude grows to 3 while the coherence is lost."""
    rho = np.array([cat(3 * (1 - np.exp(-t)), np.exp(-t)) for t in HOURS])
    numbers = np.diagonal(rho, axis1=1, axis2=2)[:, :kept]
    values = {"density_matrix": rho[:, :kept, :kept], "number_distribution": numbers}
    values["number_distribution_cutoff_error"] = np.full_like(numbers, 1e-6)
    values["number_distribution_stderr"] = np.full_like(numbers, 1e-3)
    labels = {"time": HOURS, "n": np.arange(kept), "n_": np.arange(kept)}
    return dataset(values, labels, {"method": method, "title": "a decaying cat"})


def discharged(coupling, method="exact"):
    """A result with a load, of curves that are easy to recognise."""
    load = np.abs(np.sin(coupling * HOURS)) * np.exp(-HOURS / 9)
    values = {"ergotropy": 5 * np.exp(-HOURS), "load_ergotropy": load, "load_excitation": 0.5 * (1 + load)}
    values |= {"load_ergotropy_maximum": 0.9, "load_ergotropy_maximum_time": 1.5, "load_ergotropy_stderr": 0.01 + load}
    return dataset(values, {"time": HOURS}, {"coupling": coupling, "method": method})
