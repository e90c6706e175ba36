# ---
# title: "Lab: MiniGPT"
# description: Build a small GPT from its parts, train it on Shakespeare, let it write, and save it.
# question: What can you build yourself, in an hour, from the parts of the course?
# minutes: 60
# prerequisites:
#   - "[The transformer block](../transformer/transformer-block.md)"
#   - "[MiniGPT](../transformer/minigpt.md)"
# artefacts: [minigpt]
# ---

# %% [markdown]
# # Lab: MiniGPT
#
# In an hour you build a language model: you assemble it from parts, check it, train it on
# Shakespeare's plays, let it write, and save it to disk. The model is small, so that training takes
# minutes at most, but a large one goes through the same steps.
#
# The parts come from the course's own code. Install that first, with the extra `data`, as
# [Get the course](../reference/get.md) explains. Or run `make setup` in the folder of the whole
# project, and open this notebook in VS Code or Jupyter with the Python that the command puts into
# `.venv`. A cell marked *Your turn* runs as it is, but is there for you to change.
#
# **After this lab you can**
#
# - assemble a [[decoder-only model]] and say where its parameters are;
# - find out within seconds whether a model *can* learn, before you spend minutes on it;
# - read a training curve, and say at which loss an untrained language model should start;
# - choose how to sample from a model, and see what each choice does;
# - save a model so that anyone can load it without running your code.

# %%
# title: Setting up
import sys
from pathlib import Path

COURSE = Path.cwd()  # or Path("…"), the folder of the course, if this notebook lies elsewhere
sys.path += [str(f) for f in (COURSE, *COURSE.parents) if (f / "snippets").is_dir()]

import matplotlib.pyplot as plt
import torch

from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer

plt.ion()  # a figure appears under the cell that draws it
torch.set_num_threads(1)  # a model this small gains little from more
print("PyTorch", torch.__version__)

# %% [markdown]
# ## The text
#
# The text is all the plays, with four of them held out as a [[validation set]]. The model never
# trains on those, so its loss on them shows what it has learned and not merely memorised. Whole
# plays are held out, because a model that has read the first half of *Macbeth* knows who is who in
# the second.
#
# Each character is a token. That makes the [[vocabulary]] tiny, and leaves it to the model to
# discover that there are words at all.

# %%
# title: All the plays, as ids
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
# character that follows. So the targets are the inputs, shifted by one. One piece of 64 characters
# makes 64 predictions, and a [[batch]] of 16 pieces makes 1,024.

# %%
# title: One batch
from snippets.training.batches import batches

generator = torch.Generator().manual_seed(0)
inputs, targets = next(batches(training_ids, batch_size=16, context=64, generator=generator))

print("shapes:", tuple(inputs.shape), tuple(targets.shape))  # (B, T)
print("inputs: ", repr(tokenizer.decode(inputs[0].tolist())[:40]))
print("targets:", repr(tokenizer.decode(targets[0].tolist())[:40]))

# %% [markdown]
# ## The model, from its parts
#
# You have met every part in the [chapters](../transformer/transformer-block.md) before this lab:
# token [[embedding|embeddings]], blocks of attention and feed-forward network with a norm before
# each, a last norm, and a head that gives every token of the vocabulary a score. Three of the parts
# are what most open models use today: RMSNorm [@zhang2019rmsnorm], rotary positions [@su2021] and a
# gated feed-forward network, SwiGLU [@shazeer2020]. Norms for queries and keys (`qk_norm`) and a
# head that is the embedding table, transposed, are found in many small ones: with both, this is a
# small Qwen3 [@yang2025]. Read the class from top to bottom. It is the whole model.

# %%
# title: A GPT
from torch import Tensor, nn

from snippets.transformer.feed_forward import SwiGLU
from snippets.transformer.masks import causal_mask
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.normalization import RMSNorm
from snippets.transformer.positions.rope import RotaryPositions
from snippets.transformer.transformer_block import PreNormBlock

V, T, C, H, L = tokenizer.vocab_size, 64, 64, 4, 2  # vocabulary, context, width, heads, layers
HIDDEN = 172  # width inside the feed-forward network
EPS = 1e-5  # what every norm adds under its root


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        rotary = RotaryPositions(T, C // H)
        self.embedding = nn.Embedding(V, C)
        self.blocks = nn.ModuleList(
            PreNormBlock(
                MultiHeadAttention(C, H, bias=False, rotary=rotary, qk_norm=True, norm_eps=EPS),
                SwiGLU(C, HIDDEN),
                RMSNorm(C, EPS),
                RMSNorm(C, EPS),
            )
            for _ in range(L)
        )
        self.norm = RMSNorm(C, EPS)
        self.head = nn.Linear(C, V, bias=False)
        self.head.weight = self.embedding.weight  # one table, in two places

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
# The course's own `MiniGPT` is assembled in the same way, except that a configuration names its
# parts, and that it can keep what it has already computed for earlier tokens ([[KV cache]]). Is
# yours the same model? If both get the same weights, they must give the same numbers. Once that is
# shown, the rest of the lab uses `MiniGPT` in place of your class.

# %%
# title: The same model, from a configuration
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
    d_hidden=HIDDEN,
    norm_eps=EPS,
)
torch.manual_seed(0)
model = MiniGPT(config)
mine.load_state_dict(model.state_dict())  # the names agree, or this raises
with torch.no_grad():
    difference = (mine(inputs) - model(inputs)).abs().max()
