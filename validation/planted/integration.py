"""Planted bugs in the schedule, the schemes and the generated source."""

from validation.planted.bug import Bug

INTEGRATION: tuple[Bug, ...] = (
    Bug(
        "heun-half-predictor",
        "factor",
        "The predictor of Heun's scheme goes half a step only, as in the midpoint rule, while both slopes are still "
        "averaged, so that half of the Stratonovich drift is lost.",
        "phase_space/integrators/heun.py",
        "stages=((), (1.0,))",
        "stages=((), (0.5,))",
    ),
    Bug(
        "drive-frozen-at-the-start-of-a-step",
        "off by one",
        "All stages of a step read the drive at the beginning of the step, so that the drive lags by half a step.",
        "phase_space/kernels/fused.py",
        'f"q{stage} = row_of[m, {stage}]"',
        'f"q{stage} = row_of[m, 0]"',
    ),
    Bug(
        "drive-one-step-late",
        "off by one",
        "Coefficients that depend on time are read one step too late.",
        "phase_space/schedule.py",
        "[np.arange(count) for count in counts]",
        "[np.arange(1, count + 1) for count in counts]",
    ),
    Bug(
        "saved-one-interval-late",
        "off by one",
        "What is stored for one save time is the state at the next one.",
        "phase_space/schedule.py",
        "np.concatenate([[0], np.cumsum(counts)])[nearest]",
        "np.cumsum(counts)[np.minimum(nearest, len(counts) - 1)]",
    ),
    Bug(
        "imaginary-coefficient-sign",
        "sign",
        "The product of an imaginary coefficient with a complex amplitude has the wrong sign in its real part.",
        "phase_space/kernels/emit.py",
        'return f"-{d} * {im}", f"{d} * {re}"',
        'return f"{d} * {im}", f"{d} * {re}"',
    ),
    Bug(
        "root-changes-sign-within-a-step",
        "sign",
        "Where the quantity under the root of the noise crosses the negative real axis, the two stages of a step take "
        "roots of opposite sign and cancel one another's noise.",
        "phase_space/kernels/fused.py",
        "anchored=stage > 0",
        "anchored=False",
    ),
    Bug(
        "conjugate-dropped-with-many-modes",
        "conjugate",
        "In the source that is generated for many modes, the complex conjugate of an amplitude is the amplitude.",
        "phase_space/kernels/by_shape.py",
        'f = self._slice("f", "s", 2 * (~factor if factor < 0 else factor), 2)\n'
        '        return f"{f}[i]", f"(-{f}[B + i])" if factor < 0 else f"{f}[B + i]"',
        'f = self._slice("f", "s", 2 * (~factor if factor < 0 else factor), 2)\n'
        '        return f"{f}[i]", f"{f}[B + i]"',
    ),
    Bug(
        "doubled-steps-with-plain-sum",
        "factor",
        "A step of twice the length takes the sum of two normal numbers without dividing by the root of two, so that "
        "its noise is too strong and the error of the step is overstated.",
        "phase_space/kernels/lanes.py",
        "z[i] = ROOT_HALF * (w[i] + z[i])",
        "z[i] = w[i] + z[i]",
    ),
    Bug(
        "two-time-average-conjugated",
        "conjugate",
        "The first-order correlation between two times is that of the exchanged times, its complex conjugate.",
        "phase_space/kernels/two_time_tally.py",
        "fi += u0 * y + v0 * x - x0 * v - y0 * u",
        "fi += x0 * v + y0 * u - u0 * y - v0 * x",
    ),
    Bug(
        "imaginary-momentum-squared-positive",
        "sign",
        "The square of an imaginary momentum, which stands for squeezing below the vacuum, is added as a positive one.",
        "phase_space/kernels/slice_tally.py",
        "p2 = -p * p",
        "p2 = p * p",
    ),
)
