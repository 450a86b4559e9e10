#!/usr/bin/env python3
"""Makes the checkpoints of this folder whose config.json has "made_by": "make_references.py".

Weights are random, rounded to bf16; reference.safetensors is computed from exactly those in float64,
by transformers' classes where it has them and by the plain PyTorch below where only the published
remote code exists (qwen, baichuan with ALiBi). logits_K are those of one forward pass over
prompt_K. greedy_K are chosen with the rope of the whole reply's length: every step runs over a
sequence padded to that length, whose padding a causal model does not see.

    pip install torch transformers safetensors
    python3 make_references.py [FOLDER ...]
"""

import json
import math
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
GREEDY = 12
VOCABULARY = 103
torch.manual_seed(20)


def randomise(model):
    """Random weights that bf16 holds exactly."""
    model.double().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 1.3 / math.sqrt(weight.shape[-1]))
            elif "norm" in name and name.endswith("weight"):
                weight.copy_(weight.mean().round() + 0.2 * torch.randn_like(weight))
            else:
                weight.normal_(0.0, 0.3)
            weight.copy_(weight.bfloat16().double())
    return model


def stored(model):
    """The checkpoint's tensors, a tied head left out."""
    tensors = {}
    tied = getattr(model.config, "tie_word_embeddings", False)
    for name, weight in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        tensors[name] = weight.bfloat16().contiguous()
    return tensors


def reference(forward, lengths, vocabulary):
    out = {}
    generator = torch.Generator().manual_seed(7)
    for k, length in enumerate(lengths):
        prompt = torch.randint(3, vocabulary, (length,), generator=generator)
        with torch.no_grad():
            out[f"prompt_{k}"] = prompt
            out[f"logits_{k}"] = forward(prompt).float().contiguous()
            whole = torch.zeros(length + GREEDY - 1, dtype=torch.int64)
            whole[:length] = prompt
            chosen = []
            for step in range(GREEDY):
                token = int(forward(whole)[length + step - 1].argmax())
                chosen.append(token)
                if length + step < len(whole):
                    whole[length + step] = token
        out[f"greedy_{k}"] = torch.tensor(chosen)
    return out


def write(name, config, tensors, forward, lengths, vocabulary=VOCABULARY):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    config = dict(config, made_by="make_references.py", torch_dtype="bfloat16")
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    save_file(tensors, folder / "model.safetensors")
    save_file(reference(forward, lengths, vocabulary), folder / "reference.safetensors")
    print(name, sum(f.stat().st_size for f in folder.iterdir()))


def runner(model):
    return lambda tokens: model(tokens[None]).logits[0]


def sizes(**changes):
    base = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=40, num_hidden_layers=3,
                num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512,
                rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, pad_token_id=0)
    return dict(base, **changes)


def build(kind, config, **changes):
    """A model of transformers' class; `changes` are what its config says otherwise."""
    settings = {k: v for k, v in dict(config, **changes).items()
                if k not in ("model_type", "architectures")}
    made = getattr(transformers, kind + "Config")(**settings, attn_implementation="eager")
    return randomise(getattr(transformers, kind + "ForCausalLM")(made))


def plain(name, kind, model_type, lengths=(2, 40, 129), **changes):
    """Architectures that transformers knows, files as it writes them."""
    config = sizes(model_type=model_type, **changes)
    config.setdefault("architectures", [kind + "ForCausalLM"])
    model = build(kind, config)
    write(name, config, stored(model), runner(model), lengths, config["vocab_size"])


# Names and layouts that differ from LLaMA's --------------------------------------------------


def renamed(tensors, pairs):
    out = {}
    for name, tensor in tensors.items():
        for old, new in pairs:
            name = name.replace(old, new)
        out[name] = tensor
    return out


def packed(tensors, layers, parts, name):
    """Joins `parts` of every layer below each other."""
    for layer in range(layers):
        root = f"model.layers.{layer}."
        for end in ("weight", "bias"):
            names = [root + part + "." + end for part in parts]
            if names[0] in tensors:
                tensors[root + name + "." + end] = torch.cat([tensors.pop(n) for n in names])
    return tensors


QKV = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]


def internlm():
    config = sizes(model_type="internlm", architectures=["InternLMForCausalLM"], bias=True,
                   rotary={"base": 10000, "type": "dynamic"}, max_position_embeddings=48,
                   num_hidden_layers=7, hidden_size=24, num_attention_heads=3, intermediate_size=24)
    del config["num_key_value_heads"]
    model = build("Llama", {k: v for k, v in config.items() if k not in ("bias", "rotary")},
                  attention_bias=True, rope_scaling={"rope_type": "dynamic", "factor": 1.0})
    write("internlm_dynamic", config, stored(model), runner(model), (2, 60, 129))


