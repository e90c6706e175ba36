"""A small library to search in: facts of this course that no model can have read elsewhere.

Each passage says where it comes from. Questions about them have answers that a program can check.
"""

from typing import NamedTuple

from snippets.using.search.chunks import Chunk

PASSAGES = (
    Chunk(
        "transformer/minigpt.md",
        "MiniGPT",
        "MiniGPT reads characters, not words. Its vocabulary has 68 characters, and it sees at "
        "most 128 of them at a time. It has 4 transformer blocks of width 128.",
    ),
    Chunk(
        "training/pretraining.md",
        "Pre-training: The corpus",
        "MiniGPT learned from plays. Four of them, As You Like It, Henry V, The Tempest and "
        "Macbeth, are kept apart, so that its loss is measured on text that it has never read.",
    ),
    Chunk(
        "using/local-server.md",
        "A local model server",
        "The server keeps nothing between two requests. A program that wants to go on with a chat "
        "has to send the whole chat again, the model's own answers included.",
    ),
    Chunk(
        "reference/contributing.md",
        "Contributing",
        "The command make page runs and renders a single page of the course. The command make "
        "serve shows the site while you edit it, without search.",
    ),
    Chunk(
        "inference/fast-generation.md",
        "The KV cache",
        "Without a cache, each new token costs more than the one before. A KV cache keeps the keys "
        "and values of the tokens already read, so that only the newest one is computed.",
    ),
    Chunk(
        "transformer/attention.md",
        "Attention: Why divide by √D?",
        "Dot products of long vectors are large. Divided by the square root of the head size, the "
        "scores stay in a range in which softmax does not pick a single token.",
    ),
    Chunk(
        "foundations/tokens.md",
        "Tokens: Learn merges",
        "Byte-pair encoding begins with single bytes. Again and again it merges the pair that "
        "occurs most often into a new token, until the vocabulary is full.",
    ),
    Chunk(
        "post-training/lora.md",
        "LoRA",
        "Fine-tuning all weights needs much memory. LoRA leaves them as they are and trains two "
        "thin matrices beside each of them, whose product is added.",
    ),
    Chunk(
        "modern/mixture-of-experts.md",
        "Mixture of experts",
        "A router sends each token to a few of many feed-forward networks. The model has more "
        "parameters, but a token uses only a part of them.",
    ),
    Chunk(
        "using/publishing.md",
        "Publishing: A file that runs code",
        "Opening a pickle file can run any program that its author put in. A safetensors file "
        "holds numbers and their names only.",
    ),
    Chunk(
        "training/interruptions.md",
        "Interruptions",
        "A run that was killed can go on where it stopped if weights, optimiser, random generators "
        "and the step were saved together.",
    ),
    Chunk(
        "training/evaluation.md",
        "Evaluation: Does it know what it knows?",
        "A model is calibrated if it is right in seven of ten cases in which it says that it is "
        "70% sure.",
    ),
)


class Asked(NamedTuple):
    """A question, and a pattern that its right answers match."""

    question: str
    right: str
    source: str


ANSWERED = (
    Asked(
        "How many characters does MiniGPT's vocabulary have?", r"\b68\b", "transformer/minigpt.md"
    ),
    Asked(
        "How many transformer blocks does MiniGPT have?", r"\b(4|four)\b", "transformer/minigpt.md"
    ),
    Asked("How many characters does MiniGPT see at a time?", r"\b128\b", "transformer/minigpt.md"),
    Asked(
        "Name one play that MiniGPT has never read.",
        r"macbeth|tempest|henry v|as you like it",
        "training/pretraining.md",
    ),
    Asked(
        "How many plays are kept apart from MiniGPT's training?",
        r"\b(4|four)\b",
        "training/pretraining.md",
    ),
    Asked(
        "Which command renders a single page of the course?",
        r"make page",
        "reference/contributing.md",
    ),
    Asked(
        "Which command shows the site while I edit it?", r"make serve", "reference/contributing.md"
    ),
    Asked(
        "What does the course's server keep between two requests?",
        r"nothing",
        "using/local-server.md",
    ),
)
"""Questions that a passage answers."""

UNANSWERED = (
    "How old is the author of the course?",
    "Which plays did MiniGPT write itself?",
    "How much did the server cost?",
    "Which command prints the course on paper?",
)
"""Questions on the same matters that no passage answers."""
