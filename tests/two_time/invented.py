"""Correlations that no ensemble made: sums of exponentials with errors that walk from lag to lag, as real ones do."""

import numpy as np

from phasespace_qb.results.jackknife import with_each_left_out
from phasespace_qb.two_time.replicates import PRODUCTS, labelled

GROUPS = 20
LAGS = np.linspace(0.0, 12.0, 49)


def decaying(parts, lags=LAGS):
    """Σ A e^(−rτ)."""
    return sum(amplitude * np.exp(-rate * lags) for amplitude, rate in parts)


def correlations(normal, anomalous, *, noise=1e-4, seed=1, lags=LAGS, mean=0.0, loss=1.0, moved=(0.0, 0.0),
                 stepped=0.0, **attributes):  # fmt: skip
    """A result of `correlations` with given C_n and C_m of the fluctuations, a real mean field, thermal intensity.

    moved: parts of the field and of the photon number by which the second half of the record differs from the first.
    stepped: part of all averages by which doubled steps change them.
    """
    random = np.random.default_rng(seed)

    def sampled(exact):
        steps = random.normal(size=(GROUPS, len(lags))) * noise * np.sqrt(GROUPS / len(lags))
        groups = exact * np.ones((GROUPS, 1)) + steps.cumsum(axis=1) + noise * random.normal(size=(GROUPS, 1))
        sums = with_each_left_out(groups)
        return sums / np.array([GROUPS, *[GROUPS - 1] * GROUPS])[:, None] + 0j

    one = np.ones((GROUPS + 1, len(lags))) + 0j
    number = (normal[0] + mean**2) * one
    values = {
        "first_order": sampled(normal + mean**2),
        "anomalous": sampled(anomalous + mean**2),
        "field_before": mean * one,
        "field_after": mean * one,
        "number_before": number,
        "number_after": number,
        "intensity": sampled(number[0].real ** 2 + normal**2 + anomalous**2 + 2 * mean**2 * (normal + anomalous)),
    }
    averages = np.stack([values[name] for name in PRODUCTS], axis=1)
    halves = np.array([[mean, number[0, 0].real], [mean * (1 + moved[0]), number[0, 0].real * (1 + moved[1])]])
    said = {
        "ordering": "normal and time",
        "photon_loss": loss,
        "keeps_parity": int(mean == 0),
        "origins": 9,
        "method": "invented",
    }
    said |= {"verdict": "trust", "verdict_reasons": "[]"}
    coordinates = {"lag": lags, "replicate": np.arange(GROUPS + 1), "group": np.arange(GROUPS)}
    coordinates |= {"product": list(PRODUCTS), "stepping": ["single", "doubled"]}
    coordinates |= {"half": ["first", "second"], "moment": ["field", "number"]}
    shown = {"first_order_correlation": averages[0, 0], "anomalous_correlation": averages[0, 1]}
    shown |= {f"{name}_stderr": np.full(len(lags), noise * (1 + 1j)) for name in shown}
    shown |= {"second_order_correlation": averages[0, 6].real / number[0].real ** 2}
    shown |= {"second_order_correlation_stderr": np.full(len(lags), noise)}
    values = shown | {"two_time_average": averages, "trajectories_in_group": np.full(GROUPS, 1000.0)}
    values |= {
        "two_time_average_by_step": np.stack([averages, (1 + stepped) * averages]),
        "trajectories_in_step_group": np.full(GROUPS, 100.0),
        "one_time_average": np.broadcast_to(halves + 0j, (GROUPS + 1, 2, 2)),
    }
    return labelled(values, coordinates, said | attributes, "gamma_s")


def below_threshold(ratio=0.5, lags=LAGS, **options):
    """The oscillator below threshold in the linear limit: C_x and C_p decay at γ_s(1 ∓ λ)/2."""
    x = decaying([(ratio / (2 * (1 - ratio)), (1 - ratio) / 2)], lags)
    p = decaying([(-ratio / (2 * (1 + ratio)), (1 + ratio) / 2)], lags)
    return correlations((x + p) / 2, (x - p) / 2, lags=lags, **options)


def closed_forms(ratio, omega):
    """Output spectra of x and of p."""
    return np.array(
        [1 + 4 * ratio / ((1 - ratio) ** 2 + 4 * omega**2), 1 - 4 * ratio / ((1 + ratio) ** 2 + 4 * omega**2)]
    )
