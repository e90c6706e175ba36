"""Label words after a shared beginning: as without a cache, and judged as defined."""

import pytest
import torch

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig
from snippets.using.prompts.few_shot import (
    Form,
    calibrated,
    judged,
    label_ids,
    log_probabilities_after,
    only_last,
    told_apart,
)
from tests.snippets.elsewhere import devices_read


def small(context=40):
    torch.manual_seed(0)
    config = MiniGPTConfig(
        vocab_size=50, context=context, d_model=32, num_layers=2, num_heads=4, num_kv_heads=2,
        d_hidden=48, positions="rope", norm="rmsnorm", bias=False,
    )  # fmt: skip
    model = MiniGPT(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
    return model


ROWS = [[3, 1, 4, 1, 5], [9], [2, 6, 5], [3, 5, 8, 9, 7, 9], [3, 2]]


@pytest.mark.parametrize("beginning", [[], [7], [11, 12, 13, 14, 15, 16, 17]])
@pytest.mark.parametrize("at_a_time", [1, 2, 5, 8])
def test_every_row_comes_out_as_if_read_alone_behind_the_beginning(beginning, at_a_time):
    model = small()
    found = log_probabilities_after(model, beginning, ROWS, at_a_time)
    for row, said in zip(ROWS, found, strict=True):
        with torch.no_grad():
            alone = model(torch.tensor([beginning + row]))[0, -1].log_softmax(-1)
        assert alone.std() > 0.3
        torch.testing.assert_close(said, alone, atol=1e-5, rtol=1e-5)


def test_only_last_gives_the_places_asked_for_and_leaves_the_model_as_it_was():
    model, ids = small(), torch.tensor([[1, 2, 3], [4, 5, 6]])
    with torch.no_grad():
        whole = model(ids)
        with only_last(model, [2, 0]):
            some = model(ids)
        expected = whole[[0, 1], [2, 0]][:, None]
        torch.testing.assert_close(some, expected, atol=1e-5, rtol=1e-5)
        with pytest.raises(ValueError, match="vocabulary"), only_last(model, [0]):
            model(torch.tensor([[99]]))
        assert torch.equal(model(ids), whole)


def test_rows_that_can_not_be_read_are_refused():
    with pytest.raises(ValueError, match="0 rows"):
        log_probabilities_after(small(), [1], [])
    with pytest.raises(ValueError, match="2 rows, of which 1 are empty"):
        log_probabilities_after(small(), [1], [[1], []])
    with pytest.raises(ValueError, match="context=8"):
        log_probabilities_after(small(8), [1] * 6, [[1, 2, 3]])


def test_a_form_writes_examples_as_it_writes_questions():
    form = Form()
    assert form.question("Dull.") == "Review: Dull.\nSentiment:"
    shown = form.beginning([("Dull.", " negative"), ("A joy.", " positive")])
    assert shown == (form.question("Dull.") + " negative\n\n"
                     + form.question("A joy.") + " positive\n\n")  # fmt: skip
    assert form.beginning([]) == ""
    for wrong in ({"label": ""}, {"end": ""}):
        with pytest.raises(ValueError, match="must not be empty"):
            Form(**wrong)


def test_a_label_is_one_token_and_labels_differ():
    tokenizer = BytePairTokenizer.from_merges([(b" ", b"y"), (b" ", b"n")])
    ids = label_ids(tokenizer, [" n", " y"])
    assert [tokenizer.decode([i]) for i in ids] == [" n", " y"]
    with pytest.raises(ValueError, match="' yes' is 3 tokens"):
        label_ids(tokenizer, [" n", " yes"])
    with pytest.raises(ValueError, match="two or more different labels"):
        label_ids(tokenizer, [" y", " y"])
    with pytest.raises(ValueError, match="two or more different labels"):
        label_ids(tokenizer, [" y"])


def test_calibration_divides_by_the_mean_share_of_empty_texts():
    p = torch.tensor([[0.6, 0.2], [0.1, 0.3]])
    empty = torch.tensor([[0.3, 0.1], [0.2, 0.2]])  # shares (0.75, 0.25) and (0.5, 0.5)
    found = calibrated(p.log(), empty.log())
    torch.testing.assert_close(found.exp(), p / torch.tensor([0.625, 0.375]))


def test_calibrated_an_empty_text_favours_no_label_and_a_bias_for_a_word_is_gone():
    torch.manual_seed(0)
    scores, empty = torch.randn(6, 3), torch.randn(1, 3)
    assert calibrated(empty, empty).std() < 1e-6
    bias = torch.tensor([2.0, -1.0, 0.5])
    before, after = calibrated(scores, empty), calibrated(scores + bias, empty + bias)
    torch.testing.assert_close(before.softmax(-1), after.softmax(-1))


def test_told_apart_counts_pairs_whatever_the_threshold():
    odds, labels = [-3.0, 1.0, 0.5, 2.0], [0, 0, 1, 1]
    assert told_apart(odds, labels) == 0.75
    assert told_apart([x + 9 for x in odds], labels) == 0.75
    assert told_apart([-x for x in odds], labels) == 0.25
    assert told_apart([0, 0, 0], [0, 1, 1]) == 0.5
    for wrong in ([1, 1, 1, 1], [0, 0, 0, 0], [0, 1]):
        with pytest.raises(ValueError, match="need both labels"):
            told_apart(odds, wrong)


def test_judged_by_hand():
    p = torch.tensor([[0.5, 0.1], [0.2, 0.3], [0.1, 0.7], [0.3, 0.2]])
    found = judged(p.log(), [0, 0, 1, 1])
    assert found.mass == pytest.approx((0.6 + 0.5 + 0.8 + 0.5) / 4, abs=1e-6)
    assert (found.positive, found.accuracy, found.apart) == (0.5, 0.5, 0.75)
    shifted = judged(p.log() + torch.tensor([0.0, 5.0]), [0, 0, 1, 1])
    assert (shifted.positive, shifted.accuracy, shifted.apart) == (1, 0.5, 0.75)


def test_where_both_words_are_as_likely_the_first_label_is_given():
    found = judged(torch.tensor([[0.3, 0.3], [0.2, 0.2]]).log(), [0, 1])
    assert (found.positive, found.accuracy, found.apart) == (0, 0.5, 0.5)


def test_beginning_and_rows_go_to_the_models_device_and_what_is_said_comes_back():
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = small().to("meta")
    seen = devices_read(model)
    with pytest.raises(NotImplementedError, match="no data"):
        log_probabilities_after(model, [7, 8], ROWS, 2)
    assert seen == ["meta", "meta"]
