"""SmolLM2 as an assistant: its chat is the published template's, and what it said can be read."""

import json
import re

import pytest

from snippets.foundations.subwords.published_tokenizers import load_smollm2
from snippets.post_training.adapt_smollm2 import chat_ids
from snippets.using.agents import small_assistant
from snippets.using.agents.agent import run_agent
from snippets.using.agents.scripted import call
from snippets.using.agents.small_assistant import (
    Small,
    asked,
    called,
    chat,
    is_right,
    load_small_assistant,
    loops,
    main,
    question_with,
    with_tools,
)
from snippets.using.agents.tools import calculate, calculator
from snippets.using.search.chunks import Chunk
from snippets.using.search.passages import ANSWERED, PASSAGES, UNANSWERED

QUESTION = [{"role": "user", "content": "What is 12 * 7?"}]


class Fixed:
    """A search without an encoder."""

    def search(self, query, count=3):
        return list(PASSAGES[:count])


class Echo(Small):
    """Answers with the last message, in place of a model."""

    def __init__(self):
        pass

    def answers(self, chats):
        return [messages[-1]["content"] for messages in chats]


def test_a_question_is_the_chat_that_fine_tuning_knew():
    tokenizer = load_smollm2()
    assert chat(tokenizer, QUESTION) == chat_ids(tokenizer, "What is 12 * 7?").ids


def test_a_tools_result_comes_from_the_user_and_ends_like_every_turn():
    tokenizer = load_smollm2()
    text = tokenizer.decode(chat(tokenizer, [{"role": "tool", "content": "84"}]))
    assert text == (
        "<|im_start|>user\n<tool_response>\n84\n</tool_response><|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_system_message_declares_the_tools():
    system, *rest = with_tools(QUESTION, [calculator().declaration()])
    assert system["role"] == "system" and rest == QUESTION
    declared = system["content"].split("<tools>\n")[1].split("\n</tools>")[0]
    assert json.loads(declared) == calculator().declaration()["function"]


def test_a_prompt_has_the_passage_its_source_and_the_question():
    text = question_with(Chunk("a.md#b", "A", "Cats sleep."), "Who sleeps?")
    assert "[a.md#b]: Cats sleep." in text and text.endswith("Question: Who sleeps?")
    assert question_with(None, "Who?") == "Who?"


def test_each_question_is_asked_alone_with_its_passage_and_with_an_order():
    found = asked(Echo(), Fixed())
    count = len(ANSWERED) + len(UNANSWERED)
    assert {name: len(said) for name, said in found["said"].items()} == {
        "alone": count,
        "with passage": count,
        "injected": len(ANSWERED),
    }
    assert found["said"]["alone"] == found["questions"]
    assert all("BANANA" in said for said in found["said"]["injected"])
    assert not any("BANANA" in said for said in found["said"]["with passage"])


def test_loops_are_recorded_step_by_step():
    class Calls(Echo):
        def answers(self, chats):
            return [call("calculator", expression="12 * 7") if len(c) == 2 else "84" for c in chats]

    found = loops(Calls(), Fixed())
    assert len(found) == len(small_assistant.TASKS)
    assert all(run["answer"] == "84" and called(run) == "calculator" for run in found)
    assert called({"steps": []}) is None
    assert called({"steps": [{"reply": "<tool_call>x"}]}) is None


def test_a_right_answer_is_one_that_holds_the_pattern():
    assert is_right("It has 68 characters.", r"\b68\b") and is_right("MAKE page", "make page")
    assert not is_right("It has 168.", r"\b68\b")


def test_the_command_writes_what_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(small_assistant, "load_smollm2_model", lambda context: None)
    monkeypatch.setattr(small_assistant, "load_minilm", lambda: (None, None))
    monkeypatch.setattr(small_assistant, "Index", lambda *parts: Fixed())
    monkeypatch.setattr(small_assistant, "Small", lambda *parts: Echo())
    assert main(["--out", str(tmp_path / "new")]) == 0
    found = load_small_assistant(tmp_path / "new")
    assert set(found) == {"asked", "loops"} and found["loops"][0]["why"] == "answered"
    with pytest.raises(FileNotFoundError, match="small_assistant"):
        load_small_assistant(tmp_path)


def test_the_loop_runs_on_the_policy():
    run = run_agent(Echo(), [calculator()], "hello")
    assert run.answer == "hello"


def test_a_reply_is_what_was_written_behind_the_prompt_without_its_end(monkeypatch):
    tokenizer, asked_with = load_smollm2(), {}

    def generate(model, prompts, length, **more):
        asked_with.update(more)
        end = tokenizer.ids[b"<|im_end|>"]
        return [[*p, *tokenizer.encode(f"Reply {n}."), end] for n, p in enumerate(prompts)]

    monkeypatch.setattr(small_assistant, "generate_batch", generate)
    small = Small(None, tokenizer)
    assert small.answers([QUESTION, QUESTION]) == ["Reply 0.", "Reply 1."]
    assert asked_with["stop"] == [tokenizer.ids[b"<|im_end|>"]]
    assert asked_with["temperature"] == 0  # the likeliest
    assert small(QUESTION, [calculator().declaration()]) == "Reply 0."


def test_a_right_answer_follows_from_the_tool_that_a_task_needs():
    for task, needed, right in small_assistant.TASKS:
        if needed == "calculator":
            expression = re.search(r"[\d(][\d +*()]*\d", task)
            assert expression is not None and calculate(expression[0]) == right
        else:
            assert any(re.search(right, passage.text) for passage in PASSAGES)


def test_a_loop_has_two_steps_and_its_record_says_what_was_needed():
    class Calls(Echo):
        def answers(self, chats):
            return [call("calculator", expression=str(len(messages))) for messages in chats]

    found = loops(Calls(), Fixed())
    assert [(r["task"], r["needed"], r["right"]) for r in found] == [*small_assistant.TASKS]
    assert all(r["why"] == "step limit" and r["answer"] is None for r in found)
    assert [step["observation"] for step in found[0]["steps"]] == ["2", "4"]


def test_each_question_comes_with_where_its_passage_stands():
    class Known:
        def search(self, query, count=3):
            return [PASSAGES[len(query) % len(PASSAGES)]] * count

    found = asked(Echo(), Known())
    for question, source, said in zip(
        found["questions"], found["sources"], found["said"]["with passage"], strict=True
    ):
        passage = PASSAGES[len(question) % len(PASSAGES)]
        assert source == passage.where and said == question_with(passage, question)
