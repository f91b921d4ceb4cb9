"""Where the energy of the battery comes from, what it is worth after its pump is off, and cycles into a load."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array
from scipy.sparse.linalg import expm_multiply

import phasespace_qb as qb
from validation.evidence import Comparison, Subject, Tier, compare
from validation.references.battery import PAPER
from validation.references.density_matrices import work_of
from validation.references.stated_errors import stated
from validation.references.superoperators import annihilator, dagger, liouvillian, mean, reduced, vacuum

SUBJECT = Subject("Threshold, two times and switching")

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
CUT_AT_18, CUT_AT_20 = 2e-5, 5e-6
"""What four or two more levels of the signal, and two more of the pump, change in energies of the referee (ħω_s)."""


@dataclass(frozen=True)
class Charging:
    """The battery's full master equation, as sparse matrices of two modes of so many levels."""

    pump: complex = 1.55 * np.exp(0.7j)
    kappa: float = 1.5
    gamma_s: float = 1.2
    gamma_p: float = 10.0
    levels: tuple[int, int] = (24, 11)

    @property
    def battery(self) -> qb.DopoBattery:
        """As it is declared to the library."""
        return qb.DopoBattery(self.pump, self.kappa, self.gamma_s, self.gamma_p)

    @property
    def size(self) -> int:
        """States in all."""
        return int(np.prod(self.levels))

    def matrix(self, pumped: bool) -> csr_array:
        """H = [i(κ/2)a_s†²a_p + i√γ_p F_p a_p†] + h.c., with both losses; the pump on or off."""
        s, p = (annihilator(self.levels, mode) for mode in (0, 1))
        half = 0.5j * self.kappa * dagger(s) @ dagger(s) @ p
        if pumped:
            half = half + 1j * np.sqrt(self.gamma_p) * self.pump * dagger(p)
        return liouvillian(half + dagger(half), [(self.gamma_s, s), (self.gamma_p, p)])

    def after(self, rho: Complex, stretches: list[tuple[float, bool]], rows: NDArray[np.complex128]) -> Complex:
        """vec ρ and, behind it, what else is integrated: rows (K, size²), after times with the pump on or off.

        Only elements between signal numbers of equal parity, which alone are not 0, are followed.
        """
        n = np.repeat(np.arange(self.levels[0]), self.levels[1])
        kept = np.flatnonzero(((n[:, None] + n) % 2 == 0).ravel())
        whole = np.concatenate([rho[kept], rho[self.size**2 :]])
        for duration, pumped in stretches:
            generator = self.matrix(pumped)[kept][:, kept]
            flows = csr_array(rows[:, kept])
            empty = csr_array((len(rows), len(rows)))
            square = csr_array(block_array([[generator, csr_array((len(kept), len(rows)))], [flows, empty]]))
            whole = expm_multiply(square * duration, whole)
        result = np.zeros(self.size**2 + len(rows), dtype=complex)
        result[kept], result[self.size**2 :] = whole[: len(kept)], whole[len(kept) :]
        return result

    def state(self, rho: Complex, *stretches: tuple[float, bool]) -> Complex:
        """vec ρ alone."""
        asked = [each for each in stretches if each[0] > 0]
        return self.after(rho, asked, np.zeros((0, self.size**2), dtype=complex)) if asked else rho


