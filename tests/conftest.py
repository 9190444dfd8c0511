"""What all tests share."""

from hypothesis import settings

# How long an example takes says more about what else the machine does than about the code; `make bench` measures that.
settings.register_profile("sleepy", deadline=None)
settings.load_profile("sleepy")
