"""Reference solutions that several chapters of claims share, written from published formulas."""
