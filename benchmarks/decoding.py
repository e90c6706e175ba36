"""Decoding on a real GPU: MiniGPT in the shape of Llama 3 8B, for one text and for many at a time.

A step writes one token of each text, at the end of caches of a given length, in 16 bits. The
weights are random, and so are the caches: others would take about as long. Three programs
do the same step: the model as it is, `Decoder`, and `Decoder` recorded once as a CUDA graph, whose
operations start without Python. Needs a GPU with 80 GB or more.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from transformers import LlamaConfig

from benchmarks.options import Options
from benchmarks.recorded import Row, markdown, median, record
from snippets.foundations.facts import load_facts
from snippets.inference.fast_decoder import Decoder
from snippets.modern.architecture.model_costs import Architecture
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, device_of, flops_per_token
from snippets.using.publishing.interop_configs import from_llama_config, to_llama_config

NAME, MODEL = "decoding", "Llama 3 8B"
PASTS = (16, 1024, 8192)  # tokens that each text has already
PROMPT = 2048  # tokens that are read at once
MOST = 80e9  # bytes that weights and caches may take
STEPS, ROUNDS = 4, 7  # the time of a round is divided by its steps


def llama() -> MiniGPTConfig:
    """The shape of Llama 3 8B as MiniGPT knows it."""
    shape = LlamaConfig(**load_facts("configurations")[MODEL]["config"])
    return replace(from_llama_config(shape), context=PASTS[-1] + 1)


def cache_bytes(config: MiniGPTConfig, tokens: int) -> int:
    """What the cache of a text takes in 16 bits."""
    return Architecture.from_huggingface(to_llama_config(config).to_dict()).kv_cache_bytes(tokens)


def loads(config: MiniGPTConfig, weights: int) -> list[tuple[int, int]]:
    """Tokens that texts have already, and powers of two of texts whose caches fit."""
    return [
        (past, 2**n)
        for past in PASTS
        for n in range(11)
        if weights + 2**n * cache_bytes(config, past + 1) <= MOST
    ]


def filled(model: MiniGPT, texts: int, past: int) -> list[KVCache]:
    """Caches of so many texts with so many tokens each, and room for one more."""
    c, like = model.config, model.embedding.weight
    shape = texts, c.num_kv_heads, past + 1, c.d_model // c.num_heads
    caches = model.new_cache()
    for cache in caches:
        cache.room = [torch.randn(shape, dtype=like.dtype, device=like.device) for _ in range(2)]
    return caches


def rewound(caches: list[KVCache], past: int) -> list[KVCache]:
    """The caches as they were before the last step."""
    for cache in caches:
        cache.length = past
    return caches


def programs(model: MiniGPT, texts: int, past: int) -> Iterator[tuple[str, Callable[[], Tensor]]]:
    """The three, by name: each computes the logits of the same step."""
    device = device_of(model)
    ids = torch.randint(model.config.vocab_size, (texts, 1), device=device)
    at, caches = torch.tensor([past], device=device), filled(model, texts, past)
    decoder = Decoder(model)

    def plain() -> Tensor:
        return model(ids, rewound(caches, past), position_ids=at)

    def fast() -> Tensor:
        return decoder(ids, rewound(caches, past), position_ids=at)

    yield "MiniGPT", plain
    yield "Decoder", fast
    if device.type == "cuda":
        yield "CUDA graph", captured(fast)


def captured(work: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """Work recorded once, to be started by one call; it reads where its tensors were by then."""
    aside = torch.cuda.Stream()  # PyTorch asks for a first run there, in which libraries set up
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        work()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()

    def replayed() -> Tensor:
        graph.replay()
        return result

    return replayed


def seconds(work: Callable[[], Any]) -> list[float]:
    """What each round took for one step, by the GPU's own clock."""
    for _ in range(2):
        work()
    found = []
    for _ in range(ROUNDS):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(STEPS):
            work()
        end.record()
        torch.cuda.synchronize()
        found.append(start.elapsed_time(end) / 1e3 / STEPS)
    return found


def steps(model: MiniGPT) -> Iterator[Row]:
    """A row per program and load; each program must give the logits of the first."""
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    for past, texts in loads(model.config, weights):
        expected = None
        for name, work in programs(model, texts, past):
            logits = work().float()
            expected = logits if expected is None else expected
            wrong = float((logits - expected).norm() / expected.norm())
            if not wrong < 0.2:  # 32 layers, each rounded to 8 bits; other logits would give 1.4
                raise ValueError(f"{name} differs by {wrong:.3f} of what MiniGPT computes")
            row = {"name": name, "texts": texts, "past": past, "differs": wrong}
            yield row | {"seconds": seconds(work)}
        torch.cuda.empty_cache()


def ceilings(device: str) -> Row:
    """Speeds with large blocks: bytes copied per second, both ways counted, and FLOPs."""
    source = torch.randint(256, (2**32,), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copied = seconds(lambda: target.copy_(source))
    a, b = (torch.randn(8192, 8192, device=device, dtype=torch.bfloat16) for _ in range(2))
    multiplied = seconds(lambda: a @ b)
    return {
        "bytes_per_second": [2 * len(source) / s for s in copied],
        "flops_per_second": [2 * len(a) ** 3 / s for s in multiplied],
    }


def run(options: Options) -> None:
    """Measure the ceilings, a prompt that is read, and steps of decoding; record."""
    device = "cuda"
    if not torch.cuda.is_available():
        raise ValueError("decoding needs a GPU with CUDA, and PyTorch finds none")
    config = llama()
    settings: Row = {"model": MODEL, "device": torch.cuda.get_device_name(), "dtype": "bfloat16"}
    settings |= {"memory": torch.cuda.get_device_properties(device).total_memory}
    with torch.inference_mode():
        settings |= ceilings(device)
        torch.set_default_dtype(torch.bfloat16)
        with torch.device(device):
            model = MiniGPT(config).eval()
        torch.set_default_dtype(torch.float32)
        prompt = torch.randint(config.vocab_size, (1, PROMPT), device=device)
        read = seconds(lambda: model(prompt, model.new_cache()))
        settings |= {"prompt": PROMPT, "prompt_seconds": read}
        settings |= {"prompt_flops": PROMPT * flops_per_token(config, PROMPT // 2)}
        rows = list(steps(model))
    print(table(record(NAME, rows, settings, options.out)), flush=True)


def table(result: dict[str, Any]) -> str:
    """Tokens per second: a row per load, a column per program."""
    names = list(dict.fromkeys(row["name"] for row in result["rows"]))
    speeds = {
        (row["past"], row["texts"], row["name"]): row["texts"] / median(row["seconds"])
        for row in result["rows"]
    }
    rows: list[list[object]] = [["tokens per text", "texts", *names]]
    for past, texts in dict.fromkeys(key[:2] for key in speeds):
        cells = [f"{speeds[past, texts, name]:,.0f}" for name in names]
        rows.append([f"{past:,}", f"{texts:,}", *cells])
    return markdown(rows)
