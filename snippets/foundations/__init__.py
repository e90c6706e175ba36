"""Text and the models that count it: what a language model is before any network.

    subwords/    tokenizers whose tokens are pieces of words
    text_data/   from texts to what a model is trained on: clean, split, packed, on disk
    texts/       the texts and word lists of the course, read from packages
    ngrams/      language models that count
    vectors/     words as vectors

Beside them lies what comes before all of these: learning, counting, and one token per character.
"""
