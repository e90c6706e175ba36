"""The parts of the transformer, and MiniGPT, which is put together from them."""
