# ---
# title: "Lab: One sentence"
# description: Tokenise, embed, attend, generate. Change a sentence, and see what becomes of it.
# question: What becomes of a sentence of yours on its way through a language model?
# minutes: 60
# prerequisites:
#   - "[Tokens](../foundations/tokens.md)"
#   - "[Embeddings](../foundations/embeddings.md)"
#   - "[Attention heads](../transformer/attention-heads.md)"
#   - "[Sampling](../inference/sampling.md)"
# artefacts: [minigpt]
# ---

# %% [markdown]
# # Lab: One sentence
#
# Here one sentence goes all the way: it is cut into tokens, the tokens become vectors, the vectors
# look at one another, and out come probabilities, from which a text is drawn. The sentence is yours
# to change. Everything that follows is computed from it, on models that are small but real: GPT-2's
# tokenizer and one that you train in seconds; Google's word vectors; MiniLM, a BERT; and
# MiniGPT, this course's own model.
#
# Each of the four parts asks you to *predict* something, has cells *Your turn* to change, and
# checks by an `assert` what you put into most of them. An `assert` that fails is not an accident
# here: its message says what your change has shown.
#
# Install the course's code first, with the extras `data`, `bert` and `vocabularies`, and the word
# vectors besides. The first cell below, copied with its button, begins with the whole command. (A
# notebook that was downloaded from the course's site has a cell of its own for this.)
#
# **After this lab you can**
#
# - say what a tokenizer does to a sentence, and why another cuts it otherwise;
# - show that a word's vector is the same in all sentences before the layers, and not after them;
# - find a head with a simple job, and test which tokens a [[causal mask]] leaves untouched;
# - read a model's probabilities, and predict what a setting of the sampling does to them.

# %%
# title: Setting up
# timeout: 300
import sys
import warnings
from pathlib import Path

COURSE = Path.cwd()  # or Path("…"), the folder of the course, if this notebook lies elsewhere
sys.path += [str(f) for f in (COURSE, *COURSE.parents) if (f / "snippets").is_dir()]
warnings.filterwarnings("ignore", message="IProgress not found")  # nothing here needs bars

import matplotlib.pyplot as plt
import torch

from snippets.foundations.subwords.byte_pair import BytePairTokenizer, load_gpt2, train
from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.vectors.google_news import load_google_news
from snippets.training.checkpoint import load_trained
from snippets.transformer.encoders.pretrained import load_minilm

plt.ion()  # a figure appears under the cell that draws it
torch.set_num_threads(1)  # models this small gain little from more

minigpt, characters = load_trained()
bert_tokenizer, minilm = load_minilm()
gpt2, news = load_gpt2(), load_google_news()

training_text, _ = split_plays(plays())
ours = BytePairTokenizer.from_merges(train(training_text[:500_000], merges=1000))
print(f"MiniGPT knows {characters.vocab_size} characters: {''.join(characters.characters)!r}")
print(f"and reads at most {minigpt.config.context} at a time")

# %% [markdown]
# ## The sentence
#
# Write a sentence of your own here, now or when you have read to the end, and run all cells below
# it. MiniGPT allows only the characters above, and no more than fit into its [[context]].

# %%
# title: Your sentence
SENTENCE = "The tired king forsook his wretched throne."  # change it

from snippets.using.homework.one_sentence import check_sentence

ids = check_sentence(SENTENCE, characters, longest=minigpt.config.context)
print(f"{len(ids)} characters: {ids[:12]} …")

# %% [markdown]
# ## Tokenise
#
# Four tokenizers cut the sentence. MiniGPT's takes every character for a [[token]]. *Ours* was
# trained by [[byte-pair encoding]] in the first cell, with a thousand merges, on half a million
# characters of the plays. GPT-2's has fifty thousand merges, from web pages [@radford2019].
# MiniLM's is BERT's: all in lower case, and `##` marks a piece that goes on within a word
# [@devlin2019].
#
# !!! predict "Predict first"
#     Which tokenizer has the most words of this sentence as a single token? Think of how often each
#     word occurs on web pages, and how often in a few plays.
#
#     - [ ] Ours: it has read Shakespeare.
#         - A thousand merges reach only the most frequent words of those plays; *wretched* falls
#           into pieces.
#     - [x] GPT-2's: its fifty thousand merges reach far.
#         - Only *forsook*, which few web pages have, is in pieces.
#     - [ ] Both have all of them: they cut at blanks.
#         - Cutting at blanks comes first; how far the pieces of a word are merged depends on the
#           text that a tokenizer has read.

