"""Learning from rewards: PPO, DPO and GRPO."""