print(f"largest difference: {difference:.1g}")
assert difference < 1e-5, "not the same model"

# %% [markdown]
# ## Where the parameters are
#
# !!! predict "Predict first"
#     Which takes most of the parameters of this model?
#
#     - [ ] The table of the characters, embedding and head in one.
#         - With so few characters it is small; in a model with a large vocabulary and few layers it
#           may be the largest part.
#     - [ ] Attention.
#         - Four matrices of $C \times C$ per layer make $4C^2$.
#     - [x] The feed-forward networks.
#         - Three matrices between $C$ and about $8C/3$ numbers make $8C^2$ per layer.

# %%
# title: Parameters by part
# alt: Three bars. The feed-forward networks hold most parameters, about twice as many as
#   attention; the table and norms hold the fewest.
# caption: Parameters by part. Three matrices between $C$ and about $8C/3$ numbers make $8C^2$
#   in the feed-forward network, against $4C^2$ in attention.
from snippets.plots.bars import compare_bars

parts = {"feed-forward": 0, "attention": 0, "table and norms": 0}
for name, parameter in model.named_parameters():
    if "feed_forward." in name:
        parts["feed-forward"] += parameter.numel()
    elif "attention." in name:
        parts["attention"] += parameter.numel()
    else:
        parts["table and norms"] += parameter.numel()

print(f"together {sum(parts.values()):,}; by formula {count_parameters(config):,}")
assert parts["feed-forward"] > parts["attention"] > parts["table and norms"]
figure = compare_bars(
    list(parts.values()),
    list(parts),
    xlabel="parameters",
    marked=[0],
    number="{:,.0f}",
    title="The feed-forward networks hold most of the parameters",
)

# %% [markdown]
# The larger the width $C$, the more the blocks outweigh the table: blocks grow with the square of
# $C$, the table only with $C$ itself.
#
# ## Two checks before training
#
# Many mistakes in a model show within seconds, if you look. **First check: the loss before
# training.** A model that knows nothing should consider all characters about equally likely. Then
# each has the probability $1/V$, and the loss is $-\ln \tfrac{1}{V} = \ln V$. A loss far above that
# means that something is wrong with the initial weights.

# %%
# title: First check
import math

from snippets.transformer.minigpt import next_token_loss

with torch.no_grad():
    loss = next_token_loss(model(inputs), targets)
print(f"first loss {loss:.3f}, ln V = {math.log(V):.3f}")

# %% [markdown]
# **Second check: learn one batch by heart.** A sound model can bring the loss of a single batch
# close to 0, if it sees it again and again. If it cannot, no amount of data will help: gradients do
# not arrive, or inputs and targets do not match. The loop below has the lines that every training
# run repeats: the loss, its gradients (`backward`), and a step of an optimiser, here AdamW.
#
# !!! predict section "Predict first"
#     Can the loss on one batch fall all the way to 0? Think of the first character of each piece:
#     it is all that the model has seen when it must predict the second.
#
#     - [ ] Yes, if the model is large enough and trains for long.
#         - If two pieces begin with the same character and go on differently, no model can be sure
#           of both.
#     - [x] No, but close to it.
#         - Only the first characters of a piece leave a choice; what follows is known by heart.
#     - [ ] No, it stays at about half of the first loss.
#         - Few of the 64 characters of a piece are uncertain once all pieces are known.

# %%
# title: Second check
# timeout: 600
# alt: The loss over 150 steps on a log scale. It starts at the level of a uniform guess, falls
#   steeply, and flattens out far below.
# caption: Loss on the same sixteen pieces of text at every step, on a logarithmic scale.
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
# The model can learn. But part of the loss can never go away: pieces begin anywhere in the text, so
# two of them may begin with the same characters and continue differently, and nothing tells them
# apart before that. How much loss is that, for this batch? Count, for each beginning, what follows.
# If a beginning occurs $m$ times and one continuation follows it $n$ times, the best that a model
# can do is to give that continuation the probability $n/m$, at a loss of $\ln (m/n)$ each time.

