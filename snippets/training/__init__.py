"""From a text to a trained model in a folder.

    speed/        more steps per second: memory that is kept, low precision, several processes
    evaluation/   how good a trained model is, and whether the test is fair
    scaling/      models of many sizes at equal compute, and what their losses foretell

Beside them lies one training run, from batches to a saved model; its loop is `loop.py`.
"""
