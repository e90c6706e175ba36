"""What the course teaches, as code to copy: plain NumPy and PyTorch, one idea per section.

    foundations/  text, tokens, and models that count
    transformer/  attention, the block, and MiniGPT, which is put together from them
    training/     from a text to a trained model in a folder
    inference/    from a trained model to text
    post_training/  from a model that continues text to one that does what it is asked
    using/        a model in other people's programs
    society/      what models cost, repeat and give away
    plots/        the figures

A part imports only from those above it. Letters in shape comments: B batch, T time, C channels
(d_model), H heads, D head size, V vocabulary. Nothing in this package knows of the site that shows
it.
"""
