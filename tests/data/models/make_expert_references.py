#!/usr/bin/env python3
"""Writes tiny checkpoints of mixtures of experts and of latent attention, of odd sizes, each with
what Hugging Face transformers makes of it, in the layout of the other folders here.

    pip install torch transformers safetensors
    python make_expert_references.py [NAME ...]

Weights are random, rounded to bf16; the reference is computed in float64 from exactly those (the
classes of DeepSeek route in float32). Experts carry the names of files on the hub.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

ODD = dict(vocab_size=67, max_position_embeddings=512, rms_norm_eps=1e-5, bos_token_id=1,
           eos_token_id=2, hidden_act="silu")
LATENT = dict(ODD, hidden_size=48, num_attention_heads=6, num_key_value_heads=6,
              num_hidden_layers=3, intermediate_size=56, moe_intermediate_size=20, kv_lora_rank=20,
              qk_nope_head_dim=14, qk_rope_head_dim=10, v_head_dim=11)
YARN = dict(type="yarn", factor=8, original_max_position_embeddings=32, beta_fast=32, beta_slow=1)

MODELS = {
    "deepseek_v2_lite": dict(
        LATENT, model_type="deepseek_v2", vocab_size=1003, q_lora_rank=None, n_routed_experts=5,
        num_experts_per_tok=3, n_shared_experts=2, first_k_dense_replace=1, moe_layer_freq=1,
        topk_method="greedy", scoring_func="softmax", n_group=1, topk_group=1,
        norm_topk_prob=False, routed_scaling_factor=1.0, tie_word_embeddings=True,
        rope_theta=10000, rope_scaling=dict(YARN, mscale=0.707, mscale_all_dim=0.707)),
    "deepseek_v2_groups": dict(
        LATENT, model_type="deepseek_v2", q_lora_rank=18, n_routed_experts=9,
        num_experts_per_tok=3, n_shared_experts=1, first_k_dense_replace=0, moe_layer_freq=1,
        topk_method="group_limited_greedy", scoring_func="softmax", n_group=3, topk_group=2,
        norm_topk_prob=False, routed_scaling_factor=2.5, rope_theta=10000),
    "deepseek_v3_plain": dict(
        LATENT, model_type="deepseek_v3", q_lora_rank=None, n_routed_experts=5,
        num_experts_per_tok=3, n_shared_experts=2, first_k_dense_replace=1, n_group=1,
        topk_group=1, norm_topk_prob=False, routed_scaling_factor=2.446, rope_interleave=False,
        scoring_func="sigmoid", topk_method="noaux_tc", num_nextn_predict_layers=0,
        rope_theta=50000, rope_scaling=dict(YARN, mscale=1.0, mscale_all_dim=0.6)),
    "gpt_oss": dict(
        ODD, model_type="gpt_oss", hidden_size=40, intermediate_size=20, num_hidden_layers=5,
        num_attention_heads=6, num_key_value_heads=2, head_dim=24, sliding_window=16,
        num_local_experts=5, num_experts_per_tok=3, swiglu_limit=7.0, attention_bias=True,
        layer_types=["sliding_attention", "full_attention"] * 2 + ["sliding_attention"],
        rope_theta=150000, rope_scaling=dict(YARN, rope_type="yarn", truncate=False)),
    "gpt_oss_mxfp4": dict(
        ODD, model_type="gpt_oss", hidden_size=64, intermediate_size=32, num_hidden_layers=3,
        num_attention_heads=6, num_key_value_heads=2, head_dim=24, sliding_window=16,
        num_local_experts=3, num_experts_per_tok=2, swiglu_limit=7.0, attention_bias=True,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_theta=150000, rope_scaling=dict(YARN, rope_type="yarn", truncate=False)),
    "qwen3_moe_sparse": dict(
        ODD, model_type="qwen3_moe", hidden_size=48, intermediate_size=40, num_hidden_layers=5,
        num_attention_heads=6, num_key_value_heads=2, head_dim=24, moe_intermediate_size=20,
        num_experts=5, num_experts_per_tok=3, decoder_sparse_step=2, mlp_only_layers=[3],
        norm_topk_prob=False, tie_word_embeddings=True, rope_theta=10000),
    "qwen2_moe": dict(
        ODD, model_type="qwen2_moe", hidden_size=48, intermediate_size=40, num_hidden_layers=3,
        num_attention_heads=6, num_key_value_heads=2, moe_intermediate_size=20,
        shared_expert_intermediate_size=28, num_experts=5, num_experts_per_tok=3,
        decoder_sparse_step=1, mlp_only_layers=[], norm_topk_prob=False, qkv_bias=True,
        tie_word_embeddings=True, use_sliding_window=False, rope_theta=10000),
}
PROMPTS = {1003: (2, 5, 17), 67: (2, 33, 129)}
GREEDY = 32


def rounded(tensor):
    return tensor.to(torch.bfloat16)


def drawn(name, shape, random):
    numbers = torch.randn(shape, generator=random, dtype=torch.float64)
    if name.endswith(("norm.weight", "layernorm.weight")):
        return rounded(1 + 0.2 * numbers)
    if "embed_tokens" in name:
        return rounded(numbers)
    if len(shape) == 1 or "proj_bias" in name:  # biases, sinks, corrections of the choice
        return rounded(0.5 * numbers)
    return rounded(1.5 * numbers / shape[-1] ** 0.5)


def packed(shape, random):
    """Random MXFP4 [experts, rows, columns]: codes of two numbers a byte, exponents a block."""
    experts, rows, columns = shape
    blocks = torch.randint(0, 256, (experts, rows, columns // 32, 16), generator=random,
                           dtype=torch.uint8)
    scales = torch.randint(120, 125, (experts, rows, columns // 32), generator=random,
                           dtype=torch.uint8)
    return blocks, scales


def hub_tensors(name, tensor):
    """A class's tensor under the names of files on the hub."""
    if name.endswith("mlp.experts.gate_up_proj"):
        half = tensor.shape[1] // 2
        for expert in range(tensor.shape[0]):
            prefix = name.replace("gate_up_proj", f"{expert}.")
            yield prefix + "gate_proj.weight", tensor[expert, :half]
            yield prefix + "up_proj.weight", tensor[expert, half:]
    elif name.endswith("mlp.experts.down_proj"):
        for expert in range(tensor.shape[0]):
            yield name.replace("down_proj", f"{expert}.down_proj.weight"), tensor[expert]
    else:
        yield name, tensor


