"""Planted bugs between the declared system and its stochastic equations."""

from validation.planted.bug import Bug

DERIVATION: tuple[Bug, ...] = (
    Bug(
        "alpha-and-alpha-plus-exchanged",
        "swap",
        "Averages of positive-P trajectories are read with alpha-plus standing for the annihilation operator and alpha "
        "for the creation operator.",
        "phase_space/representations/positive_p.py",
        "symbols=tuple((2 * j, 2 * j + 1)",
        "symbols=tuple((2 * j + 1, 2 * j)",
    ),
    Bug(
        "commutator-with-opposite-sign",
        "sign",
        "The phase-space equations are derived from +i[H, rho] in place of -i[H, rho].",
        "phase_space/representations/base.py",
        "        yield -1j * value, drives, monomial, ()\n        yield 1j * value, drives, (), monomial",
        "        yield 1j * value, drives, monomial, ()\n        yield -1j * value, drives, (), monomial",
    ),
    Bug(
        "diagonal-diffusion-halved",
        "factor",
        "The coefficient of a second derivative with respect to one variable is taken for the diffusion itself, "
        "without the factor of two that the one half in the Fokker-Planck equation asks for.",
        "phase_space/representations/base.py",
        "weight = 2 if i == j else 1",
        "weight = 1",
    ),
    Bug(
        "correlated-noise-conjugated",
        "conjugate",
        "The factorisation of a complex symmetric diffusion matrix returns the factor of its complex conjugate.",
        "phase_space/representations/diffusion.py",
        "np.block([[matrix.real, matrix.imag], [matrix.imag, -matrix.real]])",
        "np.block([[matrix.real, -matrix.imag], [-matrix.imag, -matrix.real]])",
    ),
    Bug(
        "ito-stratonovich-sign",
        "sign",
        "The correction that turns an Ito drift into the Stratonovich one is applied with the wrong sign.",
        "phase_space/equations.py",
        "sign = 1 if calculus is Calculus.STRATONOVICH else -1",
        "sign = -1 if calculus is Calculus.STRATONOVICH else 1",
    ),
    Bug(
        "start-partner-unconjugated",
        "conjugate",
        "In the positive-P representation a coherent start sets alpha-plus to the amplitude, not to its conjugate.",
        "phase_space/representations/positive_p.py",
        "for z in (a, a.conjugate())",
        "for z in (a, a)",
    ),
    Bug(
        "wigner-start-without-vacuum",
        "vacuum",
        "Truncated-Wigner trajectories start at the coherent amplitude itself, without the fluctuations of the vacuum.",
        "phase_space/representations/wigner.py",
        "start_variance=VACUUM_VARIANCE,",
        "start_variance=0.0,",
    ),
    Bug(
        "positive-p-partners-share-noise",
        "reused noise",
        "All variables with noise of their own, alpha and alpha-plus among them, are driven by one Wiener process in "
        "place of independent ones.",
        "phase_space/representations/diffusion.py",
        "diffusion[group[0], group[0]]))\n            count += 1\n",
        "diffusion[group[0], group[0]]))\n",
    ),
    Bug(
        "wigner-modes-share-noise",
        "reused noise",
        "In the truncated-Wigner equations the vacuum noise of the second mode reuses that of the first.",
        "phase_space/representations/wigner.py",
        "    count = 0\n    for correlated in connected(diffusion):\n",
        "    for correlated in connected(diffusion):\n        count = 0\n",
    ),
    Bug(
        "normal-order-without-commutators",
        "missing term",
        "A product of operators is brought to normal order by moving the creation operators to the left, without the "
        "commutators.",
        "models/algebra.py",
        "for j in range(min(n, k) + 1)",
        "for j in range(1)",
    ),
)