def baichuan(name, second):
    config = sizes(model_type="baichuan",
                   architectures=["BaichuanForCausalLM" if second else "BaiChuanForCausalLM"])
    del config["num_key_value_heads"]
    model = build("Llama", config)
    tensors = packed(stored(model), 3, QKV, "self_attn.W_pack")
    if second:
        with torch.no_grad():
            model.lm_head.weight.copy_(torch.nn.functional.normalize(model.lm_head.weight))
    write(name, config, tensors, runner(model), (2, 17, 65))


def chatglm():
    config = dict(model_type="chatglm", architectures=["ChatGLMModel"], num_layers=3,
                  hidden_size=32, ffn_hidden_size=40, num_attention_heads=4, kv_channels=8,
                  multi_query_attention=True, multi_query_group_num=2, padded_vocab_size=VOCABULARY,
                  vocab_size=VOCABULARY, seq_length=512, layernorm_epsilon=1e-5, rmsnorm=True,
                  add_qkv_bias=True, add_bias_linear=False, post_layer_norm=True,
                  apply_residual_connection_post_layernorm=False, rope_ratio=50,
                  original_rope=True, tie_word_embeddings=False, eos_token_id=[2, 5])
    model = build("Glm", sizes(head_dim=8, attention_bias=True, rope_theta=500000.0,
                               partial_rotary_factor=0.5))
    tensors = packed(stored(model), 3, QKV, "self_attn.query_key_value")
    tensors = renamed(tensors, [
        ("model.embed_tokens", "transformer.embedding.word_embeddings"),
        ("model.norm", "transformer.encoder.final_layernorm"),
        ("lm_head", "transformer.output_layer"), ("model.layers", "transformer.encoder.layers"),
        ("self_attn.o_proj", "self_attention.dense"), ("self_attn", "self_attention"),
        ("gate_up_proj", "dense_h_to_4h"), ("down_proj", "dense_4h_to_h")])
    write("chatglm", config, tensors, runner(model), (2, 17, 65))


