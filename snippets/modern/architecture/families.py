"""Which function counts which architecture."""

from collections.abc import Callable, Mapping

from snippets.modern.architecture import llama_family as llamas
from snippets.modern.architecture import older_families as others
from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.counted_parts import Design

FAMILIES: Mapping[str, Callable[[Fields], Design]] = {
    "bert": others.bert,
    "deepseek_v3": llamas.deepseek_v3,
    "gemma": llamas.gemma,
    "gemma2": llamas.gemma2,
    "gemma3_text": llamas.gemma3,
    "gpt2": others.gpt2,
    "gpt_neo": others.gpt_neo,
    "gpt_neox": others.gpt_neox,
    "jais": others.jais,
    "llama": llamas.llama,
    "mistral": llamas.mistral,
    "mixtral": llamas.mixtral,
    "olmo2": llamas.olmo2,
    "phi3": llamas.phi3,
    "qwen2": llamas.qwen2,
    "qwen3": llamas.qwen3,
    "qwen3_moe": llamas.qwen3_moe,
    "t5": others.t5,
}
"""From the ``model_type`` of a configuration to the function that counts it."""


def design_of(config: Mapping[str, object]) -> Design:
    """The design that a configuration describes.

    Raises:
        ValueError: an architecture that is not among ``FAMILIES``, or a field that is missing or
            has no possible value; it is named.
    """
    family = config.get("model_type")
    if family is None:
        raise ValueError("'model_type' is missing: it says which architecture this is")
    if family not in FAMILIES:
        inner = config.get("text_config")
        hint = "; its text_config is a configuration, too" if isinstance(inner, Mapping) else ""
        known = ", ".join(FAMILIES)
        raise ValueError(f"model_type={family!r} is not known{hint}; known are {known}")
    return FAMILIES[str(family)](Fields(config))