@SUBJECT.claim(
    "What the drive gives to the battery, ∫4√γ_p Re(F_p*⟨a_p⟩) dt, is what both modes hold and have lost, "
    "n_s + 2n_p + ∫(γ_s n_s + 2γ_p n_p) dt, while the pump is on and after it is off; it has sent ∫2|F_p|² dt.",
    route="the library's energy balance of its master equation's solution",
    referee="the full master equation with its integrals as further unknowns, by the exponential of one sparse matrix "
    "(SciPy)",
    source=f"energy balance of {PAPER}, Eqs. (6)–(8)",
    control="a pump loss γ_p 1 % larger in the energy that is lost",
)
def energy_is_conserved() -> Iterator[Comparison]:
    """Energy drawn, lost by each mode, held and sent."""
    model, off, until = Charging(levels=(18, 11)), 1.1, 2.0
    battery = model.battery.switched_off(off)
    times = np.concatenate([np.linspace(0, off, 89), np.linspace(off, until, 61)[1:]])
    balance = qb.energy_balance(battery, qb.simulate(battery, times, qb.Lindblad((30, 9))))
    s, p = (annihilator(model.levels, mode) for mode in (0, 1))
    numbers = [dagger(s) @ s, dagger(p) @ p]
    drawn = 4 * np.sqrt(model.gamma_p) * (np.conj(model.pump) * p + model.pump * dagger(p)) / 2
    rates = [model.gamma_s * numbers[0], 2 * model.gamma_p * numbers[1]]

    def flows(pumped: bool) -> NDArray[np.complex128]:
        # Tr(Oρ) is the row of Oᵀ times vec ρ.
        return np.array([each.toarray().T.ravel() for each in (drawn * float(pumped), *rates)])

    begin = np.concatenate([vacuum(model.size), np.zeros(3)])
    on = model.after(begin, [(off, True)], flows(True))
    later = model.after(on, [(until - off, False)], flows(False))
    for index, rho in ((88, on), (148, later)):
        held = [mean(numbers[0], rho[:-3]).real, 2 * mean(numbers[1], rho[:-3]).real]
        at = balance.isel(time=index)
        names = ["energy_drawn", "energy_lost", "mode_energy", "energy_sent"]
        bounds = [stated(at, name) for name in names]
        taken, lost_s, lost_p = rho[-3:].real
        yield from compare(
            f"energies at t = {times[index]:.1f}",
            np.concatenate([np.ravel(at[name].values) for name in names]),
            [taken, lost_s, lost_p, *held, 2 * abs(model.pump) ** 2 * off],
            wrong=[taken, lost_s, 1.01 * lost_p, *held, 2 * abs(model.pump) ** 2 * off],
            known=np.concatenate([np.ravel(each) for each in bounds]) + CUT_AT_18,
            unit="ħω_s",
            labels=("drawn", "lost by the signal", "lost by the pump", "in the signal", "in the pump", "sent"),
        )
        total = sum(held) + lost_s + lost_p
        yield from compare(
            f"energy drawn at t = {times[index]:.1f} against what the reference holds and has lost",
            float(at["energy_drawn"]),
            total,
            wrong=total + 0.01 * lost_p,
            known=float(bounds[0]) + CUT_AT_18,
            unit="ħω_s",
        )


@SUBJECT.claim(
    "A battery whose pump is switched off after a charging time and which is left alone for a while has the energy and "
    "the work W, Wᶜ, Wⁱ of the state that the master equation gives then; W over both times is its mean power.",
    route="the library's tool for switching off, by its master equation",
    referee="the full master equation by exponentials of sparse matrices (SciPy), sorted eigenvalues of the signal's "
    "state",
    source=f"{PAPER}, Eqs. (8), (9), (15)–(17)",
    control="a pump switched off 0.02 units of time later",
)
def what_a_battery_is_worth_after_switching_off() -> Iterator[Comparison]:
    """Energy, work with its parts, and power over two charging times and two pauses."""
    model, instants, pauses = Charging(levels=(20, 11)), np.array([0.9, 1.6]), np.array([0.0, 0.4])
    found = qb.switch_off(model.battery, instants, pauses, qb.Lindblad((30, 9)))

    first = model.state(vacuum(model.size), (instants[0], True))
    charged = [first, model.state(first, (instants[1] - instants[0], True))]

    def expected(later: float) -> dict[str, Array]:
        points = []
        for instant, state in zip(instants, charged, strict=True):
            rho = model.state(state, (later, True))
            for pause in pauses:
                values = work_of(reduced(model.state(rho, (pause, False)), model.levels))._asdict()
                points.append(values | {"charging_power": values["ergotropy"] / (instant + pause)})
        return {name: np.array([each[name] for each in points]) for name in points[0]}

    right, wrong = expected(0.0), expected(0.02)
    labels = [f"off at {instant:g}, {pause:g} later" for instant in instants for pause in pauses]
    for name, quantity in (
        ("energy", "energy E"),
        ("ergotropy", "ergotropy W"),
        ("ergotropy_coherent", "coherent part Wᶜ"),
        ("ergotropy_incoherent", "incoherent part Wⁱ"),
        ("charging_power", "mean power"),
    ):
        yield from compare(
            quantity,
            found[name].values.ravel(),
            right[name],
            wrong=wrong[name],
            known=stated(found, name).ravel() + CUT_AT_20,
            unit="ħω_s per unit of time" if name == "charging_power" else "ħω_s",
            labels=labels,
        )