# %%
# title: Four ways to cut it
from snippets.using.homework.one_sentence import token_texts

for name, tokenizer in {"characters": characters, "ours": ours, "GPT-2's": gpt2}.items():
    cut = token_texts(tokenizer, SENTENCE)
    print(f"{name:10} {len(cut):3} tokens of {tokenizer.vocab_size:6,}: {'|'.join(cut)}")
    assert tokenizer.decode(tokenizer.encode(SENTENCE)) == SENTENCE, "no text is lost"
cut = bert_tokenizer.tokenize(SENTENCE)
print(f"{'MiniLM':10} {len(cut):3} tokens of {bert_tokenizer.vocab_size:6,}: {'|'.join(cut)}")
assert len(gpt2.encode(SENTENCE)) <= len(characters.encode(SENTENCE))

# %% [markdown]
# More merges make fewer tokens, as a rule. But a merge helps only with text like that from which it
# was learnt. So there is text of which ours makes fewer tokens than GPT-2's: the one in the next
# cell is a speaker's name, in capitals.
#
# **Find another one**, which is no name. A hint: our tokenizer has read *All's Well That Ends Well*
# and *Antony and Cleopatra*, and hardly any web page says *thou*.

# %%
# title: Your turn
TEXT = "CLEOPATRA:"  # change it

few, many = token_texts(ours, TEXT), token_texts(gpt2, TEXT)
print(f"ours {len(few)}: {'|'.join(few)}\nGPT-2's {len(many)}: {'|'.join(many)}")
assert len(few) < len(many), (
    f"ours needs {len(few)} tokens, GPT-2's {len(many)}: what is not far more frequent in the "
    "plays than on web pages has been joined as far, or farther, by GPT-2's fifty thousand merges"
)

# %%
# fold: Solution 1
for text in (" doth", " thine", " madam", "'Tis thine, madam."):
    few, many = token_texts(ours, text), token_texts(gpt2, text)
    print(f"ours {'|'.join(few)!r}, GPT-2's {'|'.join(many)!r}")
    assert len(few) < len(many)

# %% [markdown]
# ??? success "Solution 1"
#     *Doth*, *thine* and *madam*, each with the space before it, are single tokens of ours. GPT-2's
#     cuts them in two: in its text other pairs of letters were more frequent.
#
# ## Embed
#
# Each token becomes a row of a table, its [[embedding]]. In Google's table [@mikolov2013news],
# which was trained on news, the rows of words in similar company are near each other. Change the
# word.
#
# !!! predict section "Predict first"
#     Which words are nearest to *tired*?
#
#     - [ ] Only such as mean nearly the same.
#         - Two of them do. But *bored* and *annoyed* are other things than tired.
#     - [x] Such as mean the same, and others that are used in similar sentences.
#         - A row is learned from the words around it, and one can be *bored* or *annoyed* in the
#           sentences in which one can be *tired*.
#     - [ ] Words that often stand next to it, such as *very*.
#         - That would be so if rows said what stands beside a word. They say what could stand in
#           its place.

# %%
# title: The nearest words
# alt: Horizontal bars of cosines for the eight words nearest to the chosen word.
# caption: Cosines with the chosen word in Google's vectors, among 13,013 words.
from snippets.plots.bars import compare_bars

WORD = "tired"  # change it

words, cosines = zip(*news.nearest(news[WORD], 8, without=[WORD]), strict=True)
figure = compare_bars(
    cosines,
    [word.replace("_", " ") for word in words],
    xlabel=f"cosine with {WORD}",
    number="{:.2f}",
    title=f"Nearest to {WORD}: {words[0].replace('_', ' ')}",
)

# %% [markdown]
# MiniGPT's table has a row for each character. Which characters does it treat alike?

# %%
# title: The nearest characters
from snippets.foundations.vectors.word_vectors import WordVectors

rows = WordVectors(characters.characters, minigpt.embedding.weight.detach())
for character in dict.fromkeys(SENTENCE):
    print(f"{character!r}: {' '.join(map(repr, rows.neighbours(character, 4)))}")

