"""From a trained model to text.

    reasoning/   answers that take more computing: steps, votes, search, and a verifier
    serving/     many requests at once: batches, pages of cache, and the load that they bear

Beside them lies how one model writes: sampling, caches, search.
"""
