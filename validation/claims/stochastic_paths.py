"""Single paths: random numbers, compiled kernels term by term, and sdeint on the same Wiener increments."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from phasespace_qb.phase_space.integrators import EulerMaruyama, ExponentialHeun, Heun, Midpoint, Noise
from phasespace_qb.phase_space.interpreter import interpret
from phasespace_qb.phase_space.representations.positive_p import PositivePRules
from phasespace_qb.phase_space.representations.wigner import WignerRules
from validation.evidence import Comparison, Subject, compare
from validation.referees import sdeint
from validation.references.battery import PAPER
from validation.references.langevin_equations import Battery, Resonator
from validation.routes.single_paths import Sample, drawn, sample, words

SUBJECT = Subject("Stochastic equations with closed solutions")

Paths = NDArray[np.complex128]
ROUNDING = 1e-11
"""Of numbers of order one after a hundred steps: 10⁻¹⁶ each, in another order of summation, and what growth makes of
it; 10⁻¹⁴ is typical."""
STEP = 0.01
TIMES = [0.0, 0.1, 0.16, 0.4]
CHOSEN = [0, 1, 77, 127, 128, 200, 299]
"""Trajectories that are compared, of 300: both ends of a group of 128 that is integrated together, and the next."""
LONG, LONG_STEP = [0.0, 0.12, 0.2, 1.6], 0.02
CROSSING = [0, 14, 42, 90, 128, 160, 299]
"""Trajectories among which there are some whose complex root crosses the negative axis between two stages."""
SCHEMES = (EulerMaruyama(), Heun(), Midpoint(), ExponentialHeun())


@SUBJECT.claim(
    "The random numbers are, bit by bit, those of the published recipes from the same seed: xoshiro256++, of which "
    "each trajectory has a generator of its own; Gaussian ones ξ = √(−2 ln u)·(cos φ, sin φ) by Box and Muller from "
    "two halves of a word; four-point ones ±√(1+√6) or ±√(1−√⅔), as three bits of a word say.",
    route="random numbers of three groups of 128 trajectories from the compiled generator",
    referee="the generator once more, written out in NumPy with its logarithm and sine in double precision",
    source="Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021); Box and Muller, Ann. Math. Stat. 29, 610 (1958)",
    control="a variance that is 1 % larger",
)
def random_numbers() -> Iterator[Comparison]:
    """Four numbers per step and trajectory."""
    rounds, tiles = 6, 3
    bits = words(tiles, rounds)
    halves = bits.view(np.int32).reshape(rounds, tiles, 2, 128)
    # Rounded to single precision as it is declared; where u is nearly 1 its logarithm depends on that.
    uniform = (((halves[:, :, 0] >> 1) & 0x7FFFFFFF) | 1).astype(np.float32).astype(float) * 2.0**-31
    radius, angle = np.sqrt(-2 * np.log(uniform)), halves[:, :, 1] * (np.pi * 2.0**-31)
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    normal = pairs.reshape(rounds // 2, 4, -1)
    found = drawn(Noise.GAUSSIAN, rounds // 2, 4, 128 * tiles)
    # Polynomials in single precision: 10⁻⁷ of numbers up to 6.
    few = np.s_[:, :, CHOSEN]
    yield from compare(
        "Gaussian numbers", found[few].ravel(), normal[few].ravel(), wrong=1.01**0.5 * normal[few].ravel(), known=3e-6
    )
    largest, planted = np.abs(found - normal).max(), (1.01**0.5 - 1) * np.abs(normal).max()
    yield from compare("largest difference among all Gaussian numbers", largest, 0.0, wrong=planted, known=3e-6)

    top = bits >> np.uint64(40)
    sizes = np.array([np.sqrt(1 + np.sqrt(6)), np.sqrt(1 - np.sqrt(2 / 3))])
    values = []
    for shift in (0, 4):
        three = (top >> np.uint64(shift)) & np.uint64(7)
        values.append(np.where(three & 3, sizes[1], sizes[0]) * np.where(three & 4, 1, -1))
    cheap = np.stack(values, axis=1).reshape(rounds // 2, 4, -1)
    found = drawn(Noise.FOUR_POINT, rounds // 2, 4, 128 * tiles)
    yield from compare(
        "four-point numbers", found[few].ravel(), cheap[few].ravel(), wrong=1.01**0.5 * cheap[few].ravel(), known=3e-7
    )


@SUBJECT.claim(
    "For the driven Kerr resonator, H = Δa†a + (U/2)a†²a² + [i(ε/2)a†² + Fa† + h.c.] with losses γD[a] and ΓD[a²], "
    "and a dephased mode beside it, H = ωb†b with Γ_φD[b†b], the equations that the library derives from these "
    "operators and integrates in compiled code take the paths of the published Itô equations, typed by hand.",
    route="positive-P, Euler's scheme, compiled, seven of 300 trajectories",
    referee="sdeint.itoEuler on the same Wiener increments",
    source="Drummond and Gardiner, J. Phys. A 13, 2353 (1980); Drummond and Walls, J. Phys. A 13, 725 (1980), with the "
    "parametric drive and the two-photon loss of Drummond, McNeil and Walls, Opt. Acta 28, 211 (1981)",
    control="noise of 2 % more variance",
)
def sdeint_resonator_ito() -> Iterator[Comparison]:
    """α, α⁺ of the resonator and β, β⁺ of the dephased mode."""
    model = Resonator()
    run = sample(PositivePRules().equations(model.system()), EulerMaruyama(), TIMES, STEP, 300)
    ours, right = against(run, TIMES, sdeint.Scheme.ITO_EULER, model.positive_p, model.positive_p_noise)
    _, wrong = against(
        run, TIMES, sdeint.Scheme.ITO_EULER, model.positive_p, lambda y, t: 1.02**0.5 * model.positive_p_noise(y, t)
    )
    yield from by_variable(("α", "α⁺", "β", "β⁺"), ours, right, wrong)


@SUBJECT.claim(
    "Read in the sense of Stratonovich, the drift of variable i is smaller by ½ Σ_jl B_jl ∂_j B_il: for the driven "
    "Kerr resonator with parametric drive and two-photon loss, and a dephased mode, the equations that the library "
    "converts take the paths of those converted by hand.",
    route="positive-P equations converted by the library, Heun's scheme, compiled, seven of 300 trajectories",
    referee="sdeint.stratHeun on the same Wiener increments",
    source="Gardiner, Handbook of Stochastic Methods, Sec. 4.3; Drummond and Walls, J. Phys. A 13, 725 (1980)",
    control="the correction of the drift with the opposite sign",
)
def sdeint_resonator_stratonovich() -> Iterator[Comparison]:
    """α, α⁺ of the resonator and β, β⁺ of the dephased mode."""
    model = Resonator()
    run = sample(PositivePRules().equations(model.system()), Heun(), TIMES, STEP, 300)
    ours, right = against(
        run, TIMES, sdeint.Scheme.STRATONOVICH_HEUN, partial(model.positive_p, correction=1.0), model.positive_p_noise
    )
    _, wrong = against(
        run, TIMES, sdeint.Scheme.STRATONOVICH_HEUN, partial(model.positive_p, correction=-1.0), model.positive_p_noise
    )
    yield from by_variable(("α", "α⁺", "β", "β⁺"), ours, right, wrong)


@SUBJECT.claim(
    "The truncated-Wigner equations of the driven Kerr resonator with parametric drive and two-photon loss Γ, whose "
    "noise grows with the amplitude, ⟨|dα|²⟩ = [γ/2 + Γ(2|α|² − 1)]dt, take the paths of the c-number Langevin "
    "equations typed by hand.",
    route="truncated Wigner, converted by the library, Heun's scheme, compiled, seven of 300 trajectories",
    referee="sdeint.stratHeun on the same Wiener increments",
    source="Gardiner and Zoller, Quantum Noise",
    control="the drift of the Kerr term and of the two-photon loss ordered normally, |α|² instead of |α|² − 1",
)
def sdeint_resonator_wigner() -> Iterator[Comparison]:
    """α of the resonator alone."""
    model = Resonator()
    run = sample(WignerRules().equations(model.system(dephased=False)), Heun(), TIMES, STEP, 300)

    def converted(y: Paths, t: float) -> Paths:
        return model.wigner(y, t, 1.0)

    def normally_ordered(y: Paths, t: float) -> Paths:
        return converted(y, t) - (model.two_photon + 1j * model.kerr) * y

    ours, right = against(run, TIMES, sdeint.Scheme.STRATONOVICH_HEUN, converted, model.wigner_noise)
    _, wrong = against(run, TIMES, sdeint.Scheme.STRATONOVICH_HEUN, normally_ordered, model.wigner_noise)
    yield from by_variable(("α",), ours, right, wrong)


JUMP = 0.16


def _pump(t: float) -> complex:
    """Grows, and is cut to a third and turned at t = 0.16 (units √γ_s, with γ_s the unit of rates)."""
    return (2.1 - 1.3j) * (1 + 1.5 * t) * (1.0 if t < JUMP else 0.3 + 0.15j)


@SUBJECT.claim(
    "The positive-P equations that the library derives for the detuned battery, H = Δa_s†a_s + [i(κ/2)a_s†²a_p + "
    "i√γ_pF_p a_p† + h.c.], and integrates in compiled code take the paths of the published ones, typed by hand, with "
    "a complex pump that changes in time and jumps between two steps.",
    route="positive-P, Heun's scheme, compiled, seven of 300 trajectories, save times that are not equidistant",
    referee="sdeint.stratHeun on the same Wiener increments, before and after the jump",
    source=f"Drummond, McNeil and Walls, Opt. Acta 28, 211 (1981); {PAPER}, Eqs. (6)–(8)",
    control="a detuning of the opposite sign in the signal, and 2 % more loss of the pump mode",
)
def sdeint_battery_positive_p() -> Iterator[Comparison]:
    """α and α⁺ of signal and pump."""
    model = Battery(_pump, JUMP)
    wrong_model = Battery(_pump, JUMP, detuning=-model.detuning, pump_loss=1.02 * model.pump_loss)
    run = sample(PositivePRules().equations(model.system()), Heun(), TIMES, STEP, 300)
    scheme = sdeint.Scheme.STRATONOVICH_HEUN
    ours, right = against(run, TIMES, scheme, model.positive_p, model.positive_p_noise, JUMP)
    _, wrong = against(run, TIMES, scheme, wrong_model.positive_p, model.positive_p_noise, JUMP)
    yield from by_variable(("α_s", "α_s⁺", "α_p", "α_p⁺"), ours, right, wrong)


@SUBJECT.claim(
    "The truncated-Wigner equations that the library derives for the detuned battery, H = Δa_s†a_s + [i(κ/2)a_s†²a_p "
    "+ i√γ_pF_p a_p† + h.c.], and integrates in compiled code take the paths of those typed by hand: the drift of the "
    "mean field, and noise of the variance ⟨|dα_j|²⟩ = (γ_j/2)dt on each mode.",
    route="truncated Wigner, Heun's scheme, compiled, seven of 300 trajectories from vacuum fluctuations",
    referee="sdeint.stratHeun on the same Wiener increments, before and after the jump",
    source=f"{PAPER}, Eqs. (10)–(11)",
    control="noise of 2 % more variance",
)
def sdeint_battery_wigner() -> Iterator[Comparison]:
    """Amplitudes of signal and pump."""
    model = Battery(_pump, JUMP)
    run = sample(WignerRules().equations(model.system()), Heun(), TIMES, STEP, 300)
    scheme = sdeint.Scheme.STRATONOVICH_HEUN
    ours, right = against(run, TIMES, scheme, model.wigner, model.wigner_noise, JUMP)
    _, wrong = against(run, TIMES, scheme, model.wigner, lambda y, t: 1.02**0.5 * model.wigner_noise(y, t), JUMP)
    yield from by_variable(("α_s", "α_p"), ours, right, wrong)


@SUBJECT.claim(
    "The compiled code of four schemes – Euler's, Heun's, the midpoint scheme, and Heun's with an exact linear part – "
    "makes the steps that the equations say, term by term, with a root that keeps its branch within a step; and so "
    "does the companion run with steps of twice the length, which sees the same Wiener path.",
    route="300 compiled trajectories of a driven Kerr resonator with parametric drive and two-photon loss, beside a "
    "dephased mode, positive-P, four schemes",
    referee="the library's interpreter, which steps the same equations in NumPy and shares no code with the generator "
    "of the compiled code, on the same random numbers; that the equations are right other claims show, by sdeint",
    source="Runge–Kutta tableaux as the schemes declare them",
    control="noise of 2 % more variance",
)
def compiled_steps_are_those_of_the_equations() -> Iterator[Comparison]:
    """All variables at three times, by single and by doubled steps."""
    equations = PositivePRules().equations(Resonator().system())
    for scheme in SCHEMES:
        run = sample(equations, scheme, LONG, LONG_STEP, 300)
        pairs = (run.numbers[::2] + run.numbers[1::2]) / np.sqrt(2)
        first = CROSSING[:4]
        # The kernel adds the numbers of two steps in single precision.
        for steps, found, schedule, numbers, known in (
            ("single steps", run.paths[..., CROSSING], run.schedule, run.numbers[..., CROSSING], ROUNDING),
            ("doubled steps", run.doubled[..., first], run.schedule.in_pairs(), pairs[..., first], 1e-6),
        ):
            by_hand, wrong = (
                interpret(run.equations, scheme, schedule, found[0], size * numbers)[1:].ravel()
                for size in (1.0, 1.02**0.5)
            )
            quantity = f"amplitudes by {name_of(scheme)}, {steps}"
            yield from compare(quantity, found[1:].ravel(), by_hand, wrong=wrong, known=known)


def name_of(scheme: object) -> str:
    """What a scheme is called."""
    return {
        "EulerMaruyama": "Euler's scheme",
        "Heun": "Heun's scheme",
        "Midpoint": "the midpoint scheme",
        "ExponentialHeun": "Heun's scheme with an exact linear part",
    }[type(scheme).__name__]


Function = Callable[[Paths, float], Paths]


def against(
    run: Sample,
    times: list[float],
    scheme: sdeint.Scheme,
    drift: Function,
    noise: Function,
    jump: float = 0.0,
    lanes: list[int] = CHOSEN,
) -> tuple[Paths, Paths]:
    """Chosen trajectories and sdeint's on the same increments, at all saves but the first: [save, variable, path]."""
    edges = run.step * np.arange(len(run.numbers) + 1)
    steps, before = len(run.numbers), round(jump / run.step)
    wiener = run.wiener[..., lanes].transpose(2, 0, 1)
    found = np.empty((len(lanes), steps + 1, run.paths.shape[1]), dtype=complex)
    found[:, 0] = run.paths[0][:, lanes].T
    # sdeint looks at the end of a step from its inside only if the jump is the end of its run, and at its start too.
    for first, last, shift in ((0, before, -1e-12), (before, steps, 1e-12)):
        if last > first:
            inside = slice(first, last)
            found[:, first : last + 1] = sdeint.paths(
                scheme,
                _shifted(drift, shift),
                _shifted(noise, shift),
                found[:, first],
                edges[first : last + 1],
                wiener[:, inside],
            )
    return run.paths[1:][..., lanes], found[:, [round(t / run.step) for t in times[1:]]].transpose(1, 2, 0)


def _shifted(function: Function, shift: float) -> Function:
    """The function a little later."""
    return lambda y, t: function(y, t + shift)


def by_variable(names: tuple[str, ...], ours: Paths, right: Paths, wrong: Paths) -> Iterator[Comparison]:
    """One comparison for each variable, of its values on all paths at all times."""
    labels = [f"t = {t}, trajectory {lane}" for t in TIMES[1:] for lane in CHOSEN]
    for variable, name in enumerate(names):
        yield from compare(
            f"amplitude {name}",
            ours[:, variable].ravel(),
            right[:, variable].ravel(),
            wrong=wrong[:, variable].ravel(),
            known=ROUNDING,
            labels=labels,
        )