# %% [markdown]
# A row is the token *before* any context. *Spring* has one row, whether it is a season or a part of
# a clock. Only the layers, in which tokens look at one another, can tell the two apart. In the cell
# below the word stands in three sentences: twice with one meaning, once with another. It prints the
# cosines of its vector in the first with those in the two others, before MiniLM's layers and after.
#
# **Later, change the word and the sentences.** Can you find a word for which the
# `assert` fails?
#
# !!! predict "Predict first"
#     What are the two cosines before the layers? And after them: which is the larger?
#
#     - [ ] Before the layers, that of one meaning is already the larger.
#         - There, nothing of the sentence has come in yet: it is the same row three times.
#     - [x] Before the layers, both are 1; after them, that of one meaning is the larger.
#         - The same row has the cosine 1 with itself. The layers mix in what stands around it.
#     - [ ] Both are 1, before and after: it is the same word.
#         - After the layers the vector holds the sentence, too.

# %%
# title: Your turn
from snippets.using.homework.one_sentence import word_in_context

WORD = "spring"
ALIKE = "Flowers bloom in spring.", "The days grow longer in spring."
OTHER = "The spring of the clock is broken."

vectors = [word_in_context(WORD, text, bert_tokenizer, minilm) for text in (*ALIKE, OTHER)]
cosine = torch.nn.CosineSimilarity(dim=0)
for place, name in enumerate(("before the layers", "after the layers")):
    first, second, third = (vector[place] for vector in vectors)  # (C,) each
    near, far = cosine(first, second), cosine(first, third)
    print(f"{name}: one meaning {near:.2f}, another {far:.2f}")
assert near > far, (
    f"after the layers the cosine is {near:.2f} for one meaning and {far:.2f} for another: a state "
    "holds all of a word's context, its topic and place and the words around it, and the meaning "
    "of the word is only a part of that"
)

# %% [markdown]
# Before the layers both cosines are 1: it is the same row three times. After them the two with one
# meaning are nearer to each other. But all three are still close: the three uses share much of
# what is in them. (If a word falls into several pieces, these are means over its pieces.)
#
# ## Attend
#
# In each head of each layer every token spreads a weight of 1 over the tokens that it may look at.
# Here is one head of MiniLM, on your sentence. Try others: there are 6 layers of 12 heads.

# %%
# title: A head of MiniLM
# alt: Heat map of attention weights between the tokens of the sentence, in one head of MiniLM.
# caption: Weights of one head; each row sums to 1 over the whole sentence.
from snippets.plots.heatmaps import attention_heatmap
from snippets.using.homework.one_sentence import bert_maps

LAYER, HEAD = 0, 2  # change them

tokens, states, maps = bert_maps(SENTENCE, bert_tokenizer, minilm)  # maps: (L, H, T, T)
assert torch.allclose(maps.sum(-1), torch.ones(()), atol=1e-5)
before = maps[LAYER, HEAD].diagonal(-1).mean()
figure = attention_heatmap(
    maps[LAYER, HEAD, :16, :16],
    tokens[:16],
    title=f"In layer {LAYER}, head {HEAD}, {before:.0%} of the weight is on the token before",
)

# %% [markdown]
# A single map proves nothing, but you can search all 72 for the one that does a job best. Below,
# `STEP = -1` asks for the token before. **Set it to 1**, the token after, and find the head for
# that job: the message of the `assert` tells you how much there is to find. (The second exercise
# would be to ask whether the same head does it on another sentence: change `SENTENCE`.)

# %%
# title: Your turn
STEP, LAYER, HEAD = -1, 0, 2  # change them

given = maps.diagonal(STEP, -2, -1).mean(-1)  # (L, H): from each token to the one STEP away
found, most = given[LAYER, HEAD], given.max()
print(f"layer {LAYER}, head {HEAD} gives {found:.0%} to the token {STEP:+d} away")
assert found == most, (
    f"{found:.0%}, but some head gives {most:.0%}. There are {given.numel()} heads, so the best at "
    "any job was picked from many: test it on another sentence before you name it after the job"
)

# %%
# fold: Solution 2
for step in (-2, -1, 0, 1, 2):
    given = maps.diagonal(step, -2, -1).mean(-1)
    layer, head = divmod(given.argmax().item(), given.shape[1])
    print(f"{step:+d}: layer {layer}, head {head} gives {given.max():.0%}")

