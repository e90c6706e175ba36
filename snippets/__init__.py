"""What the course teaches, as code to copy: plain NumPy and PyTorch, one idea a section.

Letters in shape comments: B batch, T time, C channels (d_model), H heads, D head size,
V vocabulary. Nothing in this package knows of the site that shows it.
"""
