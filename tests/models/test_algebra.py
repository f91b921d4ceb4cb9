"""Polynomials in a and a†: normal order against dense matrices, and the laws of an algebra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasespace_qb.models.algebra import Coefficient, Mode, Polynomial, as_polynomial, modes
from phasespace_qb.models.drives import Envelope, SwitchedOff
from tests.models.dense import low_levels, matrix

a, b = modes("a", "b")
REAL_DRIVE = SwitchedOff(2.0, 1.0)
COMPLEX_DRIVE = Envelope(lambda t: 1 + 2j * t, complex_valued=True)
CUTOFF, LEVELS = 14, 4

OPERATORS = [
    pytest.param([a, a.dag], id="a a†"),
    pytest.param([a**2, a.dag**2], id="a² a†²"),
    pytest.param([a**3, a.dag**2, a], id="a³ a†² a"),
    pytest.param([a * b, a.dag * b.dag], id="ab a†b†"),
    pytest.param([a.dag * a, b * b.dag, a.dag * a], id="n (m+1) n"),
    pytest.param([0.5j * a.dag**2 * b - 2 * b.dag, a + 3, b.dag - 1j * a], id="sums"),
    pytest.param([(a + a.dag) ** 4], id="x⁴"),
    pytest.param([REAL_DRIVE * a, COMPLEX_DRIVE * a.dag, COMPLEX_DRIVE.conjugate() * b.dag], id="drives"),
]


def misordering(factors: list[Polynomial], product: Polynomial) -> float:
    """Largest difference between the matrix of a product and the product of the matrices, away from the edge."""
    dense = np.eye(CUTOFF**2, dtype=complex)
    for factor in factors:
        dense = dense @ matrix(factor, ("a", "b"), CUTOFF, instant=0.3)
    ours = matrix(product, ("a", "b"), CUTOFF, instant=0.3)
    return float(np.abs(low_levels(ours - dense, 2, CUTOFF, LEVELS)).max())


def in_order(factors: list[Polynomial]) -> Polynomial:
    """The product, the first factor leftmost."""
    product = as_polynomial(1)
    for factor in factors:
        product = product * factor
    return product


@pytest.mark.parametrize("factors", OPERATORS)
def test_product_is_normally_ordered_as_the_matrices_say(factors):
    assert misordering(factors, in_order(factors)) < 1e-10


@pytest.mark.parametrize("factors", OPERATORS[:4])
def test_reversed_product_would_be_noticed(factors):
    assert misordering(factors, in_order(factors[::-1])) > 0.5


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (a * a.dag - a.dag * a, as_polynomial(1)),
        (a * b.dag - b.dag * a, as_polynomial(0)),
        (a**2 * a.dag - a.dag * a**2, 2 * a),
        (a.dag * a * a.dag - a.dag * (a.dag * a), a.dag),
        (a * a.dag**3 - a.dag**3 * a, 3 * a.dag**2),
    ],
)
def test_commutators(operator, expected):
    assert operator == expected
    assert hash(operator) == hash(expected)


whole = st.integers(-3, 3)
numbers = st.builds(complex, whole, whole)
operators = st.sampled_from([a, a.dag, b, b.dag, a.dag * a, a * b, a**2, as_polynomial(1)])
coefficients = st.sampled_from([as_polynomial(1), REAL_DRIVE * 1, COMPLEX_DRIVE * 1, COMPLEX_DRIVE.conjugate()])
monomials = st.builds(lambda number, drive, left, right: number * drive * left * right,
                      numbers, coefficients, operators, operators)  # fmt: skip
polynomials = st.lists(monomials, max_size=3).map(lambda terms: sum(terms, as_polynomial(0)))


@given(polynomials, polynomials, polynomials)
def test_multiplication_is_associative(x, y, z):
    assert (x * y) * z == x * (y * z)


@given(polynomials, polynomials, polynomials)
def test_multiplication_distributes_over_addition(x, y, z):
    assert x * (y + z) == x * y + x * z
    assert (y + z) * x == y * x + z * x


@given(polynomials, polynomials)
def test_conjugation_reverses_products(x, y):
    assert (x * y).dag == y.dag * x.dag
    assert x.dag.dag == x


@given(polynomials, polynomials)
def test_addition_commutes_and_subtraction_undoes_it(x, y):
    assert x + y == y + x
    assert hash(x + y) == hash(y + x)
    assert (x + y) - y == x
    assert len(x - x) == 0


@given(polynomials)
def test_operator_plus_conjugate_is_hermitian(x):
    assert (x + x.dag).is_hermitian()
    assert (1j * (x - x.dag)).is_hermitian()


@given(polynomials)
def test_a_matrix_element_is_conjugated_and_transposed(x):
    ours, dense = matrix(x.dag, ("a", "b"), 6, 0.3), matrix(x, ("a", "b"), 6, 0.3)
    assert np.allclose(ours, dense.conj().T)


def test_drive_is_a_coefficient():
    driving = 1j * REAL_DRIVE * (a.dag - a)
    assert driving.is_hermitian()
    assert driving == 1j * (REAL_DRIVE * a.dag - a * REAL_DRIVE)
    assert not (REAL_DRIVE * (a.dag - a)).is_hermitian()
    assert not (COMPLEX_DRIVE * (a.dag + a)).is_hermitian()
    assert (COMPLEX_DRIVE * a.dag + COMPLEX_DRIVE.conjugate() * a).is_hermitian()


def test_drives_form_sums_with_numbers_and_cancel():
    assert as_polynomial(0) == REAL_DRIVE - REAL_DRIVE
    assert 1 - REAL_DRIVE == -(REAL_DRIVE - 1)
    assert 1 + REAL_DRIVE == REAL_DRIVE + 1
    assert REAL_DRIVE * COMPLEX_DRIVE * a == COMPLEX_DRIVE * (REAL_DRIVE * a)
    assert REAL_DRIVE.conjugate() == REAL_DRIVE * 1


def test_equal_drives_of_different_objects_are_one():
    assert SwitchedOff(2.0, 1.0) * a - SwitchedOff(2.0, 1.0) * a == as_polynomial(0)


@pytest.mark.parametrize("number", [np.float64(2), np.complex128(2), np.int64(2), 2])
def test_numpy_numbers_are_coefficients_from_either_side(number):
    assert number * a == a * number == 2 * a
    assert number * REAL_DRIVE == REAL_DRIVE * 2
    assert a / number == 0.5 * a


def test_names_and_text():
    assert (a * b.dag + 1).modes == ("a", "b")
    assert repr(2j * a.dag**2 * b) == "(0+2j) a.dag**2 b"
    assert repr(a - a) == "0"
    assert repr(as_polynomial(1.5)) == "1.5 1"
    assert a.name == "a"
    assert Mode("a") == a


def test_power_zero_is_the_identity():
    assert a**0 == as_polynomial(1)


def test_coefficient_samples_sums_of_products_of_drives():
    (_, drives, value), = 3 * REAL_DRIVE * COMPLEX_DRIVE.conjugate() * a  # fmt: skip
    coefficient = Coefficient(((value, drives), (1j, ())))
    times = np.array([0.0, 0.5, 1.0, 2.0])
    assert np.allclose(coefficient.sample(times), 3 * np.array([2, 2, 0, 0]) * (1 - 2j * times) + 1j)
    assert not coefficient.is_constant
    assert coefficient.breakpoints == {1.0}
    assert Coefficient(((1j, ()),)).is_constant


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: a**-1, ValueError, r"`power` must be a whole number from 0 to 12, got -1\."),
        (lambda: a**0.5, ValueError, r"`power` must be a whole number from 0 to 12, got 0\.5\."),
        (lambda: a**True, ValueError, r"`power` must be a whole number from 0 to 12, got True\."),
        (lambda: a**13, ValueError, r"`power` must be a whole number from 0 to 12, got 13\."),
        (lambda: a * float("nan"), ValueError, r"`coefficient` must be a finite number, got nan\."),
        (lambda: float("inf") * a, ValueError, r"`coefficient` must be a finite number, got inf\."),
        (lambda: REAL_DRIVE + float("nan"), ValueError, r"`coefficient` must be a finite number, got nan\."),
        (lambda: Mode("two words"), ValueError, r"`name` must be a Python identifier.*got 'two words'\."),
        (lambda: Mode(3), ValueError, r"`name` must be a Python identifier.*got 3\."),
        (lambda: modes("a", "a"), ValueError, r"`names` must be different from one another, got \('a', 'a'\)\."),
        (lambda: a * "b", TypeError, "unsupported operand|can't multiply"),
        (lambda: a + True, TypeError, "unsupported operand"),
        (lambda: a / b, TypeError, "unsupported operand"),
        (lambda: np.array([1.0, 2.0]) * a, TypeError, "unsupported operand"),
    ],
)
def test_refusals(action, error, message):
    with pytest.raises(error, match=message):
        action()
