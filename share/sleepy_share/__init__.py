"""The Share method: one low-rank subspace for all repositories, a few coefficients for each."""
