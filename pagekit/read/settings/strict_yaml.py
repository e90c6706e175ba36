"""YAML in which no key stands twice: the first of two would be lost without a word."""

from typing import Any

import yaml


class StrictLoader(yaml.SafeLoader):
    """``yaml.SafeLoader``, but a key that stands twice in a mapping is an error with its place.

    Keys are looked at as they are typed: what ``<<`` merges in may stand there again.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """The node of a mapping.

        Raises:
            yaml.YAMLError: a key stands twice.
        """
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else id(key_node)
            if key in seen:
                raise yaml.composer.ComposerError(
                    None, None, f"{key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return node
