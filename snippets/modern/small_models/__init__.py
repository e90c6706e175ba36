"""The same model, smaller: weights taken out, and layers that share them."""
