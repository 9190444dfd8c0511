"""The families of koans, one module each, by group. `sleepy_koans.family.families` finds them."""
