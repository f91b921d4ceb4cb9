"""Other people's programs, asked the same questions: sdeint, QuTiP and The Walrus."""
