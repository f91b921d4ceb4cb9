"""What the paper says in words, each sentence tested over λ = F_p/F_th and the noise parameter g²."""