# %% [markdown]
# ??? success "Solution 2"
#     On the sentence that the lab came with, layer 1, head 8 looks at the token after, with more
#     than half of its weight: less strictly than layer 0, head 2 looks at the one before. For two
#     tokens back or ahead there is no such head.
#
# ### What a causal mask leaves untouched
#
# MiniGPT must not look ahead. Here are the heads of one of its layers on the beginning of your
# sentence.

# %%
# title: The heads of a layer of MiniGPT
# alt: Four heat maps of attention between the first characters of the sentence, one for each head
#   of a layer of MiniGPT. All are empty above the diagonal.
# caption: Weights of the four heads of one layer.
from snippets.plots.head_maps import attention_heads
from snippets.transformer.attention_weights import attention_weights

LAYER = 0  # change it

with torch.no_grad():
    own = attention_weights(minigpt, torch.tensor([ids]))[:, 0]  # (L, H, T, T)
assert not own.triu(1).any(), "no character looks ahead"
figure = attention_heads(
    own[LAYER, :, :16, :16],
    list(SENTENCE[:16]),
    columns=2,
    title=f"No head of MiniGPT's layer {LAYER} looks ahead",
)

# %% [markdown]
# Now one character of the sentence changes.
#
# !!! predict "Predict first"
#     In which rows of MiniGPT's maps, over all layers, can the weights change? And does the state
#     of MiniLM's first token, `[CLS]`, change?
#
#     - [ ] In that of the changed character only; and `[CLS]` does not change.
#         - All later characters look at the changed one, and in BERT `[CLS]` does, too.
#     - [x] In its row and those below; and `[CLS]` changes.
#         - The mask keeps the change from earlier rows. BERT has no such mask.
#     - [ ] In all rows; and `[CLS]` changes.
#         - No earlier row of MiniGPT has seen the character.

# %%
# title: Your turn
from snippets.using.homework.one_sentence import first_changed

PLACE, NEW = len(SENTENCE) // 2, "x"  # which character, from 0 on, and what it becomes

assert 0 < PLACE < len(SENTENCE) and len(NEW) == 1 and SENTENCE[PLACE] != NEW, (
    f"choose a place from 1 to {len(SENTENCE) - 1}, and another character for it. (At place 0 a "
    "map shows nothing: the first character may look at itself only, so its weight is always 1)"
)
changed = SENTENCE[:PLACE] + NEW + SENTENCE[PLACE + 1 :]
with torch.no_grad():
    others = attention_weights(minigpt, torch.tensor([characters.encode(changed)]))[:, 0]
row = first_changed(own, others)
_, other_states, _ = bert_maps(changed, bert_tokenizer, minilm)
moved = (states[0] - other_states[0]).abs().max()
print(f"{changed}\nMiniGPT: row {row} is the first that changed")
print(f"MiniLM: a number of [CLS] changed by {moved:.2f}")
assert row == PLACE, "a row before the change can't know of it; if it does, the mask is broken"
assert moved > 1e-3, (
    "BERT reads in both directions, so a change that it sees reaches every token. Yours may be "
    "one of capitals only, such as k to K, or of one kind of blank to another: this BERT's "
    "tokenizer makes all letters small and all blanks alike. Choose another character"
)

# %% [markdown]
# With a causal mask whatever was computed for earlier characters stays as it is. A [[KV cache]]
# rests on that: a model that writes need not compute again what it has read.
#
# ## Generate
#
# The last vector becomes a score for each of MiniGPT's characters, and a [[softmax]] makes
# probabilities of them. So the model gives, for each character of your sentence, how likely it was.
# The *surprisal* of a character is $-\ln p$, in [[nat|nats]].

# %%
# title: What surprises MiniGPT
# alt: The sentence with a bar over each character but the first. The bars differ widely.
# caption: Surprisal of each character of the sentence for MiniGPT, given all before it.
from snippets.plots.drawings.surprisal import surprisal_drawing
from snippets.plots.house.values import visible
from snippets.transformer.minigpt import next_token_loss

with torch.no_grad():
    logits = minigpt(torch.tensor([ids]))[0]  # (T, V)
