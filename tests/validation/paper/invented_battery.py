"""Results of tasks on a battery that nobody solved: simple curves, with the mistakes that a test asks for."""

from dataclasses import dataclass

import numpy as np

from validation.paper.computing import Results, Task
from validation.paper.limits import THRESHOLD

NAMES = ("energy", "work", "coherent", "incoherent")


@dataclass
class InventedBattery:
    """Its steady ergotropy is work(F_p), the coherent part of it coherent(F_p); both are reached exponentially.

    lost: share that the paper's cutoffs and lower ones lose.  noisy: standard error of samples, as a share, and off: by
    how many of these they are off.  limit_off: share by which the closed form is wrong.  slow: what γ_s/γ_p adds to a
    steady state, as a share, beyond what the paper's γ_p adds.
    """

    work: object = staticmethod(lambda F: np.exp(2.742 * F - 5.330))
    coherent: object = staticmethod(lambda F: 8.2016 / (1 + np.exp(-5.4097 * (F - 2.3605))))
    lost: float = 0.0
    noisy: float = 1e-3
    off: float = 0.0
    limit_off: float = 0.0
    slow: float = 0.1

    def results(self, tasks: list[Task]) -> Results:
        """Of all tasks."""
        return Results({task.key: self.result(task) for task in tasks})

    def result(self, task: Task) -> dict:
        """Of one task, by the name of its function."""
        given = dict(task.arguments)
        return getattr(self, task.function.__name__)(**given)

    def solve_exactly(self, cutoffs, grid, battery):
        pump, *_ = battery
        kept = 1 - self.lost * (cutoffs[0] <= 36) * (pump > 2.0)
        return self.run(pump, np.linspace(*grid), kept)

    def solve_for_steady_state(self, cutoffs, battery):
        pump, _, gamma_p = battery
        kept = 1 - self.lost * (cutoffs[0] <= 36) * (pump > 2.0)
        return self.run(pump, np.array([1e6]), kept * (1 + self.slow / gamma_p - self.slow / 16))

    def sample(self, grid, battery, trajectories, seed):
        pump, kappa, gamma_p, _ = battery
        noise = 2 * kappa**2 / gamma_p
        pump = THRESHOLD * pump / (np.sqrt(gamma_p) / (4 * kappa))
        found = self.run(pump, np.linspace(*grid), (1 + self.off * self.noisy) * np.sqrt(1 / 32 / noise), self.noisy)
        return found | {"branches": {name: found[name]["value"] for name in NAMES[1:]}}

    def solve_in_closed_form(self, ratio, noise):
        return self.run(THRESHOLD * ratio, np.array([40.0]), 1 + self.limit_off)

    def solve_one_mode(self, ratio, noise, levels):
        return self.run(THRESHOLD * ratio, np.array([40.0]), 1)

    def run(self, pump, times, factor, error=0.0):
        """Values, errors of so large a share, and no bounds."""
        found = {"times": times.tolist()}
        rise = (1 - np.exp(-times)) * factor
        for name, steady in zip(NAMES, (self.work, self.work, self.coherent, self.coherent), strict=True):
            values = rise * steady(pump)
            found[name] = {"value": values.tolist(), "error": (error * values).tolist(), "known": [0.0] * len(times)}
        return found
