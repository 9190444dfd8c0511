"""Where patches come from: the compiler, earlier fixes, the model; and the ladder that climbs them."""
