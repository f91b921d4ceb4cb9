"""Universal functions: by quadrature, by sorting on a grid, and as the limit of the closed form."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma

import phasespace_qb as qb
from phasespace_qb.threshold.universal import (
    COHERENCE_AT_THRESHOLD,
    PHOTONS_AT_THRESHOLD,
    SLOPE_AT_THRESHOLD,
    coherence,
    moments,
    passive_energy,
    sorted_number,
)
from tests.threshold.cases import exact

ETAS = np.array([-4.0, -1.0, 0.0, 0.7, 1.0, 1.6, 3.0])


def scaled(noise, eta):
    """The steady state in closed form, in the variables of the universal functions."""
    return qb.collapse(exact(noise, (eta,))).isel(noise_parameter=0, threshold_ratio=0)


@pytest.mark.parametrize("eta", ETAS)
def test_moments_are_those_of_the_density(eta):
    whole, square, fourth = (
        quad(lambda u, k=k: u**k * np.exp(-((u**2 - eta) ** 2)), -4, 4, epsabs=1e-13, limit=200)[0] for k in (0, 2, 4)
    )
    assert np.array(moments(np.array(eta))) == pytest.approx([square / whole, fourth / whole], rel=1e-9)


def test_values_at_threshold_are_those_of_the_gamma_function():
    n = gamma(0.75) / gamma(0.25)
    assert pytest.approx(n, rel=1e-12) == PHOTONS_AT_THRESHOLD
    assert pytest.approx(0.25 / n**2, rel=1e-12) == COHERENCE_AT_THRESHOLD
    assert (coherence(1e-4) - coherence(-1e-4)) / 2e-4 == pytest.approx(SLOPE_AT_THRESHOLD, rel=1e-5)
    found = qb.universal_threshold(0.0)
    assert float(found.scaled_photon_number[0]) == pytest.approx(0.33799, abs=1e-5)
    assert float(found.scaled_variance[0]) == pytest.approx(1.352, abs=1e-3)
    assert float(found.second_order_coherence[0]) == pytest.approx(2.1884, abs=1e-4)


@pytest.mark.parametrize("eta", [30.0, 1000.0])
def test_linear_theory_holds_far_away(eta):
    """n̄, ν and the slowest decay below and above threshold; two branches have twice the passive energy."""
    below, above = (qb.universal_threshold(place).isel(eta=0) for place in (-eta, eta))
    order = 2 / eta**2
    assert float(below.scaled_photon_number) == pytest.approx(1 / (4 * eta), rel=order)
    assert float(above.scaled_photon_number) == pytest.approx(eta, rel=order)
    assert float(below.second_order_coherence) == pytest.approx(3, rel=order)
    assert float(above.second_order_coherence) == pytest.approx(1 + 0.5 / eta**2, rel=order**2)
    assert float(below.scaled_passive_energy) == pytest.approx(0.5 / np.sqrt(2 * eta), rel=order)
    assert float(above.scaled_passive_energy) == pytest.approx(0.5 / np.sqrt(eta), rel=order)
    assert float(above.scaled_ergotropy_coherent) == pytest.approx(2 / np.sqrt(np.pi), rel=order)
    assert float(below.scaled_relaxation_time) == pytest.approx(1 / eta, rel=2 * order + 1e-4)
    assert float(above.scaled_relaxation_time) == pytest.approx(1 / eta, rel=2 * order + 1e-4)


@pytest.mark.parametrize("eta", ETAS)
def test_passive_energy_is_that_of_the_sorted_phase_space(eta):
    u, q = np.linspace(-3.2, 3.2, 801)[:, None], np.linspace(-5, 5, 801)
    density = np.sort(np.exp(-((u**2 - eta) ** 2) - q**2).ravel())[::-1]
    cell = (u[1, 0] - u[0, 0]) * (q[1] - q[0])
    rank = cell * np.arange(density.size) / (2 * np.pi)
    assert float(passive_energy(np.array(eta))) == pytest.approx(density @ rank / density.sum(), rel=2e-3)


@pytest.mark.parametrize("eta", ETAS)
def test_incoherent_work_begins_where_populations_have_a_maximum(eta):
    v = (np.arange(400_000) + 0.5) * 1e-5 * 2.5
    population = np.exp(-((v - eta) ** 2)) / np.sqrt(v)
    descending = np.sort(population)[::-1]
    expected = descending @ v / descending.sum()
    assert float(sorted_number(np.array(eta))) == pytest.approx(expected, rel=8e-3)
    incoherent = float(qb.universal_threshold(eta).scaled_ergotropy_incoherent[0])
    assert (incoherent > 0) == (eta > 1)


@pytest.mark.parametrize("eta", [-3.0, 0.0, 1.5])
def test_relaxation_is_that_of_the_diffusion_on_the_whole_line(eta):
    """ε of −∂(∂ + 4u(u² − η)) by hops on a uniform grid; among the slowest, the second even one."""
    u = np.linspace(-2.8, 2.8, 701)
    half = 0.5 * np.diff((u**2 - eta) ** 2)
    rates = np.zeros((u.size, u.size))
    rates[np.arange(1, u.size), np.arange(u.size - 1)] = np.exp(-half)
    rates[np.arange(u.size - 1), np.arange(1, u.size)] = np.exp(half)
    rates -= np.diag(rates.sum(axis=0))
    levels, vectors = np.linalg.eig(rates)
    order = np.argsort(-levels.real)
    even = [k for k in order[:6] if abs(vectors[:, k] @ vectors[::-1, k]) > 0 and vectors[:, k] @ vectors[::-1, k] > 0]
    expected = 8 * (u[1] - u[0]) ** 2 / -levels[even[1]].real
    assert float(qb.universal_threshold(eta).scaled_relaxation_time[0]) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("eta", [-3.0, 0.0, 1.0, 3.0])
def test_the_closed_form_approaches_them_as_g(eta):
    limit = qb.universal_threshold(eta).isel(eta=0)
    names = ("scaled_photon_number", "scaled_variance", "second_order_coherence", "scaled_passive_energy")
    for name in names:
        coarse, fine = (float(scaled(g**2, eta)[name] / limit[name]) - 1 for g in (0.02, 0.01))
        assert abs(fine) < 0.15, name
        assert coarse == pytest.approx(2 * fine, rel=0.35, abs=1e-5), name
    # A slightly different place, or half of the squeezing of the other quadrature, would be seen.
    other = qb.universal_threshold(eta + 0.15).isel(eta=0)
    assert abs(float(scaled(1e-6, eta).second_order_coherence / other.second_order_coherence) - 1) > 3e-3
    assert abs(float(scaled(1e-4, eta).scaled_passive_energy / (limit.scaled_passive_energy * 2**0.25)) - 1) > 0.05


def test_the_closed_form_is_there_at_very_small_g():
    found, limit = scaled(1e-8, 0.0), qb.universal_threshold(0.0).isel(eta=0)
    for name in ("scaled_photon_number", "second_order_coherence"):
        assert float(found[name]) == pytest.approx(float(limit[name]), rel=1e-4)


def test_coherent_work_approaches_its_limit_as_the_root_of_g():
    noise = 1e-4
    found = scaled(noise, 0.5)
    limit, near = (qb.universal_threshold(0.5, g2).isel(eta=0) for g2 in (0.0, noise))
    for name in ("scaled_ergotropy", "scaled_ergotropy_coherent"):
        assert float(found[name]) == pytest.approx(float(near[name]), rel=0.005)
        assert float(limit[name]) - float(found[name]) > 0.08 * float(limit[name])


@pytest.mark.parametrize(
    ("eta", "noise", "kind", "match"),
    [
        (1001.0, 0.0, ValueError, "`eta` must be real numbers between -1000 and 1000"),
        ("far", 0.0, TypeError, "`eta` must be"),
        ([], 0.0, ValueError, "`eta` must be"),
        (np.nan, 0.0, ValueError, "`eta` must be"),
        (0.0, -1.0, ValueError, "`noise_parameter` must be a finite number that is not negative"),
    ],
)
def test_what_is_too_far_is_refused(eta, noise, kind, match):
    with pytest.raises(kind, match=match):
        qb.universal_threshold(eta, noise)
