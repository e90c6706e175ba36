"""The captioner: what it reads and writes, and that the picture decides."""

import pytest
import torch

from snippets.modern.multimodal.captioner import IGNORED, Captioner, decoder_config, word_f1


def small() -> Captioner:
    torch.manual_seed(0)
    return Captioner(["cloud", "home", "off"], picture_size=6, patches=4, longest=3)


def test_the_targets_are_one_word_ahead() -> None:
    inputs, targets = small().encode(["cloud off", "home"])
    assert inputs.tolist() == [[0, 1, 3], [0, 2, 0]]
    assert targets.tolist() == [[1, 3, 0], [2, 0, IGNORED]]


@pytest.mark.parametrize("caption", ["", " ", "moon", "off off off off"])
def test_what_it_could_not_write_is_refused(caption: str) -> None:
    with pytest.raises(ValueError, match="1 to 3 known words"):
        small().encode(["home", caption])


def test_states_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 4, 5\)"):
        small()(torch.randn(2, 4, 5), torch.zeros(2, 1, dtype=torch.long))


def test_words_depend_on_patches_and_on_words_before_alone() -> None:
    model, states = small(), torch.randn(1, 4, 6)
    ids = torch.tensor([[0, 1, 3]])
    logits = model(states, ids)
    other = torch.tensor([[0, 1, 2]])
    torch.testing.assert_close(model(states, other)[:, :2], logits[:, :2])
    assert (model(states, other)[:, 2] - logits[:, 2]).abs().max() > 1e-4
    assert (model(states + 1, ids) - logits).abs().amax(-1).min() > 1e-4


def test_padding_adds_nothing_to_the_loss() -> None:
    model, states = small(), torch.randn(2, 4, 6)
    both = model.loss(states, ["cloud off", "home"])
    one, two = (model.loss(states[i : i + 1], [c]) for i, c in enumerate(["cloud off", "home"]))
    torch.testing.assert_close(both, (3 * one + 2 * two) / 5)


def test_it_learns_to_say_what_it_sees() -> None:
    model, states = small(), torch.randn(3, 4, 6)
    captions = ["cloud off", "home", "home off"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        model.loss(states, captions).backward()
        optimizer.step()
    assert model.write(states) == captions
    assert model.write(states.flip(0)) == captions[::-1]


def test_shared_words_by_hand() -> None:
    assert word_f1("cloud off", "cloud upload off") == pytest.approx(0.8)
    assert word_f1("off off", "off") == pytest.approx(2 / 3)
    assert word_f1("", "off") == 0 and word_f1("off a", "a off") == 1
    with pytest.raises(ValueError, match="no words"):
        word_f1("off", "")


@torch.no_grad()
def test_without_patches_it_is_its_decoder() -> None:
    model, ids = small(), torch.tensor([[0, 1, 3]])
    torch.testing.assert_close(model(torch.zeros(1, 0, 6), ids), model.decoder(ids))


class Says(Captioner):
    """Says given words, one after the other, whatever it sees."""

    said: torch.Tensor  # (B, n)

    def forward(self, states: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        word = self.said[:, ids.shape[1] - 1]
        return torch.eye(4)[word][:, None]


def test_it_stops_at_the_end_or_after_the_longest() -> None:
    model = Says(["cloud", "home", "off"], picture_size=6, patches=4, longest=3)
    model.said = torch.tensor([[1, 2, 3, 1], [2, 0, 3, 1], [0, 1, 1, 1]])
    assert model.write(torch.zeros(3, 4, 6)) == ["cloud home off", "home", ""]
    assert model.decoder.config.context == 4 + 3 + 1


def test_a_caption_may_have_as_many_words_as_the_longest() -> None:
    inputs, targets = small().encode(["off home cloud"])
    assert inputs.tolist() == [[0, 3, 2, 1]] and targets.tolist() == [[3, 2, 1, 0]]


def test_nothing_is_asked_once_all_captions_have_ended() -> None:
    model, asked = small(), []

    def forward(states: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        asked.append(ids.shape[1])
        return torch.eye(4)[[2 if len(asked) == 1 else 0, 0]][:, None]

    model.forward = forward  # type: ignore[method-assign]
    assert model.write(torch.zeros(2, 4, 6)) == ["home", ""] and asked == [1, 2]


def test_the_projector_has_two_layers_with_a_gelu_between() -> None:
    model, x = small(), torch.randn(2, 6)
    first, _, second = model.projector
    hidden = torch.nn.functional.gelu(first(x))
    torch.testing.assert_close(model.projector(x), second(hidden))
    assert hidden.shape == second(hidden).shape == (2, model.decoder.config.d_model)
    assert decoder_config(9, 5).d_model == model.decoder.config.d_model
    assert (decoder_config(9, 5).vocab_size, decoder_config(9, 5).context) == (9, 5)


def test_captions_go_to_the_device_of_the_states() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    states = torch.zeros(2, 4, 6, device="meta")
    assert small().to("meta").loss(states, ["cloud off", "home"]).device.type == "meta"


def test_it_writes_where_the_states_are() -> None:
    """Tensors that are made without a device land on "meta", which keeps no numbers."""
    model, states = small(), torch.randn(2, 4, 6)
    wanted = model.write(states)
    with torch.device("meta"):
        assert model.write(states) == wanted