log_p = logits[:-1].log_softmax(-1)  # (T - 1, V)
surprisals = -log_p[range(len(ids) - 1), ids[1:]]  # (T - 1,)
place = surprisals.argmax().item()
before = SENTENCE[: place + 1]
before = before[before.rfind(" ", 0, -1) + 1 :]  # from the beginning of a word
figure = surprisal_drawing(
    SENTENCE[1:],
    surprisals,
    unit="nats per character",
    marked=[place],
    title=f"“{visible(SENTENCE[place + 1])}” after “{visible(before)}” surprises most",
)

loss = next_token_loss(logits[None, :-1], torch.tensor([ids[1:]]))
print(f"mean {surprisals.mean():.3f} nats per character, the loss {loss:.3f}")
top = logits[-1].softmax(-1).topk(3)
likeliest = zip(top.indices, top.values, strict=True)
print("expected next:", ", ".join(f"{characters.decode([i])!r} {p:.0%}" for i, p in likeliest))
assert torch.allclose(surprisals.mean(), loss, atol=1e-5), "the loss is the mean surprisal"

# %% [markdown]
# Now change what MiniGPT reads, and look at what it expects next. The [[entropy]] of its
# probabilities says how unsure it is: 0 nats if it is certain, $\ln V$ if all $V$ characters are
# equally likely.
#
# **Find two beginnings of your own** for which the `assert` below holds.
#
# !!! predict section "Predict first"
#     Where is MiniGPT more unsure of the next character: within a long name that it has often read,
#     or at the beginning of a speech?
#
#     - [ ] Within the name: names are rare words.
#         - This one is frequent in the plays, and once it has begun, only one end fits.
#     - [x] At the beginning of the speech.
#         - Many words may begin a speech, and so may many characters.
#     - [ ] It is as unsure in both places: it has one table of probabilities.
#         - It computes new probabilities from all that it has read.

# %%
# title: Your turn
# alt: Horizontal bars with the probabilities of the six likeliest characters after the second
#   beginning. None of them is near 1.
# caption: The six likeliest characters after the second beginning.
from snippets.plots.bars import next_token_bars
from snippets.using.homework.one_sentence import entropy

SURE, UNSURE = "CLEOPATR", "KING HENRY:\n"  # change them

with torch.no_grad():
    after = [minigpt(torch.tensor([characters.encode(text)]))[0, -1] for text in (SURE, UNSURE)]
for text, scores in zip((SURE, UNSURE), after, strict=True):
    p, best = scores.softmax(-1).max(-1)
    print(f"after {text!r}: {entropy(scores):.2f} nats, {characters.decode([best])!r} with {p:.0%}")
top = after[1].softmax(-1).topk(6)
figure = next_token_bars(
    top.values,
    [characters.decode([i]) for i in top.indices],
    title=f"The six likeliest have {top.values.sum():.0%} of the probability",
)
assert entropy(after[0]) < 0.5 and entropy(after[1]) > 2, (
    f"{entropy(after[0]):.2f} and {entropy(after[1]):.2f} nats: the rest of a frequent word is "
    "nearly certain once it has begun; where a word or a speech begins, many characters may come"
)

# %% [markdown]
# Text is made by drawing from such probabilities, character by character. This cell has all the
# settings of [Sampling](../inference/sampling.md); `None` switches a filter off.

# %%
# title: Your turn
from snippets.inference.generation import complete

text = complete(
    minigpt,
    characters,
    SENTENCE + "\n",
    200,
    temperature=0.8,  # 0 is greedy
    top_k=None,  # the k likeliest
    top_p=None,  # as few as have this probability together
    min_p=None,  # at least this share of the likeliest's probability
    repetition_penalty=None,  # above 1 makes what was there less likely
    seed=1,  # another seed, another text
)
print(text)

# %% [markdown]
# !!! predict "Predict first"
#     With `top_k=1`, what difference does it make whether the temperature is 0.5 or 2?
#
#     - [x] None: both give the text that `temperature=0` gives.
#         - A temperature never changes which character is the likeliest, and only that one is left.
#     - [ ] At 2, the text is wilder.
#         - It would be, if there were a second character to draw.
#     - [ ] None, but with temperature 0 the text is another.
#         - Greedy decoding takes the likeliest character, too.