# %%
# title: The lowest possible loss
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
# No model that reads from left to right can do better on this batch. Yours was still on its way
# there: train `parrot` for longer, and see how close it comes.
#
# !!! warning "Pitfall: a check that cannot fail"
#     Overfitting one batch shows that the model *can* learn, not that it learns the right thing. A
#     model that sees the future would pass as well. The first exercise below tests for that.
#
# ## Training
#
# Now train on the whole training text: each step takes a fresh batch. A thousand steps read a
# million characters, about a quarter of the text, and no piece of it twice. `train` runs the
# course's own training loop. [Pre-training](../training/pretraining.md) explains the loop;
# [Optimisers](../training/optimizers.md) explains what this one adds to the lines above, Muon for
# the matrices and a learning rate that rises and falls. Every 50 steps it measures the loss on
# held-out text.

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
# title: The training curve
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
# The two curves stay close together: the model has not had time to memorise the text. If the
# training loss kept falling while the validation loss rose, that would be [[overfitting]].
#
# What do the nats mean? A loss of $\ell$ is a [[perplexity]] of $e^\ell$: the model is as unsure as
# if it had to choose among that many equally likely characters. Divided by $\ln 2$, the loss is the
# number of bits per character that a compressor built on this model would need for the text
# [@shannon1948].

# %%
# title: Perplexity and bits
val_loss = record["val_loss"]
print(f"perplexity {math.exp(val_loss):.1f}, out of {V} characters")
print(f"{val_loss / math.log(2):.2f} bits per character, against {math.log2(V):.2f} untrained")

# %% [markdown]
# ## Sampling
#
# To write, the model gives each character a probability, one character is drawn, and the text goes
# back in with that character appended. First look at the probabilities.

# %%
# title: The next character
# alt: Eight bars with the most likely next characters after the prompt. The first few hold nearly
#   all of the probability.
# caption: What the model expects after *What is th*.
from snippets.plots.bars import next_token_bars

prompt = "What is th"
with torch.no_grad():
    logits = model(torch.tensor([tokenizer.encode(prompt)]))[0, -1]  # (V,)
top = logits.softmax(-1).topk(8)
characters = [tokenizer.characters[i] for i in top.indices]
title = f"After “{prompt}”, {top.values[:3].sum():.0%} goes to the three likeliest characters"
figure = next_token_bars(top.values, characters, title=title)

# %% [markdown]
# *The*, *that*, *this* and *thy* would all fit, so the model can't be sure. There are several ways
# to draw. [[Greedy decoding]] always takes the most likely character. A [[temperature]] below 1
# makes likely characters even likelier; above 1, less likely. [[Top-p sampling]] draws only from
# the most likely characters, as few as have a total probability of at least $p$ [@holtzman2020].
#
# !!! predict "Predict first"
#     Greedy decoding takes the most likely character every time. Will it write the best text?
#
#     - [ ] Yes: nothing is better than the most likely.
#         - The most likely next character is not the most likely text, and people don't write the
#           most likely text either.
#     - [ ] No: its words will be no words.
#         - They are words, as the likeliest way to go on within a word mostly makes one.
#     - [x] No: it will repeat itself.
#         - What was likely once is likely again, and nothing leads out of the circle.

# %%
# title: Five ways to draw
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
# Greedy text is safe, and soon goes round in circles. At a high temperature it is full of
# surprises, few of them words. What you usually want lies in between. Look at how much the model
# has learned in a thousand steps: names in capitals, a colon, lines of the right length, and many
# real words.
#
# ## Your turn: sampling
#
# Change the prompt and the settings. At which temperature does the text stop looking like English?
# (`min_p=0.05` leaves out each character that is less than a twentieth as likely as the likeliest.
# The prompt may contain only characters that occur in the plays. The error names any other.)

# %%
# title: Your turn
text = complete(model, tokenizer, "JULIET:\nO ", 200, temperature=0.8, min_p=0.05, seed=7)
print(text)

# %% [markdown]
# ## Saving and loading
#
# A model on disk is its numbers, and what you need to make sense of them: configuration and
# tokenizer. The numbers go into a [[safetensors]] file, which holds names, shapes and bytes, and no
# code. The older way is a [[pickle]], Python's own format. It can contain any code, which runs as
# soon as you load the file, so never load a pickle from someone you do not trust.

# %%
# title: Saved, and loaded again
from snippets.training.checkpoint import load, save

save(model, tokenizer, "my-minigpt")
for file in sorted(Path("my-minigpt").iterdir()):
    print(f"{file.name}: {file.stat().st_size:,} bytes")

