#!/usr/bin/env python3
"""Makes gguf/NAME.gguf of the folders here with llama.cpp's own converter, in bf16.

    python3 make_ggufs.py FOLDER_OF_LLAMA_CPP

The folders have no tokenizer, so the converter writes none. Left out is what its files cannot say:
windows of llama, qwen2 and starcoder2, dynamic ropes, logn attention.
"""

import pathlib
import sys

ROOT = pathlib.Path(sys.argv[1])
sys.path[:0] = [str(ROOT), str(ROOT / "gguf-py")]

import gguf  # noqa: E402
from conversion import ModelBase, get_model_class  # noqa: E402

HERE = pathlib.Path(__file__).parent


def no_vocabulary(self):
    self.gguf_writer.add_tokenizer_model("none")


def baichuan_tensors(packed):
    """Version of mid-2026: its method calls itself for all but W_pack."""
    def tensors(self, data, name, layer):
        if "W_pack" in name:
            yield from packed(self, data, name, layer)
        else:
            yield (self.map_tensor_name(name), data)
    return tensors


for name in ("baichuan", "chatglm", "gemma", "granite", "phi4_mini", "smollm3", "stablelm"):
    config = ModelBase.load_hparams(HERE / name, False)
    kind = get_model_class(config["architectures"][0])
    kind.set_vocab = no_vocabulary
    if name == "baichuan":
        kind.modify_tensors = baichuan_tensors(kind.modify_tensors)
    out = HERE / "gguf" / f"{name}.gguf"
    out.parent.mkdir(exist_ok=True)
    kind(HERE / name, gguf.LlamaFileType.MOSTLY_BF16, out, eager=True, hparams=config).write()
