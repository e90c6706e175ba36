"""Today's models: how they are built, and what that costs.

    architecture/          what a model costs, counted from its configuration, and the cards of
                           famous models
    llama/                 from GPT-2 to Llama, and a published Llama opened down to its bytes
    experts/               mixtures of experts: many feed-forward networks, of which each token uses
                           a few
    long_context/          more context than in training, and less to keep of it
    efficient_attention/   attention with less memory, or with a state of fixed size instead
    small_models/          the same model, smaller: weights taken out, and layers that share them
    diffusion/             text written in any order: masked diffusion
    quantization/          weights in few bits
    multimodal/            pictures and text in one model
    interpretability/      what happens inside a trained model: reading it, changing it, and growing
                           it

Each has the code of one chapter or two.
"""
