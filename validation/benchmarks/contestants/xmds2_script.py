"""The equations as a script for XMDS2.

arrangement "multi-path, as printed": one trajectory after the other, as its manual has stochastic simulations; the
equations as printed, complex.
"lattice, as printed": the same equations; a transverse dimension numbers the trajectories, so that the innermost loop
runs over them.
"lattice, split by hand": that, with real and imaginary parts written apart by hand, which its compiler can vectorise:
the fastest found.
Noise from its fastest generator (solirte).  The option to add compiler flags breaks the compilation of 3.1.0; its own
are -O3 -march=native -ffast-math, and wider vectors or fewer unrolled loops on top of these change nothing.
"""

from validation.benchmarks.contestants import GAMMA_P, GAMMA_S, PUMP, Work

LATTICE = 2048
"""Trajectories of one lattice; those of 256 to 2048 are equally fast, smaller ones slower."""
ALGORITHMS = {
    "euler": 'algorithm="SI" iterations="1"',
    "midpoint": 'algorithm="SI" iterations="2"',
    "runge-kutta": 'algorithm="RK4"',
}
"""Its semi-implicit algorithm is Euler's step in Itô's sense with one iteration, the midpoint rule with two."""

COMPLEX = (
    "s u p q",
    """ds_dt = -0.5*gamma_s*s + kappa*u*p + sqrt(kappa*p)*w1;
          du_dt = -0.5*gamma_s*u + kappa*s*q + sqrt(kappa*q)*w2;
          dp_dt = -0.5*gamma_p*p - 0.5*kappa*s*s + drive;
          dq_dt = -0.5*gamma_p*q - 0.5*kappa*u*u + drive;""",
    "const complex x = s*u, y = s*s; n = x.Re(); pair = y.Re(); pump = p.Re(); square = x.Re()*x.Re();",
)
REAL = (
    "sr si ur ui pr pi qr qi",
    """const double pa = sqrt(0.5*kappa*(sqrt(pr*pr + pi*pi) + pr)), pb = 0.5*kappa*pi/(pa + 1e-300);
          const double qa = sqrt(0.5*kappa*(sqrt(qr*qr + qi*qi) + qr)), qb = 0.5*kappa*qi/(qa + 1e-300);
          dsr_dt = -0.5*gamma_s*sr + kappa*(ur*pr - ui*pi) + pa*w1;
          dsi_dt = -0.5*gamma_s*si + kappa*(ur*pi + ui*pr) + pb*w1;
          dur_dt = -0.5*gamma_s*ur + kappa*(sr*qr - si*qi) + qa*w2;
          dui_dt = -0.5*gamma_s*ui + kappa*(sr*qi + si*qr) + qb*w2;
          dpr_dt = -0.5*gamma_p*pr - 0.5*kappa*(sr*sr - si*si) + drive;
          dpi_dt = -0.5*gamma_p*pi - kappa*sr*si;
          dqr_dt = -0.5*gamma_p*qr - 0.5*kappa*(ur*ur - ui*ui) + drive;
          dqi_dt = -0.5*gamma_p*qi - kappa*ur*ui;""",
    "n = sr*ur - si*ui; pair = sr*sr - si*si; pump = pr; square = n*n;",
)
SCRIPT = """<?xml version="1.0" encoding="UTF-8"?>
<simulation xmds-version="2">
  <name>battery</name>
  <features>
    <precision>double</precision>
    <globals><![CDATA[
      const double kappa = {kappa!r}, gamma_s = {gamma_s!r}, gamma_p = {gamma_p!r}, drive = sqrt(gamma_p)*{pump!r};
    ]]></globals>
  </features>
  {driver}
  <geometry>
    <propagation_dimension>t</propagation_dimension>
    {geometry}
  </geometry>
  <vector name="main" type="{type}" {dimensions}>
    <components>{components}</components>
    <initialisation><![CDATA[ {start} ]]></initialisation>
  </vector>
  <noise_vector name="noise" {dimensions} kind="wiener" type="real" method="solirte" seed="1 2 3">
    <components>w1 w2</components>
  </noise_vector>
  <sequence>
    <integrate {algorithm} interval="{until!r}" steps="{steps}">
      <samples>{saves}</samples>
      <operators>
        <integration_vectors>main</integration_vectors>
        <dependencies>noise</dependencies>
        <![CDATA[
          {equations}
        ]]>
      </operators>
    </integrate>
  </sequence>
  <output format="ascii" filename="battery.xsil">
    <sampling_group {basis} initial_sample="yes">
      <moments>n pair pump square</moments>
      <dependencies>main</dependencies>
      <![CDATA[ {moments} ]]>
    </sampling_group>
  </output>
</simulation>
"""


def script(work: Work) -> str:
    """The whole file.  Raises: ValueError for a scheme or a number of trajectories that it does not do."""
    if work.scheme not in ALGORITHMS:
        raise ValueError(f"the scheme must be one of {', '.join(ALGORITHMS)} for XMDS2, got {work.scheme!r}.")
    width = lattice(work)
    if work.count % width:
        raise ValueError(f"the number of trajectories must be a multiple of {width} here, got {work.count}.")
    components, equations, moments = REAL if work.arrangement == "lattice, split by hand" else COMPLEX
    line = f'<dimension name="j" type="integer" lattice="{width}" domain="(0, {width - 1})"/>'
    paths = work.count // width
    return SCRIPT.format(
        kappa=work.kappa,
        gamma_s=GAMMA_S,
        gamma_p=GAMMA_P,
        pump=PUMP,
        driver=f'<driver name="multi-path" paths="{paths}"/>' if paths > 1 else "",
        geometry=f"<transverse_dimensions>{line}</transverse_dimensions>" if width > 1 else "",
        type="real" if work.arrangement == "lattice, split by hand" else "complex",
        dimensions='dimensions="j"' if width > 1 else "",
        components=components,
        start=" ".join(f"{name} = 0;" for name in components.split()),
        algorithm=ALGORITHMS[work.scheme],
        until=work.steps * work.step,
        steps=work.steps,
        saves=work.saves,
        equations=equations,
        basis='basis="j(0)"' if width > 1 else "",
        moments=moments,
    )


def lattice(work: Work) -> int:
    """Trajectories that are carried along together."""
    return 1 if work.arrangement == "multi-path, as printed" else min(LATTICE, work.count)
