import torch

from benchmarks.text import LENGTH, Text, text


def test_plays_are_cut_to_the_usual_length():
    plays = text()
    vocab_size, training, validation = plays.ids()
    assert len(plays.content) == LENGTH == len(training) + len(validation)
    assert len(validation) == round(0.1 * LENGTH)
    assert int(torch.cat([training, validation]).max()) == vocab_size - 1


def test_a_file_is_taken_whole_and_only_its_name_is_told(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("abcdefghij", encoding="utf-8")
    mine = text(path)
    assert (mine.name, mine.content) == ("mine.txt", "abcdefghij")
    vocab_size, training, validation = mine.ids()
    assert (vocab_size, training.tolist(), validation.tolist()) == (10, list(range(9)), [9])


def test_marks_tell_texts_apart():
    assert Text("a", "one").mark == Text("b", "one").mark != Text("a", "two").mark
