"""Steady state of the oscillator whose pump mode has been eliminated, in closed form."""
