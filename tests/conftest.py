"""One kernel cache for the whole session, figures without a screen, and the same examples in every run."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import settings

# A shell that runs the tests in the background has them ignore Ctrl-C, and so would the processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything of the package is loaded: the folder in use is looked up once for each value of the variable.
KERNELS = tempfile.mkdtemp(prefix="phasespace_qb-tests-")
os.environ["PHASESPACE_QB_CACHE"] = KERNELS
os.environ["MPLBACKEND"] = "Agg"

settings.register_profile("phasespace_qb", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("phasespace_qb")


# The fast tier compiles at most 25 kernels; these tests want further ones and run with the slow tier, as CI does.
OWN_KERNELS = (
    "*test_bounded_scheme.py::*by shape*",
    "*test_bounded_scheme.py::test_no_trajectory_leaves_the_square*",
    "*test_companion.py::*four points*",
    "*test_companion.py::test_coarse_half*Euler*",
    "*test_exponential.py::*midpoint*",
    "*test_exponential.py::*battery, Wigner*",
    "*test_exponential.py::*complex pump*",
    "*test_exponential.py::*swept detuning*",
    "*test_exponential.py::*ring of five*",
    "*test_exponential.py::test_principal_roots*",
    "*test_exponential.py::test_a_pump_of_the_other_sign*",
    "*test_bounded_scheme.py::test_steady_state_is_the_closed_form*",
    "*test_real_path.py::*ring*",
    "*test_real_path.py::*by shape*",
    "*test_real_path.py::*midpoint*",
    "*test_real_path.py::*exponential*",
    "*test_real_path.py::*four points*",
    "*test_real_path.py::*eliminated, Heun*",
    "*test_real_path.py::test_a_mistake_is_seen?one step*",
    "*test_real_path.py::test_a_mistake_is_seen?negative*",
    "*test_real_path.py::test_a_mistake_is_seen?another*",
    "*test_kernels.py::*two modes, positive-P*",
    "*test_kernels.py::test_a_system_at_rest*",
    "*test_ensemble.py::test_amplifier_has_its_exact_moments*",
    "*test_accuracy_control.py::test_a_driven_kerr_cavity*",
    "*test_linear_noise.py::test_it_agrees_with_trajectories?steady branch, detuned*",
    "*test_kernels.py::*two modes, Euler*",
    "*test_kernels.py::*ring, Wigner, Euler*",
    "*test_kernels.py::*eliminated, Wigner, Heun*",
    "*test_simulation.py::test_a_pump_that_is_off_stores_nothing*",
    "*test_simulation.py::test_the_storage_mode_can_be_chosen*",
    "*test_simulation.py::test_a_users_kerr_cavity*",
    "*test_trust.py::test_a_phase_symmetric_laser*",
    "*test_trust.py::test_a_joint_parity_counts*",
    "*test_trust.py::test_a_linear_system_is_gaussian*",
    "*test_trust.py::test_a_kerr_cavity_is_doubted*",
    "*test_estimator.py::test_one_gaussian_takes_over*",
    "*test_estimator.py::test_a_linear_system_is_gaussian*",
    "*test_estimator.py::test_a_state_that_lies_across*",
    "*test_hazards.py::test_a_bright_mode_beside_it*",
    "*test_density.py::test_a_detuned_battery*",
)
# Long ones whose physics a shorter test of the fast tier, or a claim of the validation, covers as well.
LONG = (
    "*test_against_master_equation.py::test_positive_p_agrees_with_the_master_equation",
    "*test_against_master_equation.py::test_the_standard_errors_are_small_enough*",
    "*test_balance.py::test_a_battery_whose_drive_ends*",
    "*test_balance.py::test_a_drive_is_known_by_its_values*tabulated*",
    "*test_balance.py::test_energy_is_conserved_under_any_drive?detuned*",
    "*test_balance.py::test_the_master_equation_conserves_energy_up_to_the_grid*",
    "*test_charging_curve.py::test_a_charging_curve_is_covered_by_its_errors*",
    "*test_cutoffs.py::test_a_hopeless_search*",
    "*test_cutoffs.py::test_a_search_for_a_steady_state_begins*",
    "*test_steady.py::test_two_modes*",
    "*test_steady.py::test_slow_modes_are_the_eigenvalues*1.2-1.0-0.0-0.0*",
    "*test_steady.py::test_slow_modes_are_the_eigenvalues*1.3-0.6-0.7-0.0*",
    "*test_accuracy.py::test_trusted_runs_agree?switched off*",
    "*test_accuracy.py::test_trusted_steady_states_agree?0.5*",
    "*test_cli_discharge.py::test_its_own_files_can_be_drawn_again*",
    "*test_examples.py::*04_ring_of_oscillators*",
    "*test_examples.py::*12_what_a_verdict_protects_you_from*",
    "*test_examples.py::*16_bistability*",
)

# Measures that must not be met by accident have three seeds (or pumps) or more; CI runs one of each.
FURTHER_SEEDS = (
    "*test_against_master_equation.py::*for_further_seeds*",
    "*test_charging_curve.py::test_the_papers_curves_are_covered_by_their_errors?2.*",
    *(f"*test_correlations.py::test_spectra_*?{seed}?" for seed in (2, 3)),
    *(f"*test_correlations.py::test_switching_is_the_exact_gap?{seed}-*" for seed in (2, 3)),
    *(f"*test_from_trajectories.py::test_they_are_met_within_one_percent?{seed}?" for seed in (2, 3)),
    *(f"*test_trust.py::test_spectra_of_a_detuned_amplifier*?{seed}?" for seed in (2, 3, 4)),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move tests with kernels of their own, and long ones, to the slow tier."""
    for item in items:
        if any(fnmatch(item.nodeid, pattern) for pattern in OWN_KERNELS + LONG):
            item.add_marker(pytest.mark.slow)
        if any(fnmatch(item.nodeid, pattern) for pattern in FURTHER_SEEDS):
            item.add_marker(pytest.mark.further_seed)


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_removed_at_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Says how many kernels the session compiled: they are most of its time."""
    yield
    modules = [path.read_text(encoding="utf-8") for path in Path(KERNELS).glob("*/*.py")]
    count = sum("def advance" in module for module in modules)
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{count} kernels and {len(modules) - count} other modules compiled")
    shutil.rmtree(KERNELS, ignore_errors=True)
