"""Makes Share known to peft: call `register()` before `get_peft_model` or `PeftModel.from_pretrained`.

peft's `register_peft_method` takes no name that is not in its own list of types, and upstream adds those by pull
request. So we try it first, and otherwise enter the method in the mappings that it would have filled.
"""

from __future__ import annotations

from peft import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING
from peft.mapping import PEFT_TYPE_TO_PREFIX_MAPPING
from peft.utils import register_peft_method

from sleepy_share.config import ShareConfig, ShareType
from sleepy_share.model import ShareModel


def register() -> None:
    """Let peft create, save and load Share adapters. To say so twice does no harm."""
    kind = ShareType.SHARE
    if PEFT_TYPE_TO_TUNER_MAPPING.get(kind) is ShareModel:
        return
    try:
        register_peft_method(
            name=kind.value.lower(), config_cls=ShareConfig, model_cls=ShareModel, prefix=ShareModel.prefix
        )
    except ValueError:  # unknown to this peft
        PEFT_TYPE_TO_CONFIG_MAPPING[kind] = ShareConfig
        PEFT_TYPE_TO_TUNER_MAPPING[kind] = ShareModel
        PEFT_TYPE_TO_PREFIX_MAPPING[kind] = ShareModel.prefix
