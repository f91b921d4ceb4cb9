"""diffrax: vmap over trajectories, as its documentation has it, or an ensemble as one state with its own noise term."""

import warnings
from typing import Any

import numpy as np

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, PUMP, Ensemble, Sample, Work, sample

NAME, HOW = "diffrax", "pip install diffrax"


def version() -> str:
    """Of diffrax; raises ImportError without it."""
    import diffrax
    import jax

    jax.config.update("jax_enable_x64", True)
    return f"{diffrax.__version__} (jax {jax.__version__})"


def trajectories(work: Work) -> Ensemble:
    """arrangement: "one each, vmap" of complex numbers, or "ensemble, real" with real and imaginary parts apart.

    The former draws by threefry, jax's own generator, as does the latter.  No adjoint is asked for: ForwardMode.
    """
    import diffrax
    import jax
    import jax.numpy as jnp

    solver = {"euler": diffrax.Euler, "heun": diffrax.Heun, "midpoint": diffrax.Midpoint}[work.scheme]()
    until = work.steps * work.step
    make = _one_each if work.arrangement == "one each, vmap" else _together
    integrate = jax.jit(make(work, solver, diffrax.SaveAt, jnp.linspace(0.0, until, work.saves + 1)))

    def run(seed: int) -> Sample:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            moments, ends = integrate(jax.random.key(seed))
            moments.block_until_ready()
        return sample(np.asarray(ends, dtype=np.float64))

    return run


def _solve(work: Work, solver: Any, terms: Any, start: Any, save: Any) -> Any:
    import diffrax

    until = work.steps * work.step
    return diffrax.diffeqsolve(
        terms, solver, 0.0, until, work.step, start, saveat=save, adjoint=diffrax.ForwardMode(), max_steps=None
    ).ys


def _one_each(work: Work, solver: Any, save_at: Any, times: Any) -> Any:
    import diffrax
    import jax
    import jax.numpy as jnp

    kappa, drive = work.kappa, np.sqrt(GAMMA_P) * PUMP

    def f(_t: Any, z: Any, _args: Any) -> Any:
        s, u, p, q = z
        return jnp.stack(
            [
                -GAMMA_S / 2 * s + kappa * u * p,
                -GAMMA_S / 2 * u + kappa * s * q,
                -GAMMA_P / 2 * p - kappa / 2 * s**2 + drive,
                -GAMMA_P / 2 * q - kappa / 2 * u**2 + drive,
            ]
        )

    def g(_t: Any, z: Any, _args: Any) -> Any:
        a, b = jnp.sqrt(kappa * z[2]), jnp.sqrt(kappa * z[3])
        return jnp.zeros((4, 2), complex).at[0, 0].set(a).at[1, 1].set(b)

    def one(key: Any) -> Any:
        noise = diffrax.ControlTerm(g, diffrax.UnsafeBrownianPath(shape=(2,), key=key))
        terms = diffrax.MultiTerm(diffrax.ODETerm(f), noise)
        return _solve(work, solver, terms, jnp.zeros(4, complex), save_at(ts=times))

    def ensemble(key: Any) -> Any:
        s, u, p, _q = jnp.moveaxis(jax.vmap(one)(jax.random.split(key, work.count)), -1, 0)
        moments = jnp.stack([x.mean(axis=0) for x in (s * u, s**2, p, (s * u) ** 2)])
        return moments, (s[:, -1] * u[:, -1]).real

    return ensemble


def _together(work: Work, solver: Any, save_at: Any, times: Any) -> Any:
    import diffrax
    import jax
    import jax.numpy as jnp

    kappa, drive, size = work.kappa, np.sqrt(GAMMA_P) * PUMP, work.count

    def f(_t: Any, z: Any, _args: Any) -> Any:
        sr, si, ur, ui, pr, pi, qr, qi = z
        return (
            -GAMMA_S / 2 * sr + kappa * (ur * pr - ui * pi),
            -GAMMA_S / 2 * si + kappa * (ur * pi + ui * pr),
            -GAMMA_S / 2 * ur + kappa * (sr * qr - si * qi),
            -GAMMA_S / 2 * ui + kappa * (sr * qi + si * qr),
            -GAMMA_P / 2 * pr - kappa / 2 * (sr * sr - si * si) + drive,
            -GAMMA_P / 2 * pi - kappa * sr * si,
            -GAMMA_P / 2 * qr - kappa / 2 * (ur * ur - ui * ui) + drive,
            -GAMMA_P / 2 * qi - kappa * ur * ui,
        )

    def root(real: Any, imaginary: Any) -> Any:
        a = jnp.sqrt(0.5 * kappa * (jnp.sqrt(real * real + imaginary * imaginary) + real))
        return a, 0.5 * kappa * imaginary / (a + 1e-300)

    class Noise(diffrax.ControlTerm):
        """G dW of the ensemble without a matrix."""

        def prod(self, vf: Any, control: Any) -> Any:
            return self.vf_prod(0.0, vf, None, control)

        def vf_prod(self, _t: Any, y: Any, _args: Any, control: Any) -> Any:
            (pa, pb), (qa, qb), zero = root(y[4], y[5]), root(y[6], y[7]), jnp.zeros(size)
            return pa * control[0], pb * control[0], qa * control[1], qb * control[1], zero, zero, zero, zero

    def moments(_t: Any, z: Any, _args: Any) -> Any:
        sr, si, ur, ui, pr, _pi, _qr, _qi = z
        x, y = sr * ur - si * ui, sr * ui + si * ur
        return jnp.stack([x.mean(), (sr * sr - si * si).mean(), pr.mean(), (x * x - y * y).mean()])

    def ensemble(key: Any) -> Any:
        shape = jax.ShapeDtypeStruct((2, size), jnp.float64)
        noise = Noise(lambda _t, y, _args: y, diffrax.UnsafeBrownianPath(shape=shape, key=key))
        terms = diffrax.MultiTerm(diffrax.ODETerm(f), noise)
        save = save_at(subs=[diffrax.SubSaveAt(ts=times, fn=moments), diffrax.SubSaveAt(t1=True)])
        kept, end = _solve(work, solver, terms, tuple(jnp.zeros(size) for _ in range(8)), save)
        return kept, (end[0] * end[2] - end[1] * end[3])[-1]

    return ensemble
