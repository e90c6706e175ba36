# ---
# title: "Lab: MiniGPT"
# description: Build a small GPT from its parts, train it on Shakespeare, let it speak, and keep it.
# question: What can you make yourself, in an hour, from the parts of the course?
# minutes: 60
# prerequisites:
#   - "[The transformer block](../transformer/transformer-block.md)"
#   - "[MiniGPT](../transformer/minigpt.md)"
# artefacts: [minigpt]
# ---

# %% [markdown]
# # Lab: MiniGPT
#
# In an hour you make a language model: you put it together from parts, check it, train it on
# Shakespeare's plays, let it write, and save it to disk. It is a small one, so that you can wait
# for its training. Everything you do here is what one does with a large one.
#
# The parts come from the course's own code. So install that first, with the extra `data`, as
# [Get the course](../reference/get.md) says; or run `make setup` in the folder of the whole
# project, and open this notebook with the Python that this puts into `.venv`, in VS Code or in
# Jupyter.
# A cell marked *Your turn* runs as it stands, but it is there for you to change.
#
# **After this lab you can**
#
# - assemble a [[decoder-only model]] and say where its parameters are;
# - find out within seconds whether a model *can* learn, before you spend minutes on it;
# - read a training curve, and name the level from which every language model starts;
# - choose how a model is sampled, and see what each choice does;
# - save a model so that anybody can load it without running your code.

# %%
# title: Setting up
import sys
from pathlib import Path

COURSE = Path.cwd()  # or Path("…"), the folder of the course, if this notebook lies elsewhere
sys.path += [str(f) for f in (COURSE, *COURSE.parents) if (f / "snippets").is_dir()]

import matplotlib.pyplot as plt
import torch

from snippets.foundations.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer

plt.ion()  # a figure appears under the cell that draws it
torch.set_num_threads(1)  # a model this small gains little from more
print("PyTorch", torch.__version__)

# %% [markdown]
# ## The text
#
# All the plays, with four of them held out as a [[validation set]]: the model never trains on
# those, so they tell us what it has learned and what it has merely memorised. Whole plays are held
# out, because a model that has read the first half of *Macbeth* knows who is who in the second.
#
# A token is a character. That makes the [[vocabulary]] tiny, and leaves the model to find out by
# itself that there are such things as words.

# %%
training_text, validation_text = split_plays(plays())
tokenizer = CharTokenizer.from_text(training_text + validation_text)
training_ids = torch.tensor(tokenizer.encode(training_text))
validation_ids = torch.tensor(tokenizer.encode(validation_text))

print(f"{len(training_ids):,} characters to train on, {len(validation_ids):,} to validate with")
print(f"{tokenizer.vocab_size} different ones:", repr("".join(tokenizer.characters)))
print(tokenizer.encode("To be"), "->", tokenizer.decode(tokenizer.encode("To be")))
print("\n" + training_text[:180])

# %% [markdown]
# The model reads pieces of a fixed length, its [[context]], and at each position predicts the
# character that follows. So the targets are the inputs, moved by one. One piece of 64 characters is
# 64 exercises, and a [[batch]] of 16 pieces is 1,024.

# %%
from snippets.training.batches import batches

generator = torch.Generator().manual_seed(0)
inputs, targets = next(batches(training_ids, batch_size=16, context=64, generator=generator))

print("shapes:", tuple(inputs.shape), tuple(targets.shape))  # (B, T)
print("inputs: ", repr(tokenizer.decode(inputs[0].tolist())[:40]))
print("targets:", repr(tokenizer.decode(targets[0].tolist())[:40]))

# %% [markdown]
# ## The model, from its parts
#
# You have met every part in the [chapters](../transformer/transformer-block.md) before: token
# [[embedding|embeddings]], blocks of attention and feed-forward network with a norm before each, a
# last norm, and a head that gives every token of the vocabulary a score. The parts are today's
# usual ones: RMSNorm [@zhang2019rmsnorm], rotary positions [@su2021], and the squared ReLU
# [@so2021]. Read the class from top to bottom. It is the whole model.

# %%
# title: A GPT
from torch import Tensor, nn

from snippets.transformer.feed_forward import FeedForward, relu_squared
from snippets.transformer.masks import causal_mask
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.normalization import RMSNorm
from snippets.transformer.rope import RotaryPositions
from snippets.transformer.transformer_block import PreNormBlock

