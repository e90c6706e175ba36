"""The chat template: what it writes, what is learned of it, and what it refuses."""

import pytest

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import (
    ASSISTANT,
    END,
    IGNORED,
    TEMPLATE,
    USER,
    ChatTemplate,
    examples,
    render,
)

TOKENIZER = CharTokenizer([*" .abcdefghijklmnopqrstuvwxyz", *TEMPLATE.tokens])


def test_a_prompt_is_where_its_conversation_begins():
    opened, whole = render("rhyme love."), render("rhyme love.", "heaven above.")
    assert whole == opened + "heaven above." + END
    assert TEMPLATE.readable(whole) == (
        "<|user|>rhyme love.<|end|><|assistant|>heaven above.<|end|>"
    )


def test_an_empty_answer_is_an_answer():
    assert render("hush.", "") == render("hush.") + END


def test_targets_are_the_answer_and_its_end_and_nothing_else():
    (example,) = examples(TOKENIZER, [("rhyme love.", "heaven above.")])
    inputs, targets = example.inputs_and_targets()
    assert inputs == TOKENIZER.encode(render("rhyme love.") + "heaven above.")
    learned = [token for token in targets if token != IGNORED]
    assert TOKENIZER.decode(learned) == "heaven above." + END
    first = next(place for place, token in enumerate(targets) if token != IGNORED)
    assert TOKENIZER.decode([inputs[first]]) == ASSISTANT  # from which the answer is predicted
    assert all(token != IGNORED for token in targets[first:])


def test_a_conversation_longer_than_the_context_is_refused():
    pair = ("a" * 10, "b" * 20)  # 34 tokens with the template's
    assert len(examples(TOKENIZER, [pair], context=34)[0].ids) == 34
    with pytest.raises(ValueError, match="34 tokens, more than the context=33"):
        examples(TOKENIZER, [pair], context=33)


@pytest.mark.parametrize("token", TEMPLATE.tokens)
def test_nobody_writes_the_templates_tokens(token):
    with pytest.raises(ValueError, match=r"the prompt .* contains"):
        render(f"hush.{token}")
    with pytest.raises(ValueError, match=r"the answer .* contains"):
        render("hush.", f"{token} aye")


def test_a_template_needs_three_tokens():
    with pytest.raises(ValueError, match="never learn to stop"):
        ChatTemplate(end="")
    with pytest.raises(ValueError, match="not three different characters"):
        ChatTemplate(end=USER)
    with pytest.raises(ValueError, match="not three different characters"):
        ChatTemplate(user="user")


def test_a_tokenizer_without_the_tokens_is_named():
    plain = CharTokenizer(" .abcdefghijklmnopqrstuvwxyz")
    with pytest.raises(ValueError, match=r"U\+E000.*not in the vocabulary"):
        examples(plain, [("a", "b")])
