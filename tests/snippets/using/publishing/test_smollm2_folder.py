"""The folder is the model; and served, it answers both packages, with tools and in pieces."""

import json
from functools import cache

import anthropic
import openai
import pytest
import torch
from gguf import GGUFReader
from pydantic import BaseModel, ValidationError
from transformers import AutoModelForCausalLM, AutoTokenizer

from snippets.foundations.subwords.published_tokenizers import load_smollm2, smollm2_file
from snippets.modern.llama.real_llama import load_smollm2_model
from snippets.post_training.adapt_smollm2 import chat_ids
from snippets.post_training.chat import ChatTemplate
from snippets.post_training.sft import load_tuned
from snippets.using.calls.checked_answers import text_of, text_of_stream
from snippets.using.calls.messages_server import MessagesServer
from snippets.using.publishing.export import export
from snippets.using.publishing.serving import ModelServer
from snippets.using.publishing.smollm2_folder import CHAT_TEMPLATE, export_smollm2, tokenizer_file

FRANCE = [{"role": "user", "content": "What is the capital of France?"}]
CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 3, "b": 5}'}}
SHOWN = [
    {"role": "user", "content": "What is 3 + 5?"},
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": "The sum is 8."},
    {"role": "assistant", "content": "3 + 5 = 8."},
]


class Add(BaseModel):
    """The sum of two numbers."""

    a: int
    b: int


ours = cache(load_smollm2)  # reading the file takes seconds
theirs = cache(tokenizer_file)


@cache
def own_template():
    return GGUFReader(smollm2_file()).fields["tokenizer.chat_template"].contents()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "smollm2"
    export_smollm2(path)
    return path


@pytest.fixture(scope="module")
def ask(client, server):
    def asked(messages, **more):
        more = {"max_completion_tokens": 40, **more}
        return client.chat.completions.create(model=server.folder, messages=messages, **more)

    return asked


@pytest.mark.parametrize(
    "text",
    [
        "What is 17 + 25?",
        "In 1867, at 3.14 o'clock:\n\n  two  spaces",
        'café 世界 {"a": 12}',
        "",
        "   ",
        "don't\tstop",
    ],
)
def test_its_tokenizer_is_our_own(text):
    ids = ours().encode(text)
    assert theirs().encode(text).ids == ids and theirs().decode(ids) == text


def test_the_folder_has_the_model_and_stops_where_it_does(folder):
    ids = torch.tensor([chat_ids(ours(), "Who wrote Hamlet?").ids])
    with torch.no_grad():
        expected = load_smollm2_model(64)(ids)  # and one model is gone before the next comes
        model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto").eval()
        found = model(ids).logits
    assert model.dtype == torch.float32
    assert model.generation_config.eos_token_id == 2 and not model.generation_config.do_sample
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)  # it holds half precision
    assert expected.std() > 1 and found[0, -1].argmax() == expected[0, -1].argmax()


@pytest.mark.parametrize("generate", [True, False])
@pytest.mark.parametrize(
    "messages",
    [
        FRANCE,
        [{"role": "system", "content": "Be brief."}, *FRANCE],
        [*FRANCE, {"role": "assistant", "content": "Paris."}, *FRANCE],
    ],
)
def test_without_tools_a_chat_is_what_the_file_s_own_template_makes_of_it(
    folder, messages, generate
):
    assert own_template() != CHAT_TEMPLATE
    render = AutoTokenizer.from_pretrained(folder).apply_chat_template
    made = [
        render(messages, chat_template=one, tokenize=False, add_generation_prompt=generate)
        for one in (own_template(), CHAT_TEMPLATE)
    ]
    assert made[0] == made[1]


def test_tools_and_their_use_are_told_to_the_model(folder):
    tool, called = (
        openai.pydantic_function_tool(Add, name="add"),
        {"name": "add", "arguments": {"a": 3}},
    )
    text = AutoTokenizer.from_pretrained(folder).apply_chat_template(
        [SHOWN[0], {"role": "assistant", "tool_calls": [{"function": called}]}, *SHOWN[2:]],
        tools=[tool], tokenize=False, add_generation_prompt=True, tool_choice="required",
    )  # fmt: skip
    assert '"name": "add"' in text.split("<|im_end|>")[0]
    assert '<tool_call>{"name": "add", "arguments": {"a": 3}}</tool_call><|im_end|>' in text
    assert "<|im_start|>tool\nThe sum is 8.<|im_end|>" in text
    assert text.endswith("<|im_start|>assistant\n<tool_call>")


def test_it_answers_questions_some_of_them_wrongly(ask):
    answer = ask(FRANCE)
    assert "Paris" in text_of(answer)
    assert answer.usage.prompt_tokens == len(chat_ids_with_system(FRANCE[0]["content"]))
    assert "42" not in text_of(ask([{"role": "user", "content": "What is 17 + 25?"}]))


def chat_ids_with_system(question):
    system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    text = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
    return theirs().encode(text + "<|im_start|>assistant\n").ids


