"""The parts of the transformer, and MiniGPT, which is put together from them.

    positions/          how a transformer knows where a token stands
    encoders/           BERT: an encoder, its training, and what it is fine-tuned to
    encoder_decoders/   two stacks, one that reads and one that writes: T5 and its kind

Beside them lies the decoder, MiniGPT; its parts are put together in `minigpt.py`.
"""
