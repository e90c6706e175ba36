"""From GPT-2 to Llama, and a published Llama opened down to its bytes."""
