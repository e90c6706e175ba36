# ---
# title: "Lab: Inspect a Llama"
# description: Open a model's files by hand, see what is in them, and turn one attention head.
# question: What is in the files that you download?
# minutes: 45
# prerequisites:
#   - "[Rotary position embedding](../transformer/rotary-positions.md)"
#   - "[Comparing architectures](../modern/architecture.md)"
#   - "[Lab: MiniGPT](minigpt.ipynb)"
# artefacts: [minigpt]
# ---

# %% [markdown]
# # Lab: Inspect a Llama
#
# A model is a few files. In this lab you open them with little more than Python itself: first
# those of this course's MiniGPT, then those of SmolLM2, a model of Llama's kind with 135 million
# parameters, and finally those of any such model that you have. You read what the configuration
# promises, count whether the tensors keep the promise, work out the memory, and turn one
# attention head by hand.
#
# Install the course's code first, with the extra `data`, as [Get the course](../reference/get.md)
# explains. A cell marked *Your turn* runs as it is, but is there for you to change.
#
# **After this lab you can**
#
# - read a [[safetensors]] file with eight bytes and a line of JSON;
# - tell from the names and shapes of its tensors how a model is built;
# - say how much memory a model needs as it is stored, and how much with two bytes per number;
# - compute the score of a query and a key at any distance, and test that nothing else counts.

# %%
# title: Setting up
import json
import sys
from pathlib import Path

COURSE = Path.cwd()  # or Path("…"), the folder of the course, if this notebook lies elsewhere
sys.path += [str(f) for f in (COURSE, *COURSE.parents) if (f / "snippets").is_dir()]

import matplotlib.pyplot as plt
import torch

plt.ion()  # a figure appears under the cell that draws it
torch.set_num_threads(1)  # what follows reads files, and computes next to nothing

# %% [markdown]
# ## A model's files
#
# Export MiniGPT as a folder that other people's code can open, as
# [Publishing](../using/publishing.md) does. Models on the Hugging Face Hub look the same.

# %%
# title: A folder
import warnings

warnings.filterwarnings("ignore", message="IProgress not found")  # nothing here needs bars
from snippets.training.checkpoint import load_trained
from snippets.using.publishing.export import export

export(*load_trained(), "my-export")
for file in sorted(Path("my-export").iterdir()):
    print(f"{file.stat().st_size:>9,} B  {file.name}")

# %% [markdown]
# Nearly all of it is one file. Its format is simple enough to be read by hand: the first eight
# bytes are a number, the length of what follows; that is a table, as JSON; and behind it lie the
# numbers of all tensors, one after the other. The table says of each tensor what type its numbers
# have, its shape, and from which byte to which byte it goes, counted from the end of the table.

# %%
# title: Eight bytes, and a table
path = Path("my-export") / "model.safetensors"
with open(path, "rb") as file:
    length = int.from_bytes(file.read(8), "little")
    table = json.loads(file.read(length))
table.pop("__metadata__", None)
print(f"{length:,} bytes of table for {len(table)} tensors\n")
for name, entry in list(table.items())[:4]:
    print(f"{name}\n  {entry}")

# %% [markdown]
# !!! predict "Predict first"
#     How can you tell whether the file is complete, without reading a single number?
#
#     - [ ] By a checksum in the table.
#         - The table has types, shapes and places, but no checksum.
#     - [x] By its size.
#         - The table says where the last tensor ends, so it says how long the file must be.
#     - [ ] Not at all: that takes reading all of it.
#         - It would take that to find a changed number, but not to find a missing end.

# %%
# title: It all adds up
last = max(entry["data_offsets"][1] for entry in table.values())
size = path.stat().st_size
print(f"8 + {length:,} + {last:,} = {8 + length + last:,} bytes; the file has {size:,}")
assert 8 + length + last == size

# %% [markdown]
# The largest offset says where the last tensor ends. If the file is shorter, it was cut off.
#
# !!! warning "Pitfall: a file that runs"
#     The older files of models, often called `pytorch_model.bin`, are [[pickle|pickles]], and may
#     run any code when they are opened. A table with offsets can't. If a model comes only as a
#     pickle, look for another copy.
#
# The course's own reader does the same with checks, and works on a folder: it reads
# `config.json`, and the tables of all safetensors files, since large models are split into
# several. A tensor's numbers are read when you ask for them.

# %%
# title: Configuration
from snippets.modern.llama.opened_model import open_folder

minigpt = open_folder("my-export")
for name, value in minigpt.config.items():
    if isinstance(value, int | float | str) and not name.endswith("token_id"):
        print(f"{name:26}{value}")

