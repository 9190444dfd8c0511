"""Small repairs at the compiler's spans: found by kind, cheapest first, compiled before they are offered."""
