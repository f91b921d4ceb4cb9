"""torchsde: with its own Brownian interval, or with fresh normal numbers at each step, which a fixed step permits."""

from importlib.metadata import version as version_of
from typing import Any

import numpy as np

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, PUMP, Ensemble, Sample, Work, sample

NAME, HOW = "torchsde", "pip install torchsde"


def version() -> str:
    """Of torchsde; raises ImportError without it."""
    import torch
    import torchsde  # noqa: F401

    torch.set_num_threads(1)
    return f"{version_of('torchsde')} (torch {torch.__version__})"


def trajectories(work: Work) -> Ensemble:
    """arrangement: "Brownian interval" or "fresh noise"; real and imaginary parts apart, as its states must be real."""
    import torch
    import torchsde

    kappa, drive, size = work.kappa, float(np.sqrt(GAMMA_P) * PUMP), work.count
    calculus = "ito" if work.scheme == "euler" else "stratonovich"

    def root(real: Any, imaginary: Any) -> Any:
        a = torch.sqrt(0.5 * kappa * (torch.sqrt(real * real + imaginary * imaginary) + real))
        return a, 0.5 * kappa * imaginary / (a + 1e-300)

    class Battery(torch.nn.Module):
        """Drift (N, 8), and noise times increments; rows are kept contiguous by transposing."""

        noise_type, sde_type = "general", calculus

        def f(self, _t: Any, y: Any) -> Any:
            sr, si, ur, ui, pr, pi, qr, qi = y.unbind(1)
            rows = [
                -GAMMA_S / 2 * sr + kappa * (ur * pr - ui * pi),
                -GAMMA_S / 2 * si + kappa * (ur * pi + ui * pr),
                -GAMMA_S / 2 * ur + kappa * (sr * qr - si * qi),
                -GAMMA_S / 2 * ui + kappa * (sr * qi + si * qr),
                -GAMMA_P / 2 * pr - kappa / 2 * (sr * sr - si * si) + drive,
                -GAMMA_P / 2 * pi - kappa * sr * si,
                -GAMMA_P / 2 * qr - kappa / 2 * (ur * ur - ui * ui) + drive,
                -GAMMA_P / 2 * qi - kappa * ur * ui,
            ]
            return torch.stack(rows).t()

        def g_prod(self, _t: Any, y: Any, v: Any) -> Any:
            pr, pi, qr, qi = y.unbind(1)[4:]
            (pa, pb), (qa, qb), zero = root(pr, pi), root(qr, qi), torch.zeros_like(pr)
            first, second = v.unbind(1)
            return torch.stack([pa * first, pb * first, qa * second, qb * second, zero, zero, zero, zero]).t()

    class Fresh(torchsde.BaseBrownian):
        """Increments of steps that are asked for once and in order."""

        dtype, device, shape, levy_area_approximation = torch.float64, torch.device("cpu"), (size, 2), "none"

        def __call__(self, ta: Any, tb: Any = None, return_U: bool = False, return_A: bool = False) -> Any:
            return (torch.randn(2, size, dtype=torch.float64) * float(tb - ta) ** 0.5).t()

        def __repr__(self) -> str:
            return "Fresh()"

    times = torch.linspace(0.0, work.steps * work.step, work.saves + 1, dtype=torch.float64)

    def run(seed: int) -> Sample:
        torch.manual_seed(seed)
        noise: Any = Fresh()
        if work.arrangement == "Brownian interval":
            kind = torchsde.BrownianInterval
            noise = kind(float(times[0]), float(times[-1]), size=(size, 2), dtype=torch.float64, entropy=seed)
        start = torch.zeros(8, size, dtype=torch.float64).t()
        with torch.no_grad():
            y = torchsde.sdeint(Battery(), start, times, bm=noise, method=work.scheme, dt=work.step)
        sr, si, ur, ui = y.unbind(2)[:4]
        x, across = sr * ur - si * ui, sr * ui + si * ur
        for kept in (x, sr * sr - si * si, y[:, :, 4], x * x - across * across):
            kept.mean(dim=1)
        return sample(x[-1].numpy())

    return run