# %% [markdown]
# ## What the names say
#
# `model_type` says how the file is to be understood. MiniGPT is exported as a small Qwen3: a
# Llama with norms for queries and keys. The names of the tensors say it, too. Here are those of
# one layer:

# %%
# title: One layer
from snippets.modern.llama.safetensors_file import Stored


def layer(model, number):
    start = f"model.layers.{number}."
    return {
        name.removeprefix(start): t for name, t in model.tensors.items() if name.startswith(start)
    }


def show(tensors: dict[str, Stored]):
    for name, tensor in tensors.items():
        short = name.removesuffix(".weight")
        print(f"{tensor.dtype:5}{tensor.shape!s:13}{short}")


show(layer(minigpt, 0))

# %% [markdown]
# A matrix is stored as (out, in), as [Notation](../reference/notation.md#tokens-are-rows)
# explains. So `q_proj` makes from a vector of the width $C$ the queries of all heads, $H \cdot D$
# numbers, and `down_proj` leads from the inner width of the feed-forward network back to $C$.
# There is no bias. `q_norm` has $D$ numbers: each head is normalised with the same gains.
#
# ## SmolLM2, from a GGUF file
#
# *GGUF* is another format, that of llama.cpp. One file holds everything: configuration,
# tokenizer and tensors, often with fewer than 8 bits per number. Its names are shorter, and rows
# of queries and keys come in another order; `open_gguf` gives the names and the order that
# `transformers` has, so that the rest of this lab needn't know where a model came from.

# %%
# title: The same view of another file
from snippets.foundations.subwords.published_tokenizers import load_smollm2, smollm2_file
from snippets.modern.llama.opened_model import open_gguf

smollm2 = open_gguf(smollm2_file())
for name, value in smollm2.config.items():
    print(f"{name:26}{f'{value:g}' if isinstance(value, float) else value}")
print()
show(layer(smollm2, 0))

# %% [markdown]
# The key matrix has a third of the rows of the query matrix: three heads of keys and values serve
# nine heads of queries. And `dtype` isn't a type that Python knows. `Q4_1` stores 32 numbers with
# 4 bits each and two more numbers for all of them; [A real
# Llama](../modern/a-real-llama.md#four-bits-and-a-bit) reads it byte by byte.
#
# ## Is the promise kept?
#
# From the configuration alone, [Comparing architectures](../modern/architecture.md) computes how
# many parameters a model must have. Now count those in the file.


# %%
# title: Promised and stored
def called(model):
    return model.name.partition(".")[0]


for model in (minigpt, smollm2):
    promised = model.architecture().parameters()
    stored = sum(tensor.count for tensor in model.tensors.values())
    print(f"{called(model)}: {promised:,} promised, {stored:,} stored")
    assert promised == stored
    tied = "lm_head.weight" not in model.tensors
    print(f"  the head is {'the embedding, once more' if tied else 'a table of its own'}")

# %% [markdown]
# ## Memory
#
# !!! predict section "Predict first"
#     SmolLM2 has 134.5 million parameters. Most of them take 4 bits. Will its file be smaller
#     than 67 MB, which is half a byte each?
#
#     - [ ] Yes: small numbers can be stored in fewer bits still.
#         - All numbers of a tensor have the same number of bits.
#     - [ ] No, it has exactly that.
#         - That would be so if 4 bits were all that is stored.
#     - [x] No, it is larger.
#         - The 4 bits need two more numbers per 32, and some tensors have more bits per number.

# %%
# title: Bytes per number
# alt: Bars of megabytes by kind of tensor for SmolLM2 as stored. The feed-forward networks take
#   most, then the embedding, then attention; the norms take nearly nothing.
# caption: SmolLM2's file, by kind of part, in megabytes.
from snippets.plots.bars import compare_bars

KINDS = {"norm": "norms", "embed": "embedding", "self_attn": "attention", "mlp": "feed-forward"}


def by_kind(model):
    parts = {kind: [0, 0] for kind in KINDS.values()}  # numbers, bytes
    for name, tensor in model.tensors.items():
        kind = next(kind for word, kind in KINDS.items() if word in name)
        parts[kind][0] += tensor.count
        parts[kind][1] += tensor.size
    return parts


parts = by_kind(smollm2)
for kind, (count, size) in parts.items():
    print(f"{kind}: {count:,} numbers, {size:,} bytes, {8 * size / count:.1f} bits each")
