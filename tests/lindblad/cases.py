"""Open systems for the tests of the exact solver, and the same systems in QuTiP and as dense matrices."""

from functools import reduce
from itertools import pairwise

import numpy as np
import qutip

import phasespace_qb as qb
from phasespace_qb.lindblad.basis import FockBasis
from phasespace_qb.lindblad.generator import Generator
from phasespace_qb.lindblad.run import Start, _initial
from phasespace_qb.lindblad.stencil import Stencil

COMPLEX_PUMP = 1.4 * np.exp(0.7j)
TIGHT = {"method": "vern9", "atol": 1e-13, "rtol": 1e-11, "nsteps": 1_000_000, "progress_bar": ""}


def driven_kerr(detuning=0.7, strength=0.4):
    """Driven Kerr cavity with photon loss, two-photon loss, dephasing and gain: no symmetry, complex."""
    (a,) = qb.modes("cavity")
    hamiltonian = -detuning * a.dag * a + strength * a.dag**2 * a**2 + 0.6 * (a.dag + a)
    return qb.OpenSystem(hamiltonian, {a: 1.0, a**2: 0.15, a.dag * a: 0.2, a.dag: 0.1})


def coupled_oscillators(coupling=0.5, squeezing=0.5):
    """Two parametric oscillators that exchange quanta: only their joint parity is conserved."""
    a, b = qb.modes("first", "second")
    pair = 0.5j * squeezing * (a.dag**2 + 0.7 * b.dag**2)
    exchange = coupling * a.dag * b
    return qb.OpenSystem(pair + pair.dag + exchange + exchange.dag, {a: 1.0, b: 1.3})


def three_modes(coupling=0.8, detuning=0.3):
    """Three modes that exchange quanta, fed and emptied incoherently: one block for each total number."""
    a, b, c = qb.modes("first", "second", "third")
    exchange = coupling * a.dag * b + 0.5 * b.dag * c
    hamiltonian = exchange + exchange.dag + detuning * c.dag * c
    return qb.OpenSystem(hamiltonian, {a: 1.0, b: 0.5, c: 0.7, a.dag: 0.4})


def summed_jump(second=0.5):
    """Driven cavity whose one jump operator is a + a²/2: both amplitudes interfere."""
    (a,) = qb.modes("cavity")
    return qb.OpenSystem(0.7 * (a.dag + a), {a + second * a**2: 1.0})


def coherent_start(amplitude=0.8 + 0.3j, detuning=0.2):
    """The battery from a coherent state of its signal mode: no parity."""
    battery = qb.DopoBattery(pump=1.2, kappa=0.8, gamma_p=8.0, detuning=detuning).system()
    signal, _ = qb.modes("signal", "pump")
    return qb.OpenSystem(battery.hamiltonian, battery.loss, {signal: amplitude})


def weights(polynomial, modes, cutoffs):
    """(dense matrix, drives) of each term, as products of truncated matrices."""
    for monomial, drives, value in polynomial:
        powers = {name: (m, n) for name, m, n in monomial}
        factors = []
        for name, cutoff in zip(modes, cutoffs, strict=True):
            a = np.diag(np.sqrt(np.arange(1.0, cutoff)), 1).astype(complex)
            m, n = powers.get(name, (0, 0))
            factors.append(np.linalg.matrix_power(a.T, m) @ np.linalg.matrix_power(a, n))
        yield value * reduce(np.kron, factors), drives


def dense(polynomial, modes, cutoffs, time=0.0):
    """The operator at one instant, (states, states)."""
    total = np.zeros((np.prod(cutoffs),) * 2, complex)
    for matrix, drives in weights(polynomial, modes, cutoffs):
        samples = [drive(np.array([time]))[0] for drive, _ in drives]
        total += matrix * np.prod([s.conj() if c else s for s, (_, c) in zip(samples, drives, strict=True)])
    return total