def weights(model, config, random):
    """Draws the model's numbers; the tensors that a file of it holds."""
    files = {}
    state = dict(model.named_parameters())
    state.update((name, buffer) for name, buffer in model.named_buffers() if "e_score" in name)
    for name, parameter in state.items():
        if name == "lm_head.weight" and config.get("tie_word_embeddings"):
            continue
        is_experts = name.endswith(("experts.gate_up_proj", "experts.down_proj"))
        if is_experts and "mxfp4" in config.get("quantization_config", {}).get("quant_method", ""):
            experts, columns, rows = parameter.shape
            blocks, scales = packed((experts, rows, columns), random)
            files[name + "_blocks"], files[name + "_scales"] = blocks, scales
            value = convert_moe_packed_tensors(blocks, scales, dtype=torch.bfloat16)
        else:
            value = drawn(name, parameter.shape, random)
            files.update([(name, value)] if config["model_type"] == "gpt_oss"
                         else hub_tensors(name, value))
        with torch.no_grad():
            parameter.copy_(value)
    return {name: tensor.contiguous() for name, tensor in files.items()}


def logits(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0]


def references(model, vocabulary, random):
    found = {}
    for k, length in enumerate(PROMPTS[vocabulary]):
        prompt = torch.randint(3, vocabulary, (length,), generator=random)
        tokens = prompt.tolist()
        found[f"prompt_{k}"] = prompt
        found[f"logits_{k}"] = logits(model, tokens).to(torch.float32).contiguous()
        for _ in range(GREEDY):
            tokens.append(int(logits(model, tokens)[-1].argmax()))
        found[f"greedy_{k}"] = torch.tensor(tokens[length:])
    return found


def write(name):
    config = dict(MODELS[name])
    random = torch.Generator().manual_seed(1 + list(MODELS).index(name))
    settings = {key: value for key, value in config.items() if key != "model_type"}
    torch.set_default_dtype(torch.float64)
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(config["model_type"], **settings), attn_implementation="eager",
        experts_implementation="eager", dtype=torch.float64).eval()
    if name.endswith("mxfp4"):
        config["quantization_config"] = dict(
            quant_method="mxfp4", modules_to_not_convert=["model.layers.*.self_attn",
                                                          "model.layers.*.mlp.router",
                                                          "model.embed_tokens", "lm_head"])
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    files = weights(model, config, random)
    model.tie_weights()
    config.update(architectures=[type(model).__name__], torch_dtype="bfloat16",
                  tie_word_embeddings=config.get("tie_word_embeddings", False))
    save_file(files, folder / "model.safetensors", metadata={"format": "pt"})
    save_file(references(model, config["vocab_size"], random), folder / "reference.safetensors")
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or MODELS:
        write(wanted)
        print(wanted)
