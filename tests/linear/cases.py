"""Batteries at given dimensionless parameters, random ones, and faults to plant in the linear theory."""

from dataclasses import replace

import numpy as np

import phasespace_qb as qb
from phasespace_qb.linear.mean_field import MeanField
from phasespace_qb.linear.polynomials import PolynomialTensor
from phasespace_qb.phase_space.equations import scaled

SIGNAL, SIGNAL_PLUS, PUMP = 0, 1, 2


def battery(ratio, delta=0.0, noise=1 / 32, gamma_s=1.0, gamma_p=16.0, theta=0.0):
    """λ, δ, g² and the phase of the pump in place of F_p, Δ and κ."""
    kappa = np.sqrt(noise * gamma_s * gamma_p / 2)
    pump = ratio * gamma_s * np.sqrt(gamma_p) / (4 * kappa) * np.exp(1j * theta)
    return qb.DopoBattery(pump, kappa=kappa, gamma_s=gamma_s, gamma_p=gamma_p, detuning=delta * gamma_s / 2)


def random_batteries(count, seed):
    """Batteries with rates over several orders of magnitude, on both sides of threshold."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield battery(
            rng.uniform(0, 4),
            delta=rng.uniform(-2, 2),
            noise=np.exp(rng.uniform(-12, 1)),
            gamma_s=np.exp(rng.uniform(-1, 1)),
            gamma_p=np.exp(rng.uniform(-1, 4)),
            theta=rng.uniform(-np.pi, np.pi),
        )


def _with(tensor, number, where):
    entries = tuple((i, scaled(term, number) if where(i, term) else term) for i, term in tensor.entries)
    return PolynomialTensor(tensor.count, tensor.rank, entries)


def doubled_diffusion(field):
    """2D in place of D."""
    return replace(field, diffusion=_with(field.diffusion, 2.0, lambda i, term: True))


def opposite_diffusion(field):
    """−D: anti-squeezing where there is squeezing."""
    return replace(field, diffusion=_with(field.diffusion, -1.0, lambda i, term: True))


def wrong_depletion(field):
    """+κ/2 α_s² in place of −κ/2 α_s² in the pump."""
    return replace(field, drift=_with(field.drift, -1.0, lambda i, t: t.factors == (SIGNAL, SIGNAL)))


def halved_decay(field):
    """Amplitudes of the signal that decay at γ_s/4."""

    def of_signal(index, term):
        return index[0] in (SIGNAL, SIGNAL_PLUS) and term.factors == index

    return replace(field, drift=_with(field.drift, 0.5, of_signal))


FAULTS = [doubled_diffusion, opposite_diffusion, wrong_depletion, halved_decay]


def plant(monkeypatch, fault):
    """Make every derivation of the mean field carry `fault`."""
    derive = MeanField.of.__func__
    monkeypatch.setattr(MeanField, "of", classmethod(lambda cls, system: fault(derive(cls, system))))
