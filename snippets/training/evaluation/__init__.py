"""How good a trained model is, and whether the test is fair."""