V, T, C, H, L = tokenizer.vocab_size, 64, 64, 4, 2  # vocabulary, context, width, heads, layers
EPS = 1e-5  # what every norm adds under its root


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        rotary = RotaryPositions(T, C // H)
        self.embedding = nn.Embedding(V, C)
        self.blocks = nn.ModuleList(
            PreNormBlock(
                MultiHeadAttention(C, H, bias=False, rotary=rotary, qk_norm=True, norm_eps=EPS),
                FeedForward(C, 4 * C, relu_squared, bias=False),
                RMSNorm(C, EPS),
                RMSNorm(C, EPS),
            )
            for _ in range(L)
        )
        self.norm = RMSNorm(C, EPS)
        self.head = nn.Linear(C, V, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)  # (B, T, C)
        mask = causal_mask(ids.shape[1])  # (T, T): nobody sees what follows
        for block in self.blocks:
            x = block(x, mask)  # (B, T, C)
        return self.head(self.norm(x))  # (B, T, V)


torch.manual_seed(0)
mine = GPT()
print("logits:", tuple(mine(inputs).shape))

# %% [markdown]
# The course's own `MiniGPT` is put together in the same way, only that a configuration names its
# parts, and that it can remember what it has read ([[KV cache]]). Is yours the same model? Give
# both the same weights, and they must give the same numbers.

# %%
from dataclasses import replace

from snippets.transformer.minigpt import MINIGPT, MiniGPT, count_parameters

config = replace(
    MINIGPT,
    vocab_size=V,
    context=T,
    d_model=C,
    num_layers=L,
    num_heads=H,
    num_kv_heads=H,
    d_hidden=4 * C,
    norm_eps=EPS,
)
torch.manual_seed(0)
model = MiniGPT(config)
mine.load_state_dict(model.state_dict())  # the names agree, or this raises
with torch.no_grad():
    difference = (mine(inputs) - model(inputs)).abs().max()
print(f"largest difference: {difference:.1e}")
assert difference < 1e-5, "not the same model"

# %% [markdown]
# ## Where the parameters are
#
# !!! question "Predict first"
#     Which takes most of the parameters of this model: the tables for the characters (embedding and
#     head), attention, or the feed-forward networks?

# %%
# alt: Three bars. The feed-forward networks hold most parameters, about twice as many as
#   attention; the tables and norms hold the fewest.
# caption: Parameters by part. A feed-forward network of width $4C$ holds $8C^2$ of them,
#   attention $4C^2$.
from snippets.plots.bars import compare_bars

parts = {"feed-forward": 0, "attention": 0, "tables and norms": 0}
for name, parameter in model.named_parameters():
    if "feed_forward." in name:
        parts["feed-forward"] += parameter.numel()
    elif "attention." in name:
        parts["attention"] += parameter.numel()
    else:
        parts["tables and norms"] += parameter.numel()

print(f"together {sum(parts.values()):,}; by formula {count_parameters(config):,}")
assert parts["feed-forward"] > parts["attention"] > parts["tables and norms"]
figure = compare_bars(
    list(parts.values()),
    list(parts),
    xlabel="parameters",
    marked=[0],
    number="{:,.0f}",
    title="The feed-forward networks hold most of the parameters",
)

# %% [markdown]
# The larger $C$, the more the blocks outweigh the tables: blocks grow with the square of $C$,
# tables only with $C$ itself.
#
# ## Two checks before training
#
# Most mistakes in a model show up in seconds, if you look. **First check: the loss before
# training.** A model that knows nothing should find all characters about equally likely. Then each
# has the probability $1/V$, and the loss is $-\ln \tfrac{1}{V} = \ln V$. A loss far above that
# means that something is wrong with the initial weights.

# %%
import math

from snippets.transformer.minigpt import next_token_loss

with torch.no_grad():
    loss = next_token_loss(model(inputs), targets)
print(f"first loss {loss:.3f}, ln V = {math.log(V):.3f}")

# %% [markdown]
# **Second check: learn one batch by heart.** A sound model can push the loss of a single batch as
# low as you like, if it sees it again and again. If it cannot, then no amount of data will help:
# gradients do not arrive, or targets and inputs do not belong together.
#
# !!! question "Predict first"
#     Can the loss on one batch fall all the way to 0? Mind the first character of each piece: the
#     model has seen nothing but that one when it must name the second.

# %%
# timeout: 600
# alt: The loss over 150 steps on a log scale. It starts at the level of a uniform guess, falls
#   steeply, and flattens out far below.
# caption: Sixteen pieces of text, learned by heart.
import copy

from snippets.plots.curves import curves

parrot = copy.deepcopy(model)
optimizer = torch.optim.AdamW(parrot.parameters(), lr=0.01)
losses = []
for _ in range(150):
    loss = next_token_loss(parrot(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

figure = curves(
    {"one batch": (range(150), losses)},
    xlabel="step",
    ylabel="nats per character",
    title="A single batch is learned by heart",
    log_y=True,
    references={"uniform guess": math.log(V)},
)
print(f"loss after 150 steps: {losses[-1]:.4f}")

# %% [markdown]
# The wiring is sound. But some of the loss can never go: pieces begin anywhere in the text, so two
# of them may open with the same characters and go on differently, and until they differ nothing
# tells them apart. How much is that, for this batch? Count, for each beginning, what follows it.

# %%
from collections import Counter

beginnings, continued = Counter(), Counter()
for piece, following in zip(inputs.tolist(), targets.tolist(), strict=True):
    for t in range(T):
        beginnings[tuple(piece[: t + 1])] += 1
        continued[tuple(piece[: t + 1]), following[t]] += 1

total = sum(n * math.log(beginnings[b] / n) for (b, _), n in continued.items())
lowest = total / targets.numel()
print(f"lowest possible loss: {lowest:.4f}")
assert lowest < losses[-1], "no model is better than the lowest possible"

# %% [markdown]
# No model can do better on this batch. Yours was still on its way there: train `parrot` for longer,
# and see how much of the rest it loses.
#
# !!! warning "Pitfall: a check that cannot fail"
#     Overfitting one batch says that the model *can* learn, not that it learns the right thing. A
#     model that sees the future would pass as well, and faster. The first exercise below looks for
#     that.
#
# ## Training
#
# Now on all of the training text: each step draws a fresh batch. A thousand steps read a million
# characters, a quarter as many as the plays have, so that most of what it sees is new to the model.
# `train` is the loop from the chapter on [pretraining](../training/pretraining.md). It measures the
# loss on held-out text every 50 steps.

# %%
# title: The training run
# timeout: 900
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.train import train

settings = TrainingConfig(steps=1000, batch_size=16, eval_every=50)
training = Training(config, settings, training_ids, validation_ids)
record = train(training)
model = training.model
print(f"{record['tokens']:,} characters in {record['seconds']:.0f} s")
print(f"loss on the held-out plays: {record['val_loss']:.3f} nats per character")

# %%
# alt: Two curves over 1000 steps, training and validation loss. Both fall steeply from near the
#   level of a uniform guess and then ever more slowly, close together all the way.
# caption: Loss during training. The dashed line is where every untrained model begins.
from snippets.plots.curves import training_curves

steps, training_losses, validation_losses = zip(*record["history"], strict=True)
figure = training_curves(
    (steps, training_losses),
    (steps, validation_losses),
    references={"uniform guess": math.log(V)},
    title="Training and validation fall together",
)

# %% [markdown]
# The two curves stay together: the model has not had the time to memorise anything. If training
# went on falling while validation rose, that would be [[overfitting]].
#
# What do the nats mean? A loss of $\ell$ is a [[perplexity]] of $e^\ell$: the model is as unsure as
# if it had to choose among that many equally likely characters. Divided by $\ln 2$, it is the
# number of bits per character to which this model, used in a compressor, would shrink the text
# [@shannon1948].

# %%
val_loss = record["val_loss"]
print(f"perplexity {math.exp(val_loss):.1f}, out of {V} characters")
print(f"{val_loss / math.log(2):.2f} bits per character, against {math.log2(V):.2f} untrained")

# %% [markdown]
# ## Sampling
#
# To write, the model names a probability for each character, one is drawn, and the text with that
# character at its end goes back in. First look at the probabilities.

# %%
# alt: Ten bars with the most likely next characters after the prompt. The first few hold nearly all
#   of the probability.
# caption: What the model expects after *What is th*.
from snippets.plots.bars import next_token_bars

prompt = "What is th"
with torch.no_grad():
    logits = model(torch.tensor([tokenizer.encode(prompt)]))[0, -1]  # (V,)
top = logits.softmax(-1).topk(10)
characters = [tokenizer.characters[i] for i in top.indices]
title = f"After “{prompt}”, {top.values[:3].sum():.0%} goes to the three likeliest characters"
figure = next_token_bars(top.values, characters, title=title)

# %% [markdown]
# Three ways to draw. [[Greedy decoding]] always takes the most likely character. A
# [[temperature]] below 1 makes likely characters likelier still, above 1 less so.
# [[Top-p sampling]] draws only from the fewest characters that together have the probability $p$
# [@holtzman2020].
#
# !!! question "Predict first"
#     Greedy decoding takes the best character every time. Will it write the best text?

# %%
from snippets.inference.generation import complete

ways = {
    "greedy": {"temperature": 0},
    "temperature 0.5": {"temperature": 0.5},
    "temperature 1": {"temperature": 1.0},
    "temperature 1.5": {"temperature": 1.5},
    "temperature 1, top-p 0.8": {"temperature": 1.0, "top_p": 0.8},
}
for name, options in ways.items():
    text = complete(model, tokenizer, "KING HENRY:\n", 150, seed=1, **options)
    print(f"— {name} —\n{text}\n")

# %% [markdown]
# Greedy text is safe, and soon goes round in circles. Hot text is full of surprises, few of them
# words. In between lies what one usually wants. Look at how much a thousand steps have taught:
# names in capitals, a colon, lines of the right length, and many a word.
#
# ## Your turn: sampling
#
# Change the prompt and the settings. At which temperature does the text stop looking like English?
# (The prompt may only have characters that the plays have. An unknown one is refused by name.)

# %%
# title: Your turn
text = complete(model, tokenizer, "JULIET:\nO ", 200, temperature=0.8, min_p=0.05, seed=7)
print(text)

# %% [markdown]
# ## Saving and loading
#
# A model on disk is its numbers, and what is needed to make sense of them: configuration and
# tokenizer. The numbers go into a *safetensors* file, which holds names, shapes and bytes, and
# nothing that could run. The older way, Python's pickle, can hold any code, which runs as soon as
# you load the file. Never load a pickle from somebody you do not know.

# %%
from snippets.training.checkpoint import load, save

save(model, tokenizer, "my-minigpt")
for file in sorted(Path("my-minigpt").iterdir()):
    print(f"{file.name}: {file.stat().st_size:,} bytes")

again, its_tokenizer = load("my-minigpt")
with torch.no_grad():
    same = torch.equal(again(inputs), model(inputs))
print("the same logits, to the last bit:", same)

# %% [markdown]
# Four bytes for each parameter, and a little for names and shapes: that is all there is to a
# checkpoint.
#
# ## Against the course's own model
#
# The MiniGPT that this course's pages use had the same text, more parameters, a longer context and
# more time. Both models now read the same stretch of the held-out plays.

# %%
# title: Yours and the course's
# alt: Two bars with the loss of the two models on held-out text. The course's model has the lower
#   loss.
# caption: Loss on the same held-out text; lower is better.
from snippets.training.batches import evaluate
from snippets.training.checkpoint import load_trained, training_record

theirs, _ = load_trained()
their_record = training_record()
stretch = validation_ids[:60_000]
both = {"yours": evaluate(model, stretch), "the course's": evaluate(theirs, stretch)}

for name, m, r in (("yours", model, record), ("the course's", theirs, their_record)):
    print(
        f"{name}: {count_parameters(m.config):,} parameters, context {m.config.context}, "
        f"{r['tokens']:,} characters read, loss {both[name]:.3f}"
    )
figure = compare_bars(list(both.values()), list(both), xlabel="loss (nats per character)")

# %%
print(complete(theirs, tokenizer, "KING HENRY:\n", 300, temperature=0.8, seed=1))

# %% [markdown]
# ## Export: for those who have none of your code
#
# `load` is ours, and so is the form of those files. Exported, your model is one of those that the
# `transformers` library knows by name, and anybody opens it in one line: the chapter on
# [publishing](../using/publishing.md) says how that works, and goes on to serve it.

# %%
# title: Yours, opened by other people's code
import warnings

warnings.filterwarnings("ignore", message="IProgress not found")  # bars of text will do
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from snippets.using.export import export

logging.disable_progress_bar()
export(model, tokenizer, "my-export")
exported = AutoModelForCausalLM.from_pretrained("my-export")
its_tokenizer = AutoTokenizer.from_pretrained("my-export")

with torch.no_grad():
    ours, others = model(inputs), exported(inputs).logits  # (B, T, V)
print(f"{type(exported).__name__}: logits differ by {(ours - others).abs().max():.0e} at most")

prompt = its_tokenizer("JULIET:\n", return_tensors="pt")
torch.manual_seed(1)
print(its_tokenizer.decode(exported.generate(**prompt)[0]))

# %% [markdown]
# ## Exercises
#
# Each has a cell to work in, and a solution folded away under it.
#
# **1. Does the model see the future?** Change the last character of each piece in `inputs`, and
# measure how much the [[logit|logits]] at all earlier positions change. What must come out?

# %%
# title: Your turn
changed = inputs.clone()
# changed[:, -1] = …

# %%
# fold: Solution 1
changed = inputs.clone()
changed[:, -1] = (changed[:, -1] + 1) % V  # another character, whichever it is
with torch.no_grad():
    difference = (model(changed) - model(inputs)).abs()  # (B, T, V)
print(f"earlier positions: {difference[:, :-1].max():.1e}, the last: {difference[:, -1].max():.1f}")

# %% [markdown]
# ??? success "Solution 1"
#     The earlier positions must not change at all. That is the [[causal mask]] at work, and it is a
#     test that every decoder should have.
#
# **2. What surprises the model?** Take a passage of the held-out plays and compute for each
# character $-\ln p$, the surprise. Which letters surprise it more: those within a word, or those
# that begin one?

# %%
# title: Your turn
passage = validation_text[2000:2060]
print(passage)

# %%
# fold: Solution 2
start = 200_000
ids = validation_ids[start : start + T * 200].view(200, T)  # 200 pieces
with torch.no_grad():
    log_p = model(ids[:, :-1]).log_softmax(-1)  # (200, T - 1, V)
surprise = -log_p.gather(-1, ids[:, 1:, None]).squeeze(-1)  # (200, T - 1)

letter = torch.tensor([c.isalpha() for c in tokenizer.characters])
is_letter = letter[ids]  # (200, T)
begins = is_letter[:, 1:] & ~is_letter[:, :-1]
within = is_letter[:, 1:] & is_letter[:, :-1]
print(f"first letters of words: {surprise[begins].mean():.2f} nats")
print(f"letters within words:   {surprise[within].mean():.2f} nats")

# %% [markdown]
# ??? success "Solution 2"
#     A word is hardest to guess at its beginning, where the sentence decides. Once it has begun,
#     spelling leaves few ways to go on.
#
# **3. Change one part.** Train the same model without any positions (`positions="none"`), and then
# with a learned table (`positions="learned"`), for 200 steps each. Does it matter as much as you
# expected? Mind that one run each is little evidence: try other seeds before you believe a small
# difference.

# %%
# title: Your turn
variant = replace(config, positions="learned")
print(f"{count_parameters(variant) - count_parameters(config):,} parameters more")

# %%
# fold: Solution 3
# timeout: 600
short = TrainingConfig(steps=200, batch_size=16, eval_every=200)
for positions in ("rope", "learned", "none"):
    variant = replace(config, positions=positions)
    result = train(Training(variant, short, training_ids, validation_ids[:40_000]))
    print(f"{positions}: loss {result['val_loss']:.3f}")

# %% [markdown]
# ??? success "Solution 3"
#     A model without positions is not blind to order: the causal mask lets the first character see
#     one token and the tenth see ten, and from that a position can be told
#     [@haviv2022; @kazemnejad2023].
#
# **4. Is longer training worth it?** Set `steps=4000` in the training cell and run it again. How
# much does four times the time buy? (There is no solution to this one but the clock.)
#
# ## Key points
#
# - A GPT is an embedding, a stack of blocks, a norm and a head; a configuration names the parts.
# - Check the first loss ($\ln V$) and overfit one batch before you train for real.
# - Watch the loss on text that the model never trains on, and hold out whole plays for that.
# - Sampling is a choice: the same model can bore you or babble.
# - A checkpoint is numbers, configuration and tokenizer, in a format that cannot run code.
# - Exported under names that others know, a model needs none of your code.
#
# ## References
#
# <!-- pagekit:references -->
