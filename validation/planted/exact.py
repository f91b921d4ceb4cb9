"""Planted bugs in solvers without sampling: master equation, linear theory, closed form, discharge."""

from validation.planted.bug import Bug

EXACT: tuple[Bug, ...] = (
    Bug(
        "jump-with-rate-for-its-root",
        "factor",
        "Jump operators of the master equation are multiplied by their rate and not by its square root.",
        "lindblad/generator.py",
        "{shift: np.sqrt(rate) * weight for shift, weight in jump.diagonals.items()}",
        "{shift: rate * weight for shift, weight in jump.diagonals.items()}",
    ),
    Bug(
        "master-equation-with-opposite-sign",
        "sign",
        "The master equation is solved with +i[H, rho] in place of -i[H, rho].",
        "lindblad/generator.py",
        "Part(shift, Coefficient(((-1j * value, drives),)), weight)",
        "Part(shift, Coefficient(((1j * value, drives),)), weight)",
    ),
    Bug(
        "gauge-turned-back-the-wrong-way",
        "conjugate",
        "A phase that was taken out of the modes to make the master equation real is put back with the wrong sign.",
        "lindblad/run.py",
        "matrix * np.exp(1j * phase * np.subtract.outer(n, n))",
        "matrix * np.exp(-1j * phase * np.subtract.outer(n, n))",
    ),
    Bug(
        "annihilation-sees-one-level-too-high",
        "off by one",
        "In a product of creation and annihilation operators the latter act as if the former had not lowered the level "
        "from which they start, so that a detuning and a Kerr term have wrong level spacings.",
        "lindblad/basis.py",
        "np.sqrt(np.maximum(levels - m + n - factor, 0.0))",
        "np.sqrt(np.maximum(levels + n - factor, 0.0))",
    ),
    Bug(
        "creation-and-annihilation-exchanged",
        "swap",
        "Moments of a density matrix are read with creation and annihilation operators exchanged.",
        "lindblad/values.py",
        "matrix[:, k + annihilations, k + creations]",
        "matrix[:, k + creations, k + annihilations]",
    ),
    Bug(
        "output-of-half-the-loss",
        "factor",
        "The spectrum of the light that leaves the resonator is normalised as if half of the loss were detected.",
        "linear/spectra.py",
        "1 + 2 * port * np.einsum",
        "1 + port * np.einsum",
    ),
    Bug(
        "pair-number-with-shot-noise",
        "missing term",
        "The linear theory forms the normally ordered fourth moment from the variance of the photon number without "
        "subtracting the shot noise.",
        "linear/values.py",
        "pairs = variance + number**2 - number",
        "pairs = variance + number**2",
    ),
    Bug(
        "closed-form-shifted-by-one-quantum",
        "off by one",
        "In the closed form without pump mode the two-photon loss that weakens the pair amplitude is that of one "
        "quantum fewer.",
        "eliminated/closed_form.py",
        "y = 0.5 * self.noise * (j + 2 * i + 1)",
        "y = 0.5 * self.noise * (j + 2 * i)",
    ),
    Bug(
        "bright-branch-with-half-the-detuning",
        "factor",
        "The threshold with detuning and the amplitudes above it are computed from the detuning over the loss, without "
        "the factor of two between energy and amplitude decay.",
        "models/dopo.py",
        "self.pump_ratio, 2 * self.detuning / self.gamma_s",
        "self.pump_ratio, self.detuning / self.gamma_s",
    ),
    Bug(
        "load-detuning-does-not-rotate",
        "sign",
        "The detuning of the load mixes the two quadratures of its coherence with the battery by a symmetric matrix in "
        "place of a rotation.",
        "discharging/response.py",
        "(v, u, -detuning + 0 * root, 0)",
        "(v, u, detuning + 0 * root, 0)",
    ),
    Bug(
        "load-decay-spares-its-coherence",
        "missing term",
        "The decay of the load leaves its coherence with the battery alone.",
        "discharging/response.py",
        "pair_loss = -gamma_s * (m - 0.5) - 0.5 * gamma_a",
        "pair_loss = -gamma_s * (m - 0.5)",
    ),
    Bug(
        "load-absorbs-with-emission-rate",
        "off by one",
        "In the limit of strong coupling the Rabi frequency of n quanta is that of an emitter, the root of n + 1, and "
        "not that of an absorber, the root of n.",
        "discharging/jaynes_cummings.py",
        "np.sin(np.sqrt(n) * theta[:, None])",
        "np.sin(np.sqrt(n + 1) * theta[:, None])",
    ),
)
