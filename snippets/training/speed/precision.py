"""bfloat16, where the processor multiplies it: whether it does, and mixed precision."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


# --8<-- [start:mixed-precision]
@contextmanager
def mixed_precision(enabled: bool, device: str = "cpu") -> Iterator[None]:
    """A context in which matrix products round their inputs to bfloat16 and sum in float32.

    bfloat16 has the range of float32 and 7 bits of fraction; weights, their updates, norms and the
    loss stay in float32 (Micikevicius et al. 2018, with float16; Kalamkar et al. 2019). Only for
    the forward pass: the backward pass uses the same types by itself. `device` is the type of the
    tensors' device, such as "cuda". On a CPU, attention is then two products with a softmax
    between: PyTorch's fused attention takes longer there in bfloat16.
    """
    plain = sdpa_kernel(SDPBackend.MATH) if enabled and device == "cpu" else nullcontext()
    with torch.autocast(device, torch.bfloat16, enabled=enabled), plain:  # (!)
        yield


def has_fast_bfloat16(device: str = "cpu") -> bool:
    """Whether matrix products in bfloat16 run on instructions of this CPU or, for "cuda", GPU.

    A CPU's are AVX-512 BF16, AMX, or Arm's BF16, used by oneDNN. On another, a bfloat16 product is
    emulated, and 50 to 100 times slower than one in float32. So it is where PyTorch is kept to
    AVX2 (`make site CPU=avx2`); AVX-NE-CONVERT converts, but does not multiply.
    """
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not torch.backends.mkldnn.is_available():  # oneDNN, by its former name
        return False
    if torch.backends.cpu.get_cpu_capability() == "AVX2":  # all there is, or all that may be used
        return False
    can = torch.cpu.get_capabilities()
    return any(can.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


# --8<-- [end:mixed-precision]
