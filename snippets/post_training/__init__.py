"""From a model that continues text to one that does what it is asked.

    rewards/         what is preferred, by whom, and a model that learns to tell
    reinforcement/   learning from rewards: PPO, DPO and GRPO

Beside them lies learning from examples: chat, fine-tuning, distillation.
"""
