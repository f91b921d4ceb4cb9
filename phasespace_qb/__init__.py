"""Phase-space simulation of quantum batteries: trajectories, linear theory and exact solutions of one declaration.

Public names are imported when they are first used, so that `import phasespace_qb` is immediate.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    import phasespace_qb.plot  # noqa: F401  (makes the submodule an attribute)
    from phasespace_qb.charging.balance import energy_balance as energy_balance
    from phasespace_qb.charging.cycling import charging_cycles as charging_cycles
    from phasespace_qb.charging.switching import switch_off as switch_off
    from phasespace_qb.discharging.protocol import cycle as cycle
    from phasespace_qb.discharging.protocol import discharge as discharge
    from phasespace_qb.errors import NoSecondOrderEquation as NoSecondOrderEquation
    from phasespace_qb.errors import PhaseSpaceError as PhaseSpaceError
    from phasespace_qb.errors import UnphysicalState as UnphysicalState
    from phasespace_qb.methods import EliminatedSteadyState as EliminatedSteadyState
    from phasespace_qb.methods import Lindblad as Lindblad
    from phasespace_qb.methods import LinearNoise as LinearNoise
    from phasespace_qb.methods import PositiveP as PositiveP
    from phasespace_qb.methods import TruncatedWigner as TruncatedWigner
    from phasespace_qb.models.algebra import Mode as Mode
    from phasespace_qb.models.algebra import modes as modes
    from phasespace_qb.models.dopo import DopoBattery as DopoBattery
    from phasespace_qb.models.drives import Envelope as Envelope
    from phasespace_qb.models.drives import SwitchedOff as SwitchedOff
    from phasespace_qb.models.drives import Tabulated as Tabulated
    from phasespace_qb.models.protocols import PulseTrain as PulseTrain
    from phasespace_qb.models.protocols import Ramp as Ramp
    from phasespace_qb.models.protocols import SmoothSwitch as SmoothSwitch
    from phasespace_qb.models.system import OpenSystem as OpenSystem
    from phasespace_qb.phase_space.integrators import BoundedTwoPoint as BoundedTwoPoint
    from phasespace_qb.phase_space.integrators import EulerMaruyama as EulerMaruyama
    from phasespace_qb.phase_space.integrators import ExponentialHeun as ExponentialHeun
    from phasespace_qb.phase_space.integrators import Heun as Heun
    from phasespace_qb.phase_space.integrators import Midpoint as Midpoint
    from phasespace_qb.phase_space.integrators import Noise as Noise
    from phasespace_qb.results.comparison import agreement as agreement
    from phasespace_qb.results.store import load as load
    from phasespace_qb.results.store import save as save
    from phasespace_qb.results.sweeps import agreement_by_point as agreement_by_point
    from phasespace_qb.results.sweeps import point as point
    from phasespace_qb.simulation import simulate as simulate
    from phasespace_qb.simulation import steady_state as steady_state
    from phasespace_qb.states.branches import TwoBranchState as TwoBranchState
    from phasespace_qb.states.density_matrix import DensityMatrix as DensityMatrix
    from phasespace_qb.states.gaussian import GaussianState as GaussianState
    from phasespace_qb.sweeping.protocol import sweep as sweep
    from phasespace_qb.threshold.location import locate_threshold as locate_threshold
    from phasespace_qb.threshold.relaxation import relaxation_time as relaxation_time
    from phasespace_qb.threshold.scaling import collapse as collapse
    from phasespace_qb.threshold.universal import universal_threshold as universal_threshold
    from phasespace_qb.two_time.averages import correlations as correlations
    from phasespace_qb.two_time.decay import correlation_time as correlation_time
    from phasespace_qb.two_time.decay import switching_time as switching_time
    from phasespace_qb.two_time.spectra import squeezing_spectrum as squeezing_spectrum
    from phasespace_qb.work.extraction import extractable_work as extractable_work

_WHERE = {
    "BoundedTwoPoint": "phase_space.integrators",
    "DensityMatrix": "states.density_matrix",
    "DopoBattery": "models.dopo",
    "EliminatedSteadyState": "methods",
    "Envelope": "models.drives",
    "EulerMaruyama": "phase_space.integrators",
    "ExponentialHeun": "phase_space.integrators",
    "GaussianState": "states.gaussian",
    "Heun": "phase_space.integrators",
    "Lindblad": "methods",
    "LinearNoise": "methods",
    "Midpoint": "phase_space.integrators",
    "Mode": "models.algebra",
    "NoSecondOrderEquation": "errors",
    "Noise": "phase_space.integrators",
    "OpenSystem": "models.system",
    "PhaseSpaceError": "errors",
    "PositiveP": "methods",
    "PulseTrain": "models.protocols",
    "Ramp": "models.protocols",
    "SmoothSwitch": "models.protocols",
    "SwitchedOff": "models.drives",
    "Tabulated": "models.drives",
    "TruncatedWigner": "methods",
    "TwoBranchState": "states.branches",
    "UnphysicalState": "errors",
    "agreement": "results.comparison",
    "agreement_by_point": "results.sweeps",
    "charging_cycles": "charging.cycling",
    "collapse": "threshold.scaling",
    "correlation_time": "two_time.decay",
    "correlations": "two_time.averages",
    "cycle": "discharging.protocol",
    "discharge": "discharging.protocol",
    "energy_balance": "charging.balance",
    "extractable_work": "work.extraction",
    "load": "results.store",
    "locate_threshold": "threshold.location",
    "modes": "models.algebra",
    "plot": "plot",
    "point": "results.sweeps",
    "relaxation_time": "threshold.relaxation",
    "save": "results.store",
    "simulate": "simulation",
    "squeezing_spectrum": "two_time.spectra",
    "steady_state": "simulation",
    "sweep": "sweeping.protocol",
    "switch_off": "charging.switching",
    "switching_time": "two_time.decay",
    "universal_threshold": "threshold.universal",
}

__all__ = sorted([*_WHERE, "__version__"])  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_WHERE[name]}")
    value = module if name == "plot" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
