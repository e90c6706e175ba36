"""The losses of trl's trainers on tensors of ours, without a dataset or a model to train.

Each is the trainer's own method, called on a stand-in that holds the settings which it reads.
"""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

ALONE = SimpleNamespace(  # one process: nothing to gather from others
    gather=lambda x: x, gather_for_metrics=lambda x: x, reduce=lambda x, reduction: x,
    device=torch.device("cpu"),
)  # fmt: skip


def stand_in(**settings: Any) -> SimpleNamespace:
    """What the methods see as `self`: settings, nowhere to send metrics, and no training mode."""
    nothing = defaultdict(lambda: defaultdict(list))  # type: ignore[var-annotated]
    model = torch.nn.Module().eval()
    model.is_gradient_checkpointing = False  # type: ignore[assignment]
    return SimpleNamespace(
        accelerator=ALONE, model=model, _metrics=nothing, _total_train_tokens=0, **settings
    )


def reward_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """RewardTrainer's loss of scores (N,)."""
    from trl.trainer.reward_trainer import RewardTrainer

    logits = torch.cat([chosen, rejected])[:, None]
    trainer = stand_in(args=SimpleNamespace(center_rewards_coefficient=None))
    model = lambda **_: SimpleNamespace(logits=logits)  # noqa: E731
    return RewardTrainer.compute_loss(trainer, model, {})  # type: ignore[arg-type]


def dpo(policy: Tensor, reference: Tensor, answer: Tensor, beta: float) -> Tensor:
    """DPOTrainer's loss: ln π of each token (2N, T), the chosen first, and the answers' mask."""
    from trl.trainer.dpo_trainer import DPOTrainer

    def model(log_probs: Tensor) -> Any:
        masked = log_probs * answer
        return lambda **_: SimpleNamespace(
            log_probs=masked, entropy=masked, mean_logits=masked, is_top1=answer
        )

    trainer = stand_in(
        args=SimpleNamespace(gradient_checkpointing_kwargs=None), beta=beta, ld_alpha=None,
        loss_types=["sigmoid"], loss_weights=[1.0], f_divergence_type="reverse_kl",
        label_smoothing=0.0, use_weighting=False, aux_loss_enabled=False,
        precompute_ref_logps=False, ref_model=model(reference),
    )  # fmt: skip
    mask = torch.cat([torch.zeros(len(answer), 1), answer], dim=1)
    inputs = {"input_ids": mask.long(), "completion_mask": mask}
    loss = DPOTrainer._compute_loss
    return loss(trainer, model(policy), inputs, return_outputs=False)  # type: ignore[arg-type]


def grpo(
    loss_type: str,
    new: Tensor,
    old: Tensor,
    reference: Tensor,
    advantages: Tensor,
    answer: Tensor,
    clip: float,
    beta: float,
) -> Tensor:
    """GRPOTrainer's loss of one of its types: ln π of each token (B, T), and the answers' mask."""
    from trl.trainer.grpo_trainer import GRPOTrainer

    trainer = stand_in(
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None), loss_type=loss_type,
        beta=beta, epsilon_low=clip, epsilon_high=clip, importance_sampling_level="token",
        top_entropy_quantile=1.0, off_policy_mask_threshold=None, aux_loss_enabled=False,
        use_vllm=False, _entropy_bonus_enabled=False,
        _get_per_token_logps_and_entropies=lambda *_, **__: (new, torch.zeros_like(new), None),
    )  # fmt: skip
    ids = torch.zeros_like(answer).long()
    inputs = {
        "prompt_ids": ids[:, :1], "prompt_mask": ids[:, :1], "completion_ids": ids,
        "completion_mask": answer.long(), "advantages": advantages,
        "old_per_token_logps": old, "ref_per_token_logps": reference,
    }  # fmt: skip
    return GRPOTrainer._compute_loss(trainer, None, inputs)  # type: ignore[arg-type]