def test_a_stream_is_the_same_answer_in_pieces(ask):
    pieces = list(ask(FRANCE, stream=True))
    assert len(pieces) > 5 and text_of_stream(pieces) == text_of(ask(FRANCE))


def test_a_limit_ends_the_answer_and_says_so(ask):
    answer = ask(FRANCE, max_completion_tokens=2)
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 2
    with pytest.raises(ValueError, match="finish_reason 'length'"):
        text_of(answer)


def test_a_demanded_call_is_found_in_what_the_model_writes(ask):
    chat = [*SHOWN, {"role": "user", "content": "What is 17 + 25?"}]
    tool = openai.pydantic_function_tool(Add, name="add")
    demand = {"chat_template_kwargs": {"tool_choice": "required"}}
    choice = ask(chat, tools=[tool], extra_body=demand).choices[0]
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls
    assert call.function.name == "add"
    assert Add.model_validate_json(call.function.arguments, strict=True) == Add(a=17, b=25)


@pytest.mark.parametrize("arguments", ['{"a": "17", "b": 25}', '{"a": 17}', "seventeen", "[]"])
def test_arguments_that_do_not_fit_are_refused(arguments):
    with pytest.raises(ValidationError):
        Add.model_validate_json(arguments, strict=True)


def test_parsing_what_is_no_json_is_an_error(client, server):
    """The server ignores `response_format`, so the model writes prose."""
    with pytest.raises((ValidationError, openai.LengthFinishReasonError)):
        client.chat.completions.parse(
            model=server.folder, messages=FRANCE, response_format=Add, max_completion_tokens=20
        )


def test_responses_are_streamed_unless_asked_otherwise(client, server):
    request = {"model": server.folder, "input": FRANCE[0]["content"], "max_output_tokens": 20}
    assert isinstance(client.responses.create(**request), str)
    assert "Paris" in client.responses.create(**request, stream=False).output_text


def test_a_mask_by_bias_keeps_the_answer_to_a_list(ask):
    """By a float: whole numbers, as OpenAI's reference has them, are an error 500 here."""
    words = {word: theirs().encode(word).ids for word in ("Yes", "No")}
    bias = {str(only): 100.0 for [only] in words.values()}
    answer = ask(FRANCE, max_completion_tokens=1, logit_bias=bias)
    assert answer.choices[0].message.content in words


def test_the_other_package_gets_the_same_answers(ask, server):
    with (
        MessagesServer(server.url) as translator,
        anthropic.Anthropic(base_url=translator.url, api_key="none") as claude,
    ):
        request = {"model": server.folder, "max_tokens": 40, "messages": FRANCE}
        message, ours = claude.messages.create(**request), ask(FRANCE)
        with claude.messages.stream(**request) as stream:
            pieces = list(stream.text_stream)
            whole = stream.get_final_message()
    assert message.content[0].text == text_of(ours) == "".join(pieces) and len(pieces) > 5
    assert message.usage.input_tokens == ours.usage.prompt_tokens == whole.usage.input_tokens
    assert message.usage.output_tokens == ours.usage.completion_tokens
    assert message.stop_reason == whole.stop_reason == "end_turn"


def test_a_call_goes_through_the_translator(server):
    with (
        MessagesServer(server.url) as translator,
        anthropic.Anthropic(base_url=translator.url, api_key="none") as claude,
    ):
        tool = {"name": "add", "description": "A sum.", "input_schema": Add.model_json_schema()}
        use = {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 3, "b": 5}}
        result = {"type": "tool_result", "tool_use_id": "1", "content": "The sum is 8."}
        messages = [
            {"role": "user", "content": "What is 3 + 5?"},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        ]
        message = claude.messages.create(
            model=server.folder, max_tokens=30, messages=messages, tools=[tool]
        )
    assert message.stop_reason in ("end_turn", "max_tokens", "tool_use") and message.content


def test_the_tuned_minigpt_answers_the_same_call(tmp_path):
    turn, folder = ChatTemplate(), tmp_path / "verse"
    export(*load_tuned(), folder)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config["chat_template"] = (
        f"{{% for message in messages %}}{turn.user}{{{{ message.content }}}}{turn.end}"
        f"{{% endfor %}}{{% if add_generation_prompt %}}{turn.assistant}{{% endif %}}"
    )
    content = {"content": "text", "close": turn.end}
    config["response_template"] = {"start_anchor": turn.assistant, "fields": {"content": content}}
    path.write_text(json.dumps(config))
    with (
        ModelServer(folder) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        request = {
            "model": server.folder, "max_completion_tokens": 60, "stop": [turn.end], "seed": 1,
            "messages": [{"role": "user", "content": "Six syllables that begin with L."}],
        }  # fmt: skip
        with pytest.raises(openai.APITimeoutError):
            client.with_options(timeout=0.005).chat.completions.create(**request)
        answer = client.chat.completions.create(**request)
    assert turn.end not in (answer.choices[0].message.content or "")
    assert len(text_of(answer)) > 3
