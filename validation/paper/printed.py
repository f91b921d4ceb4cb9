"""What the paper reports: numbers as printed there, and whether we expect to reproduce them.  Data only."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Claim:
    """One number of the paper.

    kind: a fitted "parameter", a "correlation" coefficient, or a number that the text "read"s off a curve.
    margin: half a unit of its last digit; of a number that is read, how far "about" reaches.
    reproduced: frozen; whether its cutoffs gave this number when the audit was written.
    """

    key: str
    figure: str
    quantity: str
    value: float
    margin: float
    kind: Literal["parameter", "correlation", "read"]
    reproduced: bool = True


CLAIMS = {
    claim.key: claim
    for claim in (
        Claim("W_32", "2", "W_ss, F_p = 3, N_s = 32", 14.0, 0.5, "read"),
        Claim("W_36", "2", "W_ss, F_p = 3, N_s = 36", 14.5, 0.25, "read"),
        Claim("W_slope", "3b", "slope of ln W_ss", 2.742, 5e-4, "parameter"),
        Claim("W_intercept", "3b", "intercept of ln W_ss", -5.330, 5e-4, "parameter"),
        Claim("W_r", "3b", "|r| of ln W_ss", 0.9974, 5e-5, "correlation"),
        Claim("onset", "4", "γ_s t where W^i sets in (1 % of W^i_ss)", 8.0, 1.0, "read"),
        Claim("coherent_peak", "4", "γ_s t of the largest W^c", 10.0, 1.0, "read", reproduced=False),
        Claim("c_slope", "5b", "slope of ln W^c, pump off", -1.127, 5e-4, "parameter"),
        Claim("c_intercept", "5b", "intercept of ln W^c", 47.17, 5e-3, "parameter"),
        Claim("c_r", "5b", "|r| of ln W^c", 0.9996, 5e-5, "correlation"),
        Claim("i_slope", "5b", "slope of ln W^i, pump off", -2.082, 5e-4, "parameter"),
        Claim("i_intercept", "5b", "intercept of ln W^i", 85.48, 5e-3, "parameter"),
        Claim("i_r", "5b", "|r| of ln W^i", 0.9881, 5e-5, "correlation"),
        Claim("power_peak", "6a", "γ_s t of the largest P, F_p = 3", 10.0, 1.0, "read"),
        Claim("P_slope", "6b", "slope of ln P_max", 2.049, 5e-4, "parameter"),
        Claim("P_intercept", "6b", "intercept of ln P_max", -6.222, 5e-4, "parameter"),
        Claim("P_r", "6b", "|r| of ln P_max", 0.9995, 5e-5, "correlation"),
        Claim("height", "7b", "Eq. (18): height of W^c_ss", 8.2016, 5e-5, "parameter"),
        Claim("steepness", "7b", "Eq. (18): steepness", 5.4097, 5e-5, "parameter"),
        Claim("middle", "7b", "Eq. (18): middle, F_p", 2.3605, 5e-5, "parameter"),
        Claim("steepest", "7b", "F_p of the largest dW^c_ss/dF_p", 2.4, 0.1, "read"),
        Claim("saturation", "7b", "W^c_ss at F_p = 3.5 (“approaches 8.0”)", 8.0, 0.25, "read"),
        Claim("eta", "8", "largest η_a at g_a = 10", 0.43, 0.005, "read"),
        Claim("eta_strong", "8", "largest η_a at g_a = 17 (“saturates”)", 0.43, 0.005, "read", reproduced=False),
    )
}