again, its_tokenizer = load("my-minigpt")
with torch.no_grad():
    same = torch.equal(again(inputs), model(inputs))
print("the same logits, to the last bit:", same)

# %% [markdown]
# The file of weights is four bytes per parameter, and a little for names and shapes.
#
# ## Against the course's own model
#
# The MiniGPT that this course's pages use was trained on the same text, with more parameters, a
# longer context and more time. Now measure both models on the same part of the held-out plays,
# their first 60,000 characters. (The loss of the training run was measured on all of them, so your
# model's loss differs slightly here.) As the models differ in three things at once, the
# result can't tell which of the three helps. A third bar needs no training: a table that
# [counts](../training/baselines.md) what followed every six characters. (It reads all of the
# training plays once, the course's model only about half.)

# %%
# title: Yours, the course's, and counting
# alt: Three bars with the loss on held-out text. Yours is the highest, the course's model lower,
#   and counting a little lower still.
# caption: Loss on the same held-out text; lower is better.
from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.training.batches import evaluate
from snippets.training.checkpoint import load_trained, training_record

theirs, _ = load_trained()
their_record = training_record()
stretch = validation_ids[:60_000]
losses = {"yours": evaluate(model, stretch), "the course's": evaluate(theirs, stretch)}

for name, m, r in (("yours", model, record), ("the course's", theirs, their_record)):
    print(
        f"{name}: {count_parameters(m.config):,} parameters, context {m.config.context}, "
        f"{r['tokens']:,} characters read, loss {losses[name]:.3f}"
    )
counts = KneserNey(training_ids.numpy(), order=7, vocab_size=tokenizer.vocab_size)
losses["counting"] = -counts.log_probabilities(stretch.numpy()).mean()
print(f"counting: {len(training_ids):,} characters read once, loss {losses['counting']:.3f}")
assert losses["counting"] < losses["the course's"] < losses["yours"]
figure = compare_bars(
    list(losses.values()),
    list(losses),
    xlabel="nats per character",
    number="{:.2f}",
    title="The course's model beats yours, and counting beats both",
)

# %%
# title: The course's model writes
print(complete(theirs, tokenizer, "KING HENRY:\n", 300, temperature=0.8, seed=1))

# %% [markdown]
# ## Export: for those who have none of your code
#
# `load` is our own function, and the files have our own form. Exported, your model becomes one of
# the architectures that the `transformers` library knows by name, and anyone can open it in one
# line. Here that is Qwen3, which normalises queries and keys as your model does. If the logits
# differ by no more than rounding, it is still the same model. The chapter on
# [publishing](../using/publishing.md) explains how that works, and the one after it
# [serves](../using/local-server.md) the model.

# %%
# title: Yours, opened by other people's code
import warnings

warnings.filterwarnings("ignore", message="IProgress not found")  # bars of text will do
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from snippets.using.publishing.export import export

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
# The first three have a cell to work in, and a folded solution below it.
#
# **1. Does the model see the future?** Change the last character of each piece in `inputs`, and
# measure how much the [[logit|logits]] at all earlier positions change. What must the result be?

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
#     The earlier positions must not change at all. That is the [[causal mask]] at work, and every
#     decoder should have this test.
#
# **2. What surprises the model?** Take a passage of the held-out plays and compute for each
# character $-\ln p$, its surprise. Which letters surprise the model more: those within a word, or
# those that begin one?

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
#     A word is hardest to predict at its beginning, where any word that fits the sentence may come.
#     Once it has begun, spelling leaves few ways to continue.
#
# **3. Change one part.** Train the same model without any positions (`positions="none"`), and then
# with a learned table (`positions="learned"`), for 200 steps each. Does it matter as much as you
# expected? One run each is little evidence: try other seeds before you believe a small difference.

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
#     In this run, after 200 steps, RoPE is ahead, then comes the learned table, then no positions.
#     But a model without positions is not blind to order: the causal mask lets the first character
#     see one token and the tenth see ten, and from that a model can work out positions
#     [@haviv2022; @kazemnejad2023].
#
# **4. Is longer training worth it?** Set `steps=4000` in the training cell and run it again. By how
# much does the loss fall in four times the time? (Only your own run can tell, so there is no
# solution.)
#
# ## Key points
#
# - A GPT is an embedding, a stack of blocks, a norm and a head; a configuration names the parts.
# - Check the first loss ($\ln V$) and overfit one batch before you train on the whole text.
# - Watch the loss on text that the model never trains on, and hold out whole plays for that.
# - Sampling is a choice: the same model can bore you or babble.
# - A checkpoint is numbers, configuration and tokenizer, in a format that cannot run code.
# - Exported as an architecture that others know, a model needs none of your code.
#
# ## References
#
# <!-- pagekit:references -->
