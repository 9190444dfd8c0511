"""How well errors are repaired: runs over koans, their figures, gates and plots."""