@SUBJECT.claim(
    "A cycle – charging, a pause with the pump off, and discharge into a two-level load until its ergotropy "
    "η_a = 2P_e − 1 has its first maximum – takes the sum of its three times and delivers η_a; so many per unit of "
    "time.",
    route="the library's charging cycles, by its master equation",
    referee="the full master equation, then the Jaynes–Cummings one, by exponentials of sparse matrices (SciPy); the "
    "maximum by a parabola through the closest of 481 instants",
    source=f"{PAPER}, Eqs. (19)–(24)",
    control="a loss of the load 10 % larger; for the time a coupling 1 % weaker; for the power no pause",
    tier=Tier.FULL,
)
def cycles_into_a_load() -> Iterator[Comparison]:
    """Work and energy delivered, when, and the power, for two charging times."""
    model, charges, pause = Charging(), np.array([2.2, 3.0]), 0.2
    load: dict[str, Any] = {"coupling": 8.0, "gamma_a": 0.9, "detuning": 1.1}
    found = qb.charging_cycles(model.battery, charges, pause, method=qb.Lindblad((30, 9)), **load)

    def discharged(rho: Complex, gamma_a: float, coupling: float) -> list[float]:
        levels = (len(rho), 2)
        a, sigma = (annihilator(levels, mode) for mode in (0, 1))
        excited = dagger(sigma) @ sigma
        exchange = coupling * a @ dagger(sigma)
        generator = liouvillian(
            load["detuning"] * excited + exchange + dagger(exchange), [(model.gamma_s, a), (gamma_a, sigma)]
        )
        start = np.kron(rho, np.diag([1.0, 0.0])).ravel()
        times = np.linspace(0, 0.48, 481)
        states = expm_multiply(generator, start, start=0, stop=0.48, num=481)
        share = np.array([mean(excited, each).real for each in states])
        top = int(np.flatnonzero(np.diff(share) < 0)[0])
        around = slice(top - 2, top + 3)
        curve = np.polynomial.Polynomial.fit(times[around], share[around], 4)
        roots = curve.deriv().roots()
        when = float(roots[np.argmin(abs(roots - times[top]))].real)
        highest = float(curve(when))
        return [2 * highest - 1, highest, when]

    first = model.state(vacuum(model.size), (charges[0], True))
    charged = [first, model.state(first, (charges[1] - charges[0], True))]
    states = [reduced(model.state(rho, (pause, False)), model.levels) for rho in charged]
    right, wrong, slower = (
        np.array([discharged(rho, *rates) for rho in states]).T for rates in ((0.9, 8.0), (0.99, 8.0), (0.9, 7.92))
    )
    wrong[2] = slower[2]
    over: dict[str, Any] = {"axis": charges, "axis_name": "charging time (unit of 1/rates)"}
    for index, (name, quantity, least) in enumerate(
        (
            ("delivered_ergotropy", "work delivered η_a (ħω_a)", 1e-6),
            # Between the instants that are kept it is read off a straight line.
            ("delivered_energy", "excitation of the load P_e", 1e-3),
            ("discharge_time", "time of discharge", 2e-4),
        )
    ):
        known = stated(found, name) + least
        yield from compare(quantity, found[name].values, right[index], wrong=wrong[index], known=known, **over)
    duration = charges + pause + right[2]
    yield from compare(
        "power delivered η_a/T",
        found["delivered_power"].values,
        right[0] / duration,
        wrong=right[0] / (duration - pause),
        known=stated(found, "delivered_power") + 1e-4,
        **over,
    )
