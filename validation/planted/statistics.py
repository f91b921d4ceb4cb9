"""Planted bugs in random numbers, merging, moments and error bars."""

from validation.planted.bug import Bug

STATISTICS: tuple[Bug, ...] = (
    Bug(
        "blocks-share-random-numbers",
        "reused noise",
        "All blocks of an ensemble see the same random numbers, so that the ensemble is far smaller than it claims.",
        "phase_space/noise.py",
        "key = (*self.point, int(self.pilot), block, int(purpose))",
        "key = (*self.point, int(self.pilot), int(purpose))",
    ),
    Bug(
        "sweep-points-share-random-numbers",
        "reused noise",
        "Points of a sweep whose errors are taken for independent see the same random numbers.",
        "sweeping/grid.py",
        'f"{name}={value.hex()}" for name, value in sorted(point.items())',
        'f"{name}" for name in sorted(point)',
    ),
    Bug(
        "first-half-counted-twice",
        "wrong merge",
        "When an ensemble is doubled to reach a standard error, the blocks that were there already are added again.",
        "phase_space/ensemble.py",
        "start = count // 2 if after is not None else 0",
        "start = 0",
    ),
    Bug(
        "last-tile-counted-as-full",
        "wrong merge",
        "The last group of trajectories in a block counts as full when averages are formed, also where it is not.",
        "phase_space/kernels/tally.py",
        "sums[k, 0, 0] += width",
        "sums[k, 0, 0] += B",
    ),
    Bug(
        "companion-compared-with-whole-block",
        "wrong merge",
        "Doubled steps of an eighth of the trajectories are compared with single steps of all of them, and not of the "
        "same eighth on the same random numbers.",
        "phase_space/ensemble.py",
        "observers.append((accumulator.inner, part[0], paired))",
        "observers.append((accumulator.inner, part[0], count))",
    ),
    Bug(
        "jackknife-spread-not-of-the-mean",
        "statistics",
        "The standard error is the scatter of the pseudo-values themselves, not that of their mean.",
        "results/jackknife.py",
        "np.sqrt(((pseudo - estimate) ** 2 / (h - 1)).mean(axis=0))",
        "np.sqrt(((pseudo - estimate) ** 2).mean(axis=0))",
    ),
    Bug(
        "sorted-work-error-not-scaled",
        "statistics",
        "The copies from which the error of incoherent work is found scatter as if the values with one group left out "
        "were independent of one another.",
        "results/jackknife.py",
        "scale = np.sqrt((h - 1) / len(counts))",
        "scale = np.sqrt(1 / (h - 1) / len(counts))",
    ),
    Bug(
        "one-tail-of-student",
        "statistics",
        "The chance of a difference of either sign is computed from one tail of Student's distribution.",
        "results/significance.py",
        "return 2.0 * float(stdtr(DEGREES_OF_FREEDOM, -abs(size)))",
        "return float(stdtr(DEGREES_OF_FREEDOM, -abs(size)))",
    ),
    Bug(
        "vacuum-added-to-normal-order",
        "vacuum",
        "The half quantum of the vacuum is added, not subtracted, when symmetrically ordered averages are brought to "
        "normal order.",
        "conventions.py",
        "shift = -(Ordering.NORMAL.value - ordering.value) / 2",
        "shift = (Ordering.NORMAL.value - ordering.value) / 2",
    ),
    Bug(
        "ordering-without-factorial",
        "factor",
        "The weights of Cahill and Glauber that relate orderings lack their factorial, which matters from the fourth "
        "moment on.",
        "conventions.py",
        "shift**k * factorial(k) * comb(creations, k)",
        "shift**k * comb(creations, k)",
    ),
    Bug(
        "hermitian-partner-unconjugated",
        "conjugate",
        "A moment is averaged with its Hermitian partner without taking the complex conjugate of the partner.",
        "phase_space/moments.py",
        "(average.conj() if index else average)",
        "average",
    ),
)