# %%
# title: One character to choose from
one = complete(minigpt, characters, SENTENCE + "\n", 80, top_k=1, temperature=2, seed=7)
greedy = complete(minigpt, characters, SENTENCE + "\n", 80, temperature=0)
print(greedy)
assert one == greedy, "with one candidate there is nothing to draw: greedy decoding"

# %% [markdown]
# How much does the temperature matter? A rough measure needs no reader: the share of the words that
# the plays know. **Change the two temperatures.** How close can they be before the order is a
# matter of the seed?

# %%
# title: Your turn
# timeout: 300
import re

from snippets.using.homework.one_sentence import share_known

COLD, HOT, SEED = 0.5, 1.5, 1  # change them

known = set(re.findall(r"[a-z']+", training_text.lower()))
shares = {}
for temperature in (COLD, HOT):
    text = complete(minigpt, characters, "\n", 300, temperature=temperature, seed=SEED)
    shares[temperature] = share_known(text, known)
    print(f"temperature {temperature}: {shares[temperature]:.0%} of the words are in the plays")
assert shares[COLD] > shares[HOT], (
    f"{shares[COLD]:.0%} at {COLD} and {shares[HOT]:.0%} at {HOT}. A higher temperature gives more "
    "probability to what the model thinks unlikely, but these are some sixty words of one seed: "
    "take temperatures that are further apart, or the mean of many seeds"
)

# %% [markdown]
# !!! warning "Pitfall: a measure that a bore can win"
#     The colder text wins by this measure. But so would a text that says one phrase of known words
#     for ever, as the greedy one above begins to. A number that is easy to compute is seldom the
#     one that you want.
#
# ## What does not fit
#
# What can go wrong with an input? Each line below is refused, with the reason, or has a result that
# is written beside it. Add your own.

# %%
# title: Refused, with the reason
from snippets.inference.sampling import keep_top_k

long = (SENTENCE * 200)[:400]
REFUSED = {
    "an empty sentence": lambda: check_sentence("", characters, 128),
    "a character that MiniGPT lacks": lambda: check_sentence("Déjà vu", characters, 128),
    "more than the context": lambda: check_sentence(long, characters, 128),
    "the same, without our check": lambda: minigpt(torch.tensor([characters.encode(long)])),
    "an empty prompt": lambda: complete(minigpt, characters, "", 5),
    "top_k=0": lambda: keep_top_k(logits, 0),
    "a temperature below 0": lambda: complete(minigpt, characters, "A", 5, temperature=-1),
    "a word without a vector": lambda: news["goblinmode"],
    "a word that is not there": lambda: word_in_context("sea", "No.", bert_tokenizer, minilm),
    "too much for MiniLM": lambda: bert_maps("so " * 600, bert_tokenizer, minilm),
    "nothing for MiniLM": lambda: bert_maps(" ", bert_tokenizer, minilm),
}
for what, run in REFUSED.items():
    try:
        run()
    except ValueError as error:
        print(f"{what}: {error}")
    else:
        raise AssertionError(f"{what} was not refused")

# %%
# title: Not refused, and what comes out
print("GPT-2's tokens of an empty text:", gpt2.encode(""))
print("GPT-2's tokens of what it has no word for:", token_texts(gpt2, "Déjà 👍"))
print("a top_k beyond the vocabulary keeps all:", torch.equal(keep_top_k(logits, 999), logits))
new = complete(minigpt, characters, long, 40, seed=3)[len(long) :]
same = complete(minigpt, characters, long[-128:], 40, seed=3)[128:]
print("of a prompt beyond the context the last 128 characters are read:", new == same)
assert new == same, "what is beyond the context can't change what comes out"

# %% [markdown]
# The last one is worth remembering. A model that *scores* a text refuses one that is too long,
# while a program that *writes* quietly drops the beginning. Something of the kind has to happen in
# every chat that outgrows its model's context: what has scrolled out of it can't change the answer.
#
# ## Key points
#
# - A tokenizer's merges are those of the text that it was trained on: other text falls into more
#   pieces.
# - A token's row is the same everywhere. What tells two meanings apart comes from the layers.
# - The best of many heads at a job was picked for it: test it on another sentence.
# - With a causal mask, a change leaves everything before it as it was.
# - The loss is the mean surprisal. Settings of the sampling change which of the probable
#   continuations you get, not what the model knows.
#
# ## References
#
# <!-- pagekit:references -->