def gemma3():
    text = sizes(model_type="gemma3_text", head_dim=24, num_attention_heads=6, sliding_window=20,
                 query_pre_attn_scalar=30, num_hidden_layers=5, hidden_size=24,
                 intermediate_size=24, tie_word_embeddings=True,
                 layer_types=["sliding_attention", "full_attention"] * 2 + ["sliding_attention"],
                 rope_parameters={
                     "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
                     "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}})
    made = transformers.Gemma3TextConfig(
        **{k: v for k, v in text.items() if k != "model_type"}, attn_implementation="eager")
    model = randomise(transformers.Gemma3ForCausalLM(made))
    tensors = renamed(stored(model), [("model.", "language_model.model.")])
    config = dict(model_type="gemma3", architectures=["Gemma3ForConditionalGeneration"],
                  text_config=text)
    write("gemma3_nested", config, tensors, runner(model), (2, 17, 65))


# What only remote code has ------------------------------------------------------------------


class Decoder:
    """A LLaMA-like decoder in the plainest way: no cache, all of the sequence at once."""

    def __init__(self, hidden, inner, heads, layers, qkv_bias):
        generator = torch.Generator().manual_seed(heads + layers)

        def random(*shape):
            scale = 1.3 / math.sqrt(shape[-1]) if len(shape) > 1 else 0.3
            return (torch.randn(*shape, generator=generator) * scale).bfloat16().double()

        self.heads = heads
        self.embedding = random(VOCABULARY, hidden)
        self.head = random(VOCABULARY, hidden)
        self.norm = (1 + random(hidden)).bfloat16().double()
        self.layers = [dict(
            norm1=(1 + random(hidden)).bfloat16().double(),
            norm2=(1 + random(hidden)).bfloat16().double(),
            qkv=random(3 * hidden, hidden), bias=random(3 * hidden) if qkv_bias else None,
            out=random(hidden, hidden), gate=random(inner, hidden), up=random(inner, hidden),
            down=random(hidden, inner)) for _ in range(layers)]

    @staticmethod
    def rms(x, gain):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * gain

    def forward(self, tokens, turn, bias):
        """turn(x [T, heads, width], is_query) → x; bias [heads, T, T] onto the scores."""
        count = len(tokens)
        x = self.embedding[tokens]
        mask = torch.full((count, count), -math.inf, dtype=torch.float64).triu(1)
        for layer in self.layers:
            y = self.rms(x, layer["norm1"]) @ layer["qkv"].T
            if layer["bias"] is not None:
                y = y + layer["bias"]
            q, k, v = (part.view(count, self.heads, -1) for part in y.chunk(3, dim=-1))
            q, k = turn(q, True), turn(k, False)
            scores = torch.einsum("thw,shw->hts", q, k) / math.sqrt(q.shape[-1]) + mask + bias
            y = torch.einsum("hts,shw->thw", scores.softmax(-1), v).reshape(count, -1)
            x = x + y @ layer["out"].T
            y = self.rms(x, layer["norm2"])
            gate = torch.nn.functional.silu(y @ layer["gate"].T)
            x = x + (gate * (y @ layer["up"].T)) @ layer["down"].T
        return self.rms(x, self.norm) @ self.head.T

    def tensors(self, names):
        out = {names["embedding"]: self.embedding, names["head"]: self.head,
               names["norm"]: self.norm}
        for n, layer in enumerate(self.layers):
            for part, name in names["layer"].items():
                if layer[part] is not None:
                    out[names["root"].format(n) + name] = layer[part]
        return {name: tensor.bfloat16().contiguous() for name, tensor in out.items()}


def rotate(x, base):
    """Half-split rope on [T, heads, width]."""
    count, _, width = x.shape
    frequencies = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angle = torch.arange(count, dtype=torch.float64)[:, None] * frequencies
    cos, sin = (torch.cat([f(angle)] * 2, dim=-1)[:, None] for f in (torch.cos, torch.sin))
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


def qwen():
    """modeling_qwen.py: get_ntk_alpha and logn_tensor."""
    trained, hidden, inner, heads = 24, 32, 40, 4
    decoder = Decoder(hidden, inner, heads, 3, True)

    def forward(tokens):
        count = len(tokens)
        alpha = 1.0
        if count > trained:
            alpha = max(2 ** math.ceil(math.log(count / trained, 2) + 1) - 1, 1)
        width = hidden // heads
        base = 10000 * alpha ** (width / (width - 2))
        logn = torch.tensor([math.log(i, trained) if i > trained else 1.0
                             for i in range(1, count + 1)], dtype=torch.float64)

        def turn(x, is_query):
            x = rotate(x, base)
            return x * logn[:, None, None] if is_query and count > trained else x

        return decoder.forward(tokens, turn, 0.0)

    config = dict(model_type="qwen", architectures=["QWenLMHeadModel"], hidden_size=hidden,
                  intermediate_size=2 * inner, kv_channels=hidden // heads,
                  layer_norm_epsilon=1e-6, max_position_embeddings=512, seq_length=trained,
                  num_attention_heads=heads, num_hidden_layers=3, rotary_emb_base=10000,
                  rotary_pct=1.0, use_dynamic_ntk=True, use_logn_attn=True, no_bias=True,
                  vocab_size=VOCABULARY, tie_word_embeddings=False, scale_attn_weights=True)
    names = dict(embedding="transformer.wte.weight", head="lm_head.weight",
                 norm="transformer.ln_f.weight", root="transformer.h.{}.",
                 layer=dict(norm1="ln_1.weight", norm2="ln_2.weight", qkv="attn.c_attn.weight",
                            bias="attn.c_attn.bias", out="attn.c_proj.weight",
                            gate="mlp.w2.weight", up="mlp.w1.weight", down="mlp.c_proj.weight"))
    write("qwen_long", config, decoder.tensors(names), forward, (2, 20, 48, 129))


def slopes(heads):
    """modeling_baichuan.py: _get_interleave."""
    def power(n):
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start ** i for i in range(n)]
    if math.log2(heads).is_integer():
        return power(heads)
    closest = 2 ** math.floor(math.log2(heads))
    return power(closest) + slopes(2 * closest)[0::2][:heads - closest]


def baichuan_alibi():
    """13B: ALiBi on the keys' positions, no rope; version 2 norms the head's rows."""
    heads = 6
    decoder = Decoder(36, 40, heads, 3, False)
    head = decoder.head

    def forward(tokens):
        bias = torch.tensor(slopes(heads), dtype=torch.float64)[:, None, None] * \
            torch.arange(len(tokens), dtype=torch.float64)
        decoder.head = torch.nn.functional.normalize(head)
        logits = decoder.forward(tokens, lambda x, _: x, bias)
        decoder.head = head
        return logits

    config = sizes(model_type="baichuan", architectures=["BaichuanForCausalLM"], hidden_size=36,
                   num_attention_heads=heads, model_max_length=512, rms_norm_eps=1e-6)
    del config["num_key_value_heads"], config["max_position_embeddings"]
    names = dict(embedding="model.embed_tokens.weight", head="lm_head.weight",
                 norm="model.norm.weight", root="model.layers.{}.",
                 layer=dict(norm1="input_layernorm.weight", norm2="post_attention_layernorm.weight",
                            qkv="self_attn.W_pack.weight", out="self_attn.o_proj.weight",
                            gate="mlp.gate_proj.weight", up="mlp.up_proj.weight",
                            down="mlp.down_proj.weight"))
    write("baichuan2_alibi", config, decoder.tensors(names), forward, (2, 17, 65))


def longrope(width):
    pairs = width // 2
    return {"type": "longrope", "short_factor": [1.0 + 0.05 * i for i in range(pairs)],
            "long_factor": [1.5 + 0.8 * i for i in range(pairs)]}


def phi3(name, partial, **changes):
    width = int(8 * partial)
    config = sizes(model_type="phi3", architectures=["Phi3ForCausalLM"], rope_theta=10000.0,
                   max_position_embeddings=256, original_max_position_embeddings=48,
                   rope_scaling=longrope(width), partial_rotary_factor=partial, **changes)
    model = build("Phi3", config)
    write(name, config, stored(model), runner(model), (2, 30, 70, 129))


ALL = {
    "llama_dynamic": lambda: plain(
        "llama_dynamic", "Llama", "llama", head_dim=24, num_attention_heads=6,
        intermediate_size=24, hidden_size=24, max_position_embeddings=64,
        rope_scaling={"type": "dynamic", "factor": 2.0}, rope_theta=10000.0),
    "llama_odd": lambda: plain(
        "llama_odd", "Llama", "llama", (2, 5), head_dim=80, num_attention_heads=6, hidden_size=18,
        intermediate_size=20, vocab_size=1003, num_hidden_layers=2, tie_word_embeddings=True),
    "internlm_dynamic": internlm,
    "internlm3": lambda: plain(
        "internlm3", "Llama", "internlm3", architectures=["InternLM3ForCausalLM"], head_dim=12,
        max_position_embeddings=64, rope_scaling={"rope_type": "dynamic", "factor": 6.0},
        rope_theta=50000000.0),
    "qwen_long": qwen,
    "qwen2_window": lambda: plain(
        "qwen2_window", "Qwen2", "qwen2", use_sliding_window=True, sliding_window=24,
        max_window_layers=2, num_hidden_layers=5, hidden_size=24, intermediate_size=24),
    "phi3_longrope": lambda: phi3("phi3_longrope", 1.0, sliding_window=100),
    "phi4_mini": lambda: phi3("phi4_mini", 0.75, tie_word_embeddings=True),
    "baichuan": lambda: baichuan("baichuan", False),
    "baichuan2": lambda: baichuan("baichuan2", True),
    "baichuan2_alibi": baichuan_alibi,
    "chatglm": chatglm,
    "glm": lambda: plain("glm", "Glm", "glm", (2, 17, 65), head_dim=24, attention_bias=True),
    "gemma": lambda: plain("gemma", "Gemma", "gemma", (2, 17, 65), head_dim=24,
                           tie_word_embeddings=True),
    "gemma3_nested": gemma3,
    "smollm3": lambda: plain("smollm3", "SmolLM3", "smollm3", (2, 17, 65), num_hidden_layers=5,
                             hidden_size=24, intermediate_size=24, tie_word_embeddings=True,
                             rope_theta=5000000.0, use_sliding_window=False),
    "granite": lambda: plain("granite", "Granite", "granite", (2, 17, 65), residual_multiplier=0.22,
                             embedding_multiplier=12.0, attention_multiplier=0.2,
                             logits_scaling=8.0, tie_word_embeddings=True),
    "stablelm": lambda: plain("stablelm", "StableLm", "stablelm", (2, 17, 65), hidden_size=64,
                              use_qkv_bias=True, num_hidden_layers=2, layer_norm_eps=1e-5,
                              partial_rotary_factor=0.25),
    "starcoder2": lambda: plain("starcoder2", "Starcoder2", "starcoder2", (2, 17, 65),
                                sliding_window=20, norm_epsilon=1e-5, use_bias=True,
                                hidden_act="gelu_pytorch_tanh", tie_word_embeddings=True),
}

if __name__ == "__main__":
    for folder in sys.argv[1:] or ALL:
        torch.manual_seed(20)
        ALL[folder]()
