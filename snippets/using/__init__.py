"""A model at work: published, called, prompted, and given passages to read and tools to use.

    publishing/   a model in the hands of others: files, cards, licences, and a server
    calls/        calling a model through its API: protocols, costs, failures
    prompts/      what the wording of a prompt changes, and what hides in it
    search/       finding the passages that answer a question
    agents/       models that use tools, and what they may do
    homework/     what the assignments and the interactive lab are built from

Each has the code of one chapter or two.
"""
