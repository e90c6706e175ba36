"""Rules that tell running text from what else is on the web: lists, tables, code, and noise."""

import re

STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}


def quality_faults(text: str) -> list[str]:
    """The rules of Gopher's quality filter that a document breaks; none if it may stay.

    They are for English web pages (Rae et al. 2021, appendix A). A word is what white space
    separates.
    """
    words, lines = text.split(), [line.strip() for line in text.splitlines() if line.strip()]
    if not words:
        return ["no words"]
    mean = sum(map(len, words)) / len(words)
    symbols = max(text.count("#"), text.count("...") + text.count("…"))
    letters = sum(any(c.isalpha() for c in word) for word in words) / len(words)
    bullets = sum(line.startswith(("-", "*", "•")) for line in lines) / len(lines)
    cut_off = sum(line.endswith(("...", "…")) for line in lines) / len(lines)
    known = STOP_WORDS & set(re.findall("[a-z]+", text.lower()))
    rules = {
        f"{len(words)} words": 50 <= len(words) <= 100_000,
        f"mean word length {mean:.1f}": 3 <= mean <= 10,
        f"{symbols / len(words):.2f} symbols per word": symbols / len(words) <= 0.1,
        f"{1 - letters:.0%} of the words without a letter": letters >= 0.8,
        f"{bullets:.0%} of the lines are bullet points": bullets <= 0.9,
        f"{cut_off:.0%} of the lines end in an ellipsis": cut_off <= 0.3,
        f"{len(known)} of the commonest words": len(known) >= 2,
    }
    return [what for what, kept in rules.items() if not kept]  # (!)
