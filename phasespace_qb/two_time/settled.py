"""Whether a record is one of a steady state: what its one-time averages say."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phasespace_qb.outcome import Finding, Verdict
from phasespace_qb.phase_space.two_time import TwoTimes
from phasespace_qb.results.jackknife import jackknife, with_each_left_out
from phasespace_qb.two_time.replicates import average, in_groups

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

MOMENTS = ("field", "number")
SIGNIFICANCE = 4.2
"""Standard errors by which averages of two parts of a steady record may differ."""
UNNOTICED = 1e-3
"""Part of an average by which it may move: products of means are then off by a millionth of the square."""


def by_half(sums_of: TwoTimes, sums: Array, vacuum: float) -> ComplexArray:
    """Mean field and photon number of the first and of the second half of a record, [replicate, half, moment]."""
    with np.errstate(all="ignore"):
        field, number = sums_of.means(with_each_left_out(sums))
        middle = sums_of.saves // 2
        halves = [
            np.stack([field[:, part].mean(axis=-1), number[:, part].mean(axis=-1) - vacuum], axis=-1)
            for part in (slice(0, middle), slice(middle, None))
        ]
    return np.stack(halves, axis=1)


def of_number(halves: ComplexArray, before: ComplexArray, after: ComplexArray, counts: Array) -> list[Finding]:
    """Photon numbers of a steady state do not change: from half to half of the record, and from lag to lag.

    halves: [replicate, half, moment].  before, after: of the origins and a lag later, [replicate, lag].
    """
    number = halves[..., MOMENTS.index("number")]
    if not (_moved(number[:, 0], number[:, 1], counts) or _moved(before[:, -1], after[:, -1], counts)):
        return []
    value = number[0].real
    return [
        Finding(
            Verdict.DOUBT,
            f"the state has not settled at `since`: the photon number is {value[0]:.4g} in the first half of the "
            f"record and {value[1]:.4g} in the second, and what is averaged is no steady state. Start later.",
        )
    ]


def of_one_origin(corr: xr.Dataset) -> list[Finding]:
    """Correlations from one origin are right in any state; what is derived from them is that of a steady one.

    Those of many origins carry their own finding.
    """
    if "one_time_average" not in corr or corr.attrs["origins"] != 1:
        return []
    before, after = average(corr, "number_before"), average(corr, "number_after")
    return of_number(corr["one_time_average"].values, before, after, in_groups(corr))


def of_field(corr: xr.Dataset) -> list[Finding]:
    """A mean field that is subtracted must not change; where it decays by switching, its product is no constant."""
    if "one_time_average" not in corr or corr.attrs["keeps_parity"]:
        return []
    counts = in_groups(corr)
    field = corr["one_time_average"].values[..., MOMENTS.index("field")]
    before, after = average(corr, "field_before"), average(corr, "field_after")
    if not (_moved(field[:, 0], field[:, 1], counts) or _moved(before[:, -1], after[:, -1], counts)):
        return []
    sizes = np.abs(field[0])
    return [
        Finding(
            Verdict.DOUBT,
            f"the mean field, which is subtracted, has not settled at `since`: its size is {sizes[0]:.4g} in the first "
            f"half of the record and {sizes[1]:.4g} in the second. Start later; where it decays by switching "
            "between branches, keep the record short or start from vacuum.",
        )
    ]


def _moved(first: ComplexArray, second: ComplexArray, counts: Array) -> bool:
    """Whether two averages (replicate,) differ beyond their errors, and by more than matters."""
    with np.errstate(all="ignore"):
        shift, error = jackknife(second - first, counts)
        least = UNNOTICED * abs(first[0])
        parts = ((shift.real, error.real), (shift.imag, error.imag))
        return any(bool(abs(moved) > SIGNIFICANCE * spread + least) for moved, spread in parts)