total = sum(size for _, size in parts.values())
print(f"together: {total / 1e6:.1f} MB")
order = sorted(parts, key=lambda kind: -parts[kind][1])
assert order[0] == "feed-forward" and total > smollm2.architecture().parameters() / 2
figure = compare_bars(
    [parts[kind][1] / 1e6 for kind in order],
    order,
    xlabel="megabytes",
    number="{:.1f}",
    title="The feed-forward networks take most of the file",
)

# %% [markdown]
# The two extra numbers per 32 make 5 bits of 4, the table of tokens is stored with more than
# 8, and the norms with 32. [Quantization](../modern/quantization.md) saves less than
# its name says.
#
# In memory, numbers often have two bytes, whatever the file has. Text that is being read adds its
# keys and values, for each token and layer:

# %%
# title: What a GPU has to hold
for model in (minigpt, smollm2):
    sizes = model.architecture()
    cache = sizes.kv_cache_bytes(1)
    print(
        f"{called(model)}: weights {2 * sizes.parameters() / 2**20:.1f} MiB at two bytes each;\n"
        f"  cache {cache / 2**10:.1f} KiB per token, "
        f"{sizes.kv_cache_bytes(sizes.context) / 2**20:.1f} MiB for {sizes.context:,} tokens"
    )

# %% [markdown]
# ## One head turns
#
# In layer 0 a token's vector is its row of the embedding. So you can compute by hand what a head
# makes of it: normalise the row, multiply it by the head's own rows of `q_proj` or `k_proj`, and
# you have a query or a key of $D$ numbers. Then RoPE turns each pair $i$ of them, from 0 on, by an
# angle that grows with the position $t$, by $t \cdot b^{-2i/D}$, where $b$ is the base from the
# configuration [@su2021].
#
# How fast do the pairs turn? The first goes round in $2\pi$ tokens, the last in $2\pi b^{1 -
# 2/D}$.

# %%
# title: Tokens for one turn
import math

