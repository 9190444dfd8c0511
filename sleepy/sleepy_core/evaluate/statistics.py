"""How much a difference of counts means: intervals of shares, and exact tests of pairs. Pure, without scipy."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb, sqrt

_Z = 1.959963984540054  # 95 % of a normal distribution lie within so many standard deviations


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson (1927): right for few trials, too, and never outside of 0 to 1."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    # At the ends the formula gives 0 and 1 but for rounding.
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == of else middle + half)


def mcnemar(won: int, lost: int) -> float:
    """How often chance alone makes so lopsided a split of the tasks that changed, either way (exact, two-sided).

    `won` tasks pass now and did not, `lost` ones passed and do not; those that did not change say nothing.
    """
    n = won + lost
    if n == 0:
        return 1.0
    tail = sum(comb(n, k) for k in range(min(won, lost) + 1))
    return min(1.0, 2 * tail / (1 << n))


def fisher(hits: int, of: int, then_hits: int, then_of: int) -> float:
    """How often so few of the first come as `hits` of `of`, if both are samples of the same (exact, one-sided)."""
    everything, all_hits = of + then_of, hits + then_hits
    fewest = max(0, of - (everything - all_hits))
    ways = sum(comb(all_hits, k) * comb(everything - all_hits, of - k) for k in range(fewest, hits + 1))
    return ways / comb(everything, of)


def sign_test(pairs: Iterable[tuple[float, float]]) -> float:
    """The same for measured values, before and after: which is larger counts, not by how much."""
    told = [after > before for before, after in pairs if after != before]
    return mcnemar(sum(told), len(told) - sum(told))
