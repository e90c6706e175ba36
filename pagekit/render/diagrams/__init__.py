"""Mermaid diagrams as SVG that follows the theme."""