for model in (minigpt, smollm2):
    D, b = model.architecture().head_size, model.rope_base
    turns = [2 * math.pi * b ** (2 * i / D) for i in range(D // 2)]
    fast = sum(turn < model.architecture().context for turn in turns)
    print(
        f"{called(model)}: base {b:,.0f}, {D // 2} pairs, one turn in {turns[0]:.1f} to "
        f"{turns[-1]:,.0f} tokens;\n  {fast} go round at least once within its context"
    )

# %% [markdown]
# The slow pairs never go round. They hardly tell one position from the next, and so can carry
# what a token *means* rather than where it stands.
#
# Take one head, and let a token look at the same token further and further back. If RoPE does
# what it says, the score depends on the distance alone: at the start of a text and a thousand
# tokens later it must be the same.

# %%
# title: Scores by distance
# alt: Three curves of scores over distances of 0 to 60 tokens, one for each of three heads. They
#   oscillate, each in its own way.
# caption: Scores before the softmax, of the word *king* for the same word further back, in
#   SmolLM2's layer 0.
from snippets.modern.llama.one_head import query_and_key, scores
from snippets.plots.curves import curves

king = load_smollm2().encode(" king")[0]
distances = torch.arange(61)
lines, peaks = {}, {}
for head in (0, 4, 8):
    q, k = query_and_key(smollm2, king, king, head)
    at = torch.full_like(distances, 60)
    near = scores(q, k, at - distances, at, smollm2.rope_base)
    far = scores(q, k, at + 1000 - distances, at + 1000, smollm2.rope_base)
    assert (near - far).abs().max() < 1e-4, "only the distance may count"
    lines[f"head {head}"] = (distances.tolist(), near.tolist())
    peaks[head] = distances[near.argmax()].item()
    print(
        f"head {head}: {near.max():.2f} at {peaks[head]}, lowest {near.min():.2f};\n"
        f"  moved by 1,000 tokens: {(near - far).abs().max():.0e}"
    )
assert peaks[4] == 0 and min(peaks[0], peaks[8]) > 5
figure = curves(
    lines,
    xlabel="distance in tokens",
    ylabel="score",
    title="Head 4 has its highest score at distance 0; heads 0 and 8 have it further back",
    colours=dict(zip(lines, ("blue", "teal", "orange"), strict=True)),
)

# %%
# title: MiniGPT, likewise
e = load_trained()[1].encode("e")[0]
for head in range(minigpt.architecture().num_heads):
    q, k = query_and_key(minigpt, e, e, head)
    at = torch.full_like(distances, 60)
    near = scores(q, k, at - distances, at, minigpt.rope_base)
    far = scores(q, k, at + 60 - distances, at + 60, minigpt.rope_base)
    assert (near - far).abs().max() < 1e-4
    best = distances[near.argmax()].item()
    print(
        f"head {head}: highest, {near.max():.1f}, at a distance of {best}; lowest {near.min():.1f}"
    )

# %% [markdown]
# A score isn't yet attention: the softmax compares it with the scores of all other tokens. But
# you see what a head *can* prefer before it has seen a text. The tests of this code compare the
# softmax of such scores with the attention that `transformers` computes on random weights: they
# agree to $10^{-5}$, with and without norms for queries and keys.
#
# ## Your turn: any Llama
#
# Put the folder of a model here, or the path of a GGUF file with a Llama in it. From the Hub you
# get a folder with the `hf` command of `huggingface_hub`, which `transformers` brings along (`hf
# download HuggingFaceTB/SmolLM2-135M` prints where it is), or with its `snapshot_download`.
# Nothing of it is executed.

# %%
# title: Your turn
PATH = Path("my-export")  # a folder, or a file that ends in .gguf


def open_any(path):
    return open_gguf(path) if Path(path).suffix == ".gguf" else open_folder(path)


yours = open_any(PATH)
sizes = yours.architecture()
stored = sum(tensor.count for tensor in yours.tensors.values())
print(
    f"{yours.name}: {sizes.num_layers} layers of {sizes.d_model}, "
    f"{sizes.num_heads} heads on {sizes.num_kv_heads}, {stored:,} parameters"
)

# %% [markdown]
# The names in this lab are those of Llama, Mistral and Qwen3. What is built otherwise would be
# misread, so it is refused, with what was found:

# %%
# title: What is not known
from snippets.modern.llama.opened_model import check_known

for config in ({"model_type": "mamba"}, {"hidden_size": 64}):
    try:
        check_known(config)
    except ValueError as error:
        print("ValueError:", error)

# %% [markdown]
# ## Exercises
#
# **1. Which layer is loud?** Each layer's `input_layernorm` multiplies the normalised vector by
# its gains. Print the mean absolute gain per layer of SmolLM2. Is it the same everywhere?

# %%
# title: Your turn
gains = smollm2["model.layers.0.input_layernorm.weight"]
print(tuple(gains.shape))

# %%
# fold: Solution 1
means = [
    smollm2[f"model.layers.{n}.input_layernorm.weight"].abs().mean().item()
    for n in range(smollm2.architecture().num_layers)
]
print(" ".join(f"{mean:.2f}" for mean in means))
assert means[0] < means[-1] / 3

# %% [markdown]
# ??? success "Solution 1"
#     It isn't. In the first layer, whose input is the embedding itself, the gains are less than a
#     third of those in the last. The norm makes all vectors equally long; the gains decide how much
#     of each channel a layer gets.
#
# **2. Write it yourself: read a tensor.** From `table`, `length` and `path` above, read the
# numbers of one tensor with `open`, `seek` and `torch.frombuffer`. Test it against
# `minigpt[name]`.

# %%
# title: Your turn
name = "model.norm.weight"
print(table[name])

# %%
# fold: Solution 2
start, end = table[name]["data_offsets"]
with open(path, "rb") as file:
    file.seek(8 + length + start)
    numbers = torch.frombuffer(bytearray(file.read(end - start)), dtype=torch.float32)
assert torch.equal(numbers.view(table[name]["shape"]), minigpt[name])
print(tuple(numbers.shape))

# %% [markdown]
# **3. Without the rotation.** What would the curves above look like if all positions were 0?
# Compute it before you draw it.

# %%
# title: Your turn
q, k = query_and_key(smollm2, king, king, head=0)

# %%
# fold: Solution 3
flat = scores(q, k, distances * 0, distances * 0, smollm2.rope_base)
print(f"always {flat[0]:.3f}, the score at distance 0: {lines['head 0'][1][0]:.3f}")
assert (flat - flat[0]).abs().max() < 1e-6

# %% [markdown]
# ??? success "Solution 3"
#     Level lines, at the score of distance 0. Without positions a head can't tell near from far.
#
# ## Key points
#
# - A safetensors file is eight bytes, a table and numbers. Its table says what is in it, and
#   whether it is complete.
# - Names and shapes tell how a model is built, and the configuration how many parameters it must
#   have.
# - Bits per number on disk, bytes per number in memory, and a cache per token are three different
#   sums.
# - A head's score depends on two tokens and the distance between them.
#
# ## References
#
# <!-- pagekit:references -->
