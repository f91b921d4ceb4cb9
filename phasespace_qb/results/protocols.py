"""The form of results about protocols of charging: switching off, the balance of energy, cycles."""

from dataclasses import replace
from enum import IntEnum

from phasespace_qb.conventions import ENERGY_UNIT, POWER_UNIT, RATE_UNIT, TIME_UNIT
from phasespace_qb.results.schema import LOAD_UNIT, VARIABLES, Variable


class Place(IntEnum):
    """Where the largest value of a curve is."""

    INSIDE = 0
    FIRST = 1
    LAST = 2
    FLAT = 3
    UNKNOWN = 4


MEANINGS = tuple(place.name.lower() for place in Place)

QUANTITIES = ("energy", "ergotropy", "ergotropy_coherent", "ergotropy_incoherent", "charging_power")
POINT = ("switch_off", "hold")
OF_SWITCHING = {name: replace(VARIABLES[name], dims=POINT) for name in QUANTITIES} | {
    "verdict_by_point": Variable(POINT, "1", "verdict", "how far the values at this point may be trusted"),
    "best_switch_off": Variable(("purpose", "hold"), TIME_UNIT, r"$t_\mathrm{off}^*$", "best time to switch off"),
    "best_value": Variable(
        ("purpose", "hold"),
        f"{ENERGY_UNIT}, or {POWER_UNIT}",
        "largest value",
        "value when switched off at the best time",
    ),
    "best_place": Variable(
        ("purpose", "hold"), "1", "place", "whether the largest value is inside of the times that were tried"
    ),
}
"""Every variable of the dataset of `switch_off`."""

COPIED = ("energy", "ergotropy")
OF_BALANCE = {name: VARIABLES[name] for name in COPIED} | {
    "power_drawn": Variable(("time",), POWER_UNIT, r"$P_\mathrm{drawn}$", "energy drawn from the drive per unit time"),
    "energy_drawn": Variable(("time",), ENERGY_UNIT, r"$E_\mathrm{drawn}$", "energy drawn from the drive since t = 0"),
    "energy_sent": Variable(("time",), ENERGY_UNIT, r"$E_\mathrm{sent}$", "energy in the driving beam since t = 0"),
    "energy_lost": Variable(
        ("time", "mode"), ENERGY_UNIT, r"$E_\mathrm{lost}$", "energy lost by each mode since t = 0"
    ),
    "mode_energy": Variable(("time", "mode"), ENERGY_UNIT, r"$\hbar\omega_j n_j$", "energy in each mode"),
    "energy_absorbed": Variable(
        ("time",), ENERGY_UNIT, r"$E_\mathrm{absorbed}$", "energy missing from the driving beam since t = 0"
    ),
    "work_efficiency": Variable(
        ("time",), "1", r"$W/E_\mathrm{drawn}$", "ergotropy of the storage mode over the energy drawn"
    ),
    "storage_efficiency": Variable(
        ("time",), "1", r"$E/E_\mathrm{drawn}$", "energy of the storage mode over the energy drawn"
    ),
    "sent_efficiency": Variable(("time",), "1", r"$W/E_\mathrm{sent}$", "ergotropy over the energy in the beam"),
    "absorbed_efficiency": Variable(
        ("time",), "1", r"$W/E_\mathrm{absorbed}$", "ergotropy over the energy missing from the beam"
    ),
    "balance_residual": Variable(
        ("time",), ENERGY_UNIT, r"$\Delta E$", "energy in the modes and lost, less what was drawn: zero but for errors"
    ),
    "verdict_by_time": VARIABLES["verdict_by_time"],
}
"""Every variable of the dataset of `energy_balance`."""

CHARGE = ("charge",)
OF_CYCLES = {
    "delivered_ergotropy": Variable(CHARGE, LOAD_UNIT, r"$\eta_a^\mathrm{max}$", "work that the load gains in a cycle"),
    "delivered_energy": Variable(CHARGE, LOAD_UNIT, r"$P_e$", "energy that the load gains in a cycle"),
    "discharge_time": Variable(CHARGE, TIME_UNIT, r"$t_a$", "time that the load is coupled"),
    "duration": Variable(CHARGE, TIME_UNIT, r"$T$", "duration of a cycle"),
    "cycle_rate": Variable(CHARGE, RATE_UNIT, r"$1/T$", "cycles per unit time"),
    "delivered_power": Variable(
        CHARGE, f"{LOAD_UNIT} {RATE_UNIT}", r"$\eta_a^\mathrm{max}/T$", "work that the load gains per unit time"
    ),
    "energy_drawn": replace(OF_BALANCE["energy_drawn"], dims=CHARGE),
    "cycle_efficiency": Variable(
        CHARGE, "1", r"$\eta_a^\mathrm{max}/E_\mathrm{drawn}$", "work that the load gains over the energy drawn"
    ),
    "ergotropy": Variable(CHARGE, ENERGY_UNIT, "$W$", "ergotropy of the battery when the load is coupled"),
    "verdict_by_point": Variable(CHARGE, "1", "verdict", "how far the values at this point may be trusted"),
    "best_charge": Variable(("purpose",), TIME_UNIT, r"$t_\mathrm{charge}^*$", "best time to charge"),
    "best_value": Variable(
        ("purpose",), "that of the purpose", "largest value", "value when charged for the best time"
    ),
    "best_place": Variable(
        ("purpose",), "1", "place", "whether the largest value is inside of the times that were tried"
    ),
}
"""Every variable of the dataset of `charging_cycles`."""