def dense_rate(system, cutoffs, rho, time=0.0):
    """−i[H, ρ] + Σ γ (LρL† − ½L†Lρ − ½ρL†L) with truncated matrices."""
    h = dense(system.hamiltonian, system.modes, cutoffs, time)
    rate = -1j * (h @ rho - rho @ h)
    for jump, gamma in system.loss.items():
        l = dense(jump, system.modes, cutoffs)
        number = l.conj().T @ l
        rate += gamma * (l @ rho @ l.conj().T - 0.5 * (number @ rho + rho @ number))
    return rate


def liouvillian(system, cutoffs):
    """The matrix of `dense_rate` on ρ as a vector, row by row."""
    size = int(np.prod(cutoffs))
    units = np.eye(size**2, dtype=complex).reshape(size**2, size, size)
    return np.array([dense_rate(system, cutoffs, unit).ravel() for unit in units]).T


def start_vector(system, cutoffs):
    """Amplitudes (states,) of the product of coherent states, normalised below the cutoffs."""
    parts = []
    for amplitude, cutoff in zip(system.start_amplitudes, cutoffs, strict=True):
        state = np.ones(cutoff, complex)
        for n in range(1, cutoff):
            state[n] = state[n - 1] * amplitude / np.sqrt(n)
        parts.append(state / np.linalg.norm(state))
    return reduce(np.kron, parts)


def reduced(rho, cutoffs, mode):
    """Partial trace over all modes but one, (N, N)."""
    return np.array(qutip.Qobj(rho, dims=[list(cutoffs)] * 2).ptrace(mode).full())


def in_qutip(system, times, cutoffs):
    """Reduced density matrices (T, N, N) of the storage mode by QuTiP's mesolve, restarted at each breakpoint."""
    dims = [list(cutoffs)] * 2

    def operator_of(matrix):
        return qutip.Qobj(matrix, dims=dims).to("CSR")  # a dense one would make the Liouvillian dense

    jumps = [np.sqrt(rate) * operator_of(dense(jump, system.modes, cutoffs)) for jump, rate in system.loss.items()]
    terms = [(operator_of(matrix), drives) for matrix, drives in weights(system.hamiltonian, system.modes, cutoffs)]
    start = start_vector(system, cutoffs)
    state = qutip.Qobj(np.outer(start, start.conj()), dims=dims)
    kinks = {b for _, drives in terms for drive, _ in drives for b in drive.breakpoints if 0 < b < times[-1]}
    found = {}
    for begin, end in pairwise([0.0, *sorted(kinks), times[-1]]):
        hamiltonian = qutip.QobjEvo(operator_of(np.zeros((len(start),) * 2)))
        for operator, drives in terms:
            hamiltonian += qutip.QobjEvo([[operator, _coefficient(drives, end)]]) if drives else operator
        inside = [t for t in times if begin < t < end]
        run = qutip.mesolve(hamiltonian, state, [begin, *inside, end], c_ops=jumps, options=TIGHT)
        found |= dict(zip([begin, *inside, end], run.states, strict=True))
        state = run.states[-1]
    mode = system.modes.index(system.storage_mode)
    return np.array([found[t].ptrace(mode).full() for t in times])


def _coefficient(drives, end):
    def value(t):
        instant = np.array([min(t, np.nextafter(end, 0.0))])
        samples = [drive(instant)[0] for drive, _ in drives]
        return complex(np.prod([s.conj() if c else s for s, (_, c) in zip(samples, drives, strict=True)]))

    return qutip.coefficient(value)


def stencil_of(system, cutoffs):
    """The tables of a system, as a run makes them."""
    basis = FockBasis(system.modes, cutoffs)
    generator = Generator.of(system, basis, system.start_amplitudes)
    initial = _initial(basis, Start(system.start_amplitudes, lost=1.0), generator.phases)
    return Stencil.of(generator, initial.occupied, initial.edges)
