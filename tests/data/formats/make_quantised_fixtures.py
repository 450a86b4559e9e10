#!/usr/bin/env python3
"""Writes quantised/NAME: folders of random matrices and of tiny llama models in the formats of
quantised Hugging Face checkpoints. Beside the format's own files, reference.safetensors has what
the matrices stand for (float32, "X.weight") and, of models, "tokens" and "logits" (float64
arithmetic of transformers on the dequantised weights, stored as float32).

compressed-tensors and bitsandbytes write and read their own formats; AWQ, GPTQ, FP8 and MXFP4 are
written and read here in NumPy, by the documents of AutoAWQ, AutoGPTQ, DeepSeek-V3 and OCP.

Needs: pip install torch transformers compressed-tensors bitsandbytes safetensors numpy."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

HOME = Path(__file__).parent / "quantised"
MODEL = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
    "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 40, "max_position_embeddings": 128,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
    "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False,
    "torch_dtype": "float32", "eos_token_id": 2,
}


def int32(words):
    return torch.from_numpy(words.astype(np.uint32).view(np.int32))


def pack_bits(codes, bits):
    """Along the last axis, lowest bits first, dense: [..., n] -> uint32 [..., n * bits / 32]."""
    spread = (codes[..., None].astype(np.uint8) >> np.arange(bits)) & 1
    flat = spread.reshape(*codes.shape[:-1], -1)
    assert flat.shape[-1] % 32 == 0
    return np.packbits(flat.astype(np.uint8), axis=-1, bitorder="little").view("<u4")


def quantise(weight, bits, group, symmetric, group_of=None):
    """[N, K] -> codes [N, K], scales f16 [N, G], zero points [N, G], dequantised f32 [N, K]."""
    rows, columns = weight.shape
    group = columns if group == -1 else group
    if group_of is None:
        group_of = np.arange(columns) // group
    groups = int(group_of.max()) + 1
    scales = np.zeros((rows, groups), np.float16)
    zeros = np.zeros((rows, groups), np.int64)
    top = 2 ** bits - 1
    for g in range(groups):
        part = weight[:, group_of == g]
        if symmetric:
            scales[:, g] = np.maximum(np.abs(part).max(1), 1e-5) * 2 / top
            zeros[:, g] = 2 ** (bits - 1)
        else:
            low, high = np.minimum(part.min(1), 0), np.maximum(part.max(1), 0)
            scales[:, g] = np.maximum(high - low, 1e-5) / top
            zeros[:, g] = np.clip(np.round(-low / scales[:, g].astype(np.float32)), 0, top)
    scale = scales.astype(np.float32)[:, group_of]
    codes = np.clip(np.round(weight / scale) + zeros[:, group_of], 0, top).astype(np.int64)
    return codes, scales, zeros, (codes - zeros[:, group_of]).astype(np.float32) * scale


def awq(weight, group):
    codes, scales, zeros, reference = quantise(weight, 4, group, False)
    order = [0, 2, 4, 6, 1, 3, 5, 7]

    def pack(values):  # [rows, N] -> [rows, N / 8]
        words = np.zeros((values.shape[0], values.shape[1] // 8), np.uint32)
        for nibble, column in enumerate(order):
            words |= values[:, column::8].astype(np.uint32) << np.uint32(4 * nibble)
        return int32(words)

    return {"qweight": pack(codes.T), "qzeros": pack(zeros.T),
            "scales": torch.from_numpy(scales.T.copy())}, reference


def gptq(weight, bits, group, symmetric, act_order=False, stored="less one", index=True, seed=3):
    rows, columns = weight.shape
    size = columns if group == -1 else group
    group_of = np.arange(columns) // size
    if act_order:
        group_of = np.random.default_rng(seed).permutation(group_of)
    codes, scales, zeros, reference = quantise(weight, bits, group, symmetric, group_of)
    less = 1 if stored == "less one" else 0
    kept = (zeros - less) & (2 ** bits - 1)
    if less:  # v1 cannot store a zero point of 0 otherwise
        reference = ((codes - ((kept + 1) & (2 ** bits - 1))[:, group_of]).astype(np.float32)
                     * scales.astype(np.float32)[:, group_of])
    parts = {"qweight": int32(pack_bits(codes, bits).T.copy()),
             "qzeros": int32(pack_bits(kept.T.copy(), bits)),
             "scales": torch.from_numpy(scales.T.copy())}
    if index:
        parts["g_idx"] = torch.from_numpy(group_of.astype(np.int32))
    return parts, reference


def float8(weight, block):
    """Scales for blocks of rows x columns; None: one for the tensor, "row": one a row."""
    rows, columns = weight.shape
    high, wide = {None: (rows, columns), "row": (1, columns)}.get(block, block)
    grid = np.zeros((-(-rows // high), -(-columns // wide)), np.float32)
    codes = torch.zeros(rows, columns, dtype=torch.float8_e4m3fn)
    reference = np.zeros_like(weight)
    for i in range(grid.shape[0]):
        for j in range(grid.shape[1]):
            at = np.s_[i * high:(i + 1) * high, j * wide:(j + 1) * wide]
            grid[i, j] = np.abs(weight[at]).max() / 448
            codes[at] = torch.from_numpy(weight[at] / grid[i, j]).to(torch.float8_e4m3fn)
            reference[at] = codes[at].float().numpy() * grid[i, j]
    return codes, torch.from_numpy(grid), reference


def compressed(weight, args, zero_points=False, group_of=None):
    """A module's parts and its weight, by the package."""
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
    form, options = args
    scheme = QuantizationScheme(targets=["Linear"], weights=QuantizationArgs(**options))
    weight = torch.from_numpy(weight)
    rows, columns = weight.shape
    wide = {"group": options.get("group_size"), "block": 32}.get(options["strategy"], columns)
    high = {"tensor": rows, "block": 32}.get(options["strategy"], 1)
    top = 448 if options["type"] == "float" else 2 ** options["num_bits"] - 1
    shape = (-(-rows // high), -(-columns // wide))
    scales, zeros = torch.zeros(shape), torch.zeros(shape, dtype=torch.int8)
    for i in range(shape[0]):
        for j in range(shape[1]):
            part = weight[i * high:(i + 1) * high, j * wide:(j + 1) * wide]
            if options["type"] == "float":
                scales[i, j] = part.abs().max() / top
            elif zero_points:
                low, upper = part.min().clamp(max=0), part.max().clamp(min=0)
                scales[i, j] = (upper - low) / top
                zeros[i, j] = torch.round(-low / scales[i, j]) - 2 ** (options["num_bits"] - 1)
            else:
                scales[i, j] = part.abs().max() * 2 / top
    if options["strategy"] == "tensor":
        scales, zeros = scales.reshape(1), zeros.reshape(1)
    state = {"weight": weight, "weight_scale": scales, "weight_zero_point": zeros}
    compressor = BaseCompressor.get_value_from_registry(form)
    parts = compressor.compress(state, scheme)
    if not zero_points:
        parts.pop("weight_zero_point", None)
    reference = compressor.decompress(parts, scheme)["weight"].float().numpy()
    return {name: part.contiguous() for name, part in parts.items()}, reference


def compressed_config(form, options):
    return {"quant_method": "compressed-tensors", "format": form, "ignore": ["lm_head"],
            "quantization_status": "compressed", "kv_cache_scheme": None,
            "config_groups": {"group_0": {"targets": ["Linear"], "weights": options,
                                          "input_activations": None}}}


def bnb4(weight, kind, nested):
    from bitsandbytes import functional as bnb
    codes, state = bnb.quantize_4bit(torch.from_numpy(weight), quant_type=kind,
                                     compress_statistics=nested, blocksize=64)
    parts = {"weight": codes}
    for name, part in state.as_dict(packed=True).items():
        parts["weight." + name] = part
    absmax = state.absmax
    if nested:
        absmax = bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset
    flat = codes.numpy().reshape(-1)
    each = np.stack([flat >> 4, flat & 15], 1).reshape(-1)[:weight.size]
    reference = state.code.numpy()[each] * np.repeat(absmax.numpy(), 64)[:weight.size]
    reference = reference.reshape(weight.shape).astype(np.float32)
    # Its CPU kernel (0.50) miscounts the blocks of some rows that are no whole ones; asked for rows
    # of one block it agrees.
    state.shape = torch.Size((weight.size // 64, 64))
    theirs = bnb.dequantize_4bit(codes, state).numpy().reshape(weight.shape)
    assert np.allclose(reference, theirs, rtol=1e-5, atol=1e-6), np.abs(reference - theirs).max()
    return parts, reference


def bnb8(weight):
    top = np.abs(weight).max(1)
    codes = np.round(weight * (127 / top)[:, None]).astype(np.int8)
    reference = (codes.astype(np.float32) * top[:, None] / np.float32(127)).astype(np.float32)
    return {"weight": torch.from_numpy(codes), "SCB": torch.from_numpy(top),
            "weight_format": torch.tensor(0, dtype=torch.uint8)}, reference


def mxfp4(experts, rows, columns, random):
    table = np.array([0, .5, 1, 1.5, 2, 3, 4, 6], np.float32)
    table = np.concatenate([table, -table])
    codes = random.integers(0, 16, (experts, rows, columns // 32, 32)).astype(np.uint8)
    scales = random.integers(118, 126, (experts, rows, columns // 32)).astype(np.uint8)
    blocks = codes[..., 0::2] | codes[..., 1::2] << 4
    reference = table[codes] * np.exp2(scales.astype(np.float32) - 127)[..., None]
    return (torch.from_numpy(blocks), torch.from_numpy(scales),
            reference.reshape(experts, rows, columns).astype(np.float32))


def write(name, config, tensors, reference, extra_file=None):
    folder = HOME / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config) + "\n")
    if extra_file:
        (folder / extra_file[0]).write_text(json.dumps(extra_file[1]) + "\n")
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    save_file({k: torch.as_tensor(v).contiguous() for k, v in reference.items()},
              folder / "reference.safetensors")


def matrix(name, quantization, parts, reference, extra_file=None):
    tensors = {"m." + part: value for part, value in parts.items()}
    config = {"quantization_config": quantization} if quantization else {}
    write(name, config, tensors, {"m.weight": reference}, extra_file)


def logits(weights, tokens):
    from transformers import LlamaConfig, LlamaForCausalLM
    model = LlamaForCausalLM(LlamaConfig(**MODEL)).double()
    model.load_state_dict({k: v.double() for k, v in weights.items()}, strict=False)
    model.tie_weights()
    with torch.no_grad():
        return model(torch.from_numpy(tokens)[None]).logits[0].float()


def model(name, quantization, quantiser):
    """A llama whose linear layers `quantiser` turns into parts and a dequantised matrix."""
    random = np.random.default_rng(7)

    def normal(*shape):
        return (random.standard_normal(shape) * 0.2).astype(np.float32)

    plain = {"model.embed_tokens.weight": normal(40, 64),
             "model.norm.weight": 1 + normal(64),
             "model.layers.0.input_layernorm.weight": 1 + normal(64),
             "model.layers.0.post_attention_layernorm.weight": 1 + normal(64)}
    linear = {"self_attn.q_proj": (64, 64), "self_attn.k_proj": (32, 64),
              "self_attn.v_proj": (32, 64), "self_attn.o_proj": (64, 64),
              "mlp.gate_proj": (96, 64), "mlp.up_proj": (96, 64), "mlp.down_proj": (64, 96)}
    stored = {k: torch.from_numpy(v) for k, v in plain.items()}
    whole = dict(stored)
    for layer, shape in linear.items():
        prefix = f"model.layers.0.{layer}."
        parts, reference = quantiser(normal(*shape))
        stored |= {prefix + part: value for part, value in parts.items()}
        whole[prefix + "weight"] = torch.from_numpy(reference)
    tokens = random.integers(3, 40, 17)
    write(name, MODEL | {"quantization_config": quantization}, stored,
          {"tokens": tokens, "logits": logits(whole, tokens)})


def main():
    torch.manual_seed(1)
    random = np.random.default_rng(5)

    def normal(*shape):
        return (random.standard_normal(shape) * 0.3).astype(np.float32)

    def named(codes, scales, reference, suffix):
        return {"weight": codes, "weight" + suffix: scales}, reference

    def config(method, **keys):
        return {"quant_method": method} | keys

    matrix("awq_g32", config("awq", bits=4, group_size=32, zero_point=True, version="gemm",
                             modules_to_not_convert=None), *awq(normal(72, 96), 32))
    matrix("awq_rows", None, *awq(normal(40, 80), -1),
           ("quant_config.json", {"w_bit": 4, "q_group_size": -1, "zero_point": True,
                                  "version": "GEMM"}))
    for bits in (2, 3, 4, 8):
        matrix(f"gptq_{bits}", config("gptq", bits=bits, group_size=32, desc_act=False, sym=False,
                                      checkpoint_format="gptq", damp_percent=0.01),
               *gptq(normal(64, 96), bits, 32, False))
        matrix(f"gptq_{bits}_order", config("gptq", bits=bits, group_size=32, desc_act=True,
                                            sym=True), *gptq(normal(32, 96), bits, 32, True, True))
    matrix("gptq_v2", config("gptq", bits=4, group_size=32, desc_act=False, sym=False,
                             checkpoint_format="gptq_v2"),
           *gptq(normal(32, 64), 4, 32, False, stored="itself"))
    matrix("gptq_mislabelled", config("gptq", bits=4, group_size=32, desc_act=False, sym=True,
                                      checkpoint_format="gptq"),
           *gptq(normal(32, 64), 4, 32, True, stored="itself"))
    matrix("gptq_old", None, *gptq(normal(32, 96), 4, -1, True, index=False),
           ("quantize_config.json", {"bits": 4, "group_size": -1, "desc_act": False, "sym": True}))

    def options(bits, strategy, group=None, symmetric=True, kind="int"):
        out = {"num_bits": bits, "type": kind, "symmetric": symmetric, "strategy": strategy}
        if strategy == "group":
            out["group_size"] = group
        if strategy == "block":
            out["block_structure"] = [32, 32]
        return out

    for name, form, args, shape in [
            ("ct_w4", "pack-quantized", options(4, "group", 32), (40, 96)),
            ("ct_w4_asym", "pack-quantized", options(4, "group", 32, False), (36, 96)),
            ("ct_w4_rows", "pack-quantized", options(4, "channel"), (24, 76)),
            ("ct_w8", "pack-quantized", options(8, "channel", None, False), (24, 72)),
            ("ct_w4_tensor", "pack-quantized", options(4, "tensor"), (24, 72)),
            ("ct_w3", "pack-quantized", options(3, "group", 32, False), (40, 96)),
            ("ct_int8", "int-quantized", options(8, "channel"), (24, 72)),
            ("ct_int8_tensor", "int-quantized", options(8, "tensor", None, False), (24, 72)),
            ("ct_fp8", "float-quantized", options(8, "channel", None, True, "float"), (24, 72)),
            ("ct_fp8_tensor", "float-quantized", options(8, "tensor", None, True, "float"),
             (24, 72)),
            ("ct_fp8_block", "float-quantized", options(8, "block", None, True, "float"),
             (72, 80))]:
        matrix(name, compressed_config(form, args),
               *compressed(normal(*shape), (form, args), not args["symmetric"]))
    # The order of columns is no part of the package any more; earlier files have it.
    ordered = options(4, "group", 32) | {"actorder": "group"}
    group_of = np.random.default_rng(9).permutation(np.arange(96) // 32)
    codes, scales, _, reference = quantise(normal(24, 96), 4, 32, True, group_of)
    matrix("ct_order", compressed_config("pack-quantized", ordered),
           {"weight_packed": int32(pack_bits(codes, 4)), "weight_scale": torch.from_numpy(scales),
            "weight_shape": torch.tensor([24, 96]),
            "weight_g_idx": torch.from_numpy(group_of.astype(np.int32))}, reference)

    matrix("fp8_block", config("fp8", activation_scheme="dynamic", weight_block_size=[32, 32]),
           *named(*float8(normal(72, 80), (32, 32)), "_scale_inv"))
    codes, scale, reference = float8(normal(24, 40), None)
    matrix("fp8_tensor", config("fp8", activation_scheme="static"),
           {"weight": codes, "weight_scale": scale.reshape(()),
            "input_scale": torch.tensor(0.5)}, reference)
    matrix("fp8_rows", config("fbgemm_fp8"), *named(*float8(normal(24, 40), "row"), "_scale"))
    matrix("bnb_nf4", config("bitsandbytes", load_in_4bit=True, bnb_4bit_quant_type="nf4"),
           *bnb4(normal(24, 128), "nf4", True))
    matrix("bnb_nf4_odd", config("bitsandbytes", load_in_4bit=True, bnb_4bit_quant_type="nf4"),
           *bnb4(normal(24, 72), "nf4", False))
    matrix("bnb_fp4", config("bitsandbytes", load_in_4bit=True, bnb_4bit_quant_type="fp4"),
           *bnb4(normal(24, 96), "fp4", True))
    matrix("bnb_int8", config("bitsandbytes", load_in_8bit=True), *bnb8(normal(24, 72)))
    blocks, scales, reference = mxfp4(2, 6, 96, random)
    write("mxfp4", {"quantization_config": config("mxfp4")},
          {"m_blocks": blocks, "m_scales": scales}, {"m": reference})

    model("model_awq", config("awq", bits=4, group_size=32, zero_point=True, version="gemm"),
          lambda weight: awq(weight, 32))
    model("model_gptq", config("gptq", bits=4, group_size=32, desc_act=True, sym=False),
          lambda weight: gptq(weight, 4, 32, False, True))
    model("model_ct", compressed_config("pack-quantized", options(4, "group", 32, False)),
          lambda weight: compressed(weight, ("pack-quantized", options(4, "group", 32, False)),
                                    True))
    model("model_fp8", config("fp8", weight_block_size=[32, 32]),
          lambda weight: named(*float8(weight, (32, 32)), "_scale_inv"))
    model("model_nf4", config("bitsandbytes", load_in_4bit=True, bnb_4bit_quant_type="nf4"),
          lambda weight: bnb4(weight, "nf4", True))
    model("model_int8", config("bitsandbytes", load_in_8bit=True), bnb8)


if __name__ == "__main__":
    main()
