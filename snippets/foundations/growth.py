"""How fast something grows, and what a training run computes: two formulas for large numbers."""

from math import log2

from snippets.checks import check_positive


def doubling_time(months: float, growth: float) -> float:
    """Months per doubling of what grew by the factor ``growth`` within some months.

    Steady growth is assumed: log2(growth) doublings of equal length. ValueError unless
    ``months`` is above 0 and ``growth`` above 1.
    """
    check_positive(months=months)
    if not growth > 1:
        raise ValueError(f"growth={growth} must be above 1: nothing doubles")
    return months / log2(growth)  # (!)


def training_flops(parameters: float, tokens: float) -> float:
    """Operations of a training run, about 6 per parameter and token (Kaplan et al. 2020).

    Of a mixture of experts, the parameters are those that are active for a token. The scores of
    attention come on top.
    """
    check_positive(parameters=parameters, tokens=tokens)
    return 6 * parameters * tokens  # (!)
