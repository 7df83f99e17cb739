"""What an exception of a worker means to others: its kind, a code, a sentence, and whether memory was lacking."""

from __future__ import annotations

from model.errors import PconvError

LACK_OF_MEMORY = ("can't allocate memory", "out of memory", "ALLOC_FAILED")  # torch's, CUDA's, cuDNN's and cuBLAS'


def is_out_of_memory(error: BaseException) -> bool:
    """Some allocators have a type for it, others a sentence only."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in LACK_OF_MEMORY)


def kind_of(error: BaseException) -> str:
    """See `model.errors`; what nobody foresaw is the device's."""
    return error.kind if isinstance(error, PconvError) else "device"


def code_of(error: BaseException) -> str:
    if isinstance(error, PconvError):
        return error.code
    return "out_of_memory" if is_out_of_memory(error) else "device_error"


def sentence_of(error: BaseException) -> str:
    if isinstance(error, PconvError):
        return error.message
    if is_out_of_memory(error):
        return "There is too little memory for this; select a smaller hole, or close what else uses the device."
    return f"The device failed ({type(error).__name__}: {str(error)[:200]}); run `pconv doctor`."
