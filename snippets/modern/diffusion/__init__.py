"""Text written in any order: masked diffusion."""
