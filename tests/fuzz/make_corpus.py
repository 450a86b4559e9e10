#!/usr/bin/env python3
"""Writes the seeds of the fuzz programs: small valid inputs, and some that are broken on purpose.

    tests/fuzz/make_corpus.py [build/release/bin/hearth]

Workspaces are made by the program, and left as they are without it.
"""

import json
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/fuzz/corpus"
CUT = b"\n----\n"
WORKSPACE_BYTES = 1 << 20  # as workspace_fuzz.cpp has them


def write(program, name, content):
    folder = CORPUS / program
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def safetensors(tensors):
    header, data = {}, b""
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + size]}
        data += bytes(size)
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def gguf_string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf(entries, tensors):
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries))
    for key, value in entries.items():
        out += gguf_string(key)
        if isinstance(value, str):
            out += struct.pack("<I", 8) + gguf_string(value)
        elif isinstance(value, float):
            out += struct.pack("<If", 6, value)
        elif isinstance(value, int):
            out += struct.pack("<II", 4, value)
        elif isinstance(value[0], str):
            out += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))
        elif isinstance(value[0], float):
            out += struct.pack("<IIQ", 9, 6, len(value)) + struct.pack(f"<{len(value)}f", *value)
        else:
            out += struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    offset, data = 0, b""
    for name, dims in tensors.items():
        size = 4
        for dim in dims:
            size *= dim
        out += gguf_string(name) + struct.pack("<I", len(dims))
        out += struct.pack(f"<{len(dims)}QIQ", *dims, 0, offset)
        data += bytes(size)
        padding = -len(data) % 32
        data += bytes(padding)
        offset = len(data)
    return out + bytes(-len(out) % 32) + data


def llama_gguf(architecture, tokenizer):
    hidden, heads, width = 16, 2, 24
    entries = {
        "general.architecture": architecture, f"{architecture}.block_count": 1,
        f"{architecture}.embedding_length": hidden, f"{architecture}.feed_forward_length": width,
        f"{architecture}.attention.head_count": heads, f"{architecture}.context_length": 64,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.scaling.type": "yarn", f"{architecture}.rope.scaling.factor": 4.0,
    }
    entries.update(tokenizer)
    tensors = {"token_embd.weight": [hidden, 8], "output_norm.weight": [hidden]}
    for name, dims in {"attn_norm": [hidden], "attn_q": [hidden, hidden], "attn_k": [hidden, hidden],
                       "attn_v": [hidden, hidden], "attn_output": [hidden, hidden],
                       "ffn_norm": [hidden], "ffn_gate": [hidden, width], "ffn_up": [hidden, width],
                       "ffn_down": [width, hidden]}.items():
        tensors[f"blk.0.{name}.weight"] = dims
    return gguf(entries, tensors)


def ggufs():
    tokens = ["<unk>", "<s>", "</s>", "a", "b", "ab", "\u2581a", "<0x0A>"]
    common = {"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": [2, 3, 3, 1, 1, 1, 1, 6],
              "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2}
    write("gguf", "llama", llama_gguf("llama", {
        **common, "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.scores": [0.0, 0.0, 0.0, -1.0, -2.0, -3.0, -4.0, 0.0]}))
    write("gguf", "qwen2", llama_gguf("qwen2", {
        **common, "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.merges": ["a b"]}))


def folders():
    config = {"model_type": "llama", "hidden_size": 16, "intermediate_size": 24,
              "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
              "max_position_embeddings": 64, "vocab_size": 8, "rms_norm_eps": 1e-5,
              "tie_word_embeddings": True,
              "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                               "high_freq_factor": 4.0, "original_max_position_embeddings": 32}}
    layer = "model.layers.0."
    tensors = {"model.embed_tokens.weight": ("BF16", [8, 16], 256),
               "model.norm.weight": ("F32", [16], 64)}
    for name, shape in {"self_attn.q_proj": [16, 16], "self_attn.k_proj": [8, 16],
                        "self_attn.v_proj": [8, 16], "self_attn.o_proj": [16, 16],
                        "mlp.gate_proj": [24, 16], "mlp.up_proj": [24, 16],
                        "mlp.down_proj": [16, 24]}.items():
        tensors[f"{layer}{name}.weight"] = ("F16", shape, 2 * shape[0] * shape[1])
    for name in ("input_layernorm", "post_attention_layernorm"):
        tensors[f"{layer}{name}.weight"] = ("F16", [16], 32)
    weights = safetensors(tensors)
    write("safetensors", "llama", weights)
    write("safetensors", "empty", safetensors({}))
    write("safetensors", "deep", struct.pack("<Q", 40) + b"[" * 40)
    write("folder", "llama", json.dumps(config).encode() + CUT + CUT + weights)
    index = {"weight_map": {name: "model.safetensors" for name in tensors}}
    write("folder", "index", json.dumps(config).encode() + CUT + json.dumps(index).encode() + CUT +
          weights)
    return config, weights


def quantised(config):
    def linear(name, parts):
        return {f"model.layers.0.{name}.{part}": value for part, value in parts.items()}

    awq = {**config, "quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 8,
                                             "version": "gemm", "zero_point": True}}
    tensors = linear("self_attn.q_proj", {"qweight": ("I32", [16, 2], 128),
                                          "qzeros": ("I32", [2, 2], 16), "scales": ("F16", [2, 16], 64)})
    write("folder", "awq", json.dumps(awq).encode() + CUT + CUT + safetensors(tensors))
    gptq = {**config, "quantization_config": {"quant_method": "gptq", "bits": 3, "group_size": -1,
                                              "desc_act": True, "sym": False}}
    tensors = linear("mlp.down_proj", {"qweight": ("I32", [3, 32], 384), "qzeros": ("I32", [1, 3], 12),
                                       "scales": ("F16", [1, 32], 64), "g_idx": ("I32", [32], 128)})
    write("folder", "gptq", json.dumps(gptq).encode() + CUT + CUT + safetensors(tensors))
    fp8 = {**config, "quantization_config": {"quant_method": "fp8", "weight_block_size": [8, 8]}}
    tensors = linear("self_attn.q_proj", {"weight": ("F8_E4M3", [16, 16], 256),
                                          "weight_scale_inv": ("F32", [2, 2], 16)})
    write("folder", "fp8", json.dumps(fp8).encode() + CUT + CUT + safetensors(tensors))


def workspaces(program):
    data = ROOT / "tests/data"
    for name, model in {"llama": data / "models/llama_odd", "latent": data / "models/deepseek_v3",
                        "experts": data / "models/gpt_oss",
                        "awq": data / "formats/quantised/model_awq"}.items():
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "w"
            subprocess.run([program, "convert", "base", model, "--dst-path", target], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            index = json.loads((target / "workspace.json").read_text())
            if index["weights"]["bytes"] > WORKSPACE_BYTES:
                raise ValueError(f"{name}: weights.bin is larger than the fuzz program's")
            index["weights"]["bytes"] = WORKSPACE_BYTES
            write("workspace", name, json.dumps(index, separators=(",", ":")).encode() + CUT +
                  (target / "weights.bin").read_bytes()[:256])


def tokenizers():
    vocab = {chr(c): i for i, c in enumerate(range(33, 127))}
    vocab["ab"] = len(vocab)
    bpe = {"version": "1.0", "added_tokens": [{"id": 95, "content": "<|im_start|>", "special": True}],
           "normalizer": {"type": "NFC"},
           "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
           "decoder": {"type": "ByteLevel"},
           "model": {"type": "BPE", "vocab": vocab, "merges": ["a b"], "byte_fallback": False}}
    write("tokenizer_json", "bpe", json.dumps(bpe))
    unigram = {**bpe, "normalizer": {"type": "Sequence", "normalizers": [
                   {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
                   {"type": "NFKC"}]},
               "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True},
               "decoder": {"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True},
               "model": {"type": "Unigram", "unk_id": 0,
                         "vocab": [["<unk>", 0.0], ["\u2581", -1.0], ["a", -2.0], ["ab", -2.5]]}}
    write("tokenizer_json", "unigram", json.dumps(unigram))
    wordpiece = {**bpe, "normalizer": {"type": "BertNormalizer", "clean_text": True,
                                       "handle_chinese_chars": True, "lowercase": True},
                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
                 "post_processor": {"type": "TemplateProcessing",
                                    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                                               {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
                                    "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1],
                                                                 "tokens": ["[CLS]"]}}},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                           "max_input_chars_per_word": 100,
                           "vocab": {"[UNK]": 0, "[CLS]": 1, "hello": 2, "##lo": 3, "w": 4}}}
    write("tokenizer_json", "wordpiece", json.dumps(wordpiece))

    def field(number, wire, payload):
        return bytes([number << 3 | wire]) + payload

    def piece(text, score, kind):
        raw = text.encode()
        inner = (field(1, 2, bytes([len(raw)]) + raw) + field(2, 5, struct.pack("<f", score)) +
                 field(3, 0, bytes([kind])))
        return field(1, 2, bytes([len(inner)]) + inner)

    model = b"".join([piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3),
                      piece("\u2581", -1, 1), piece("a", -2, 1), piece("b", -3, 1),
                      piece("ab", -1.5, 1)])
    for name, kind in {"unigram": 1, "bpe": 2}.items():
        write("sentencepiece", name, model + field(2, 2, bytes([2]) + field(3, 0, bytes([kind]))))


def templates():
    chat = json.dumps([{"role": "user", "content": "Hello"},
                       {"role": "assistant", "content": "Hi", "tool_calls": [
                           {"function": {"name": "f", "arguments": {"x": [1, 2.5, None]}}}]}]).encode()
    for path in sorted((ROOT / "tests/data/templates/chat").iterdir()):
        if path.stat().st_size < 6000:
            write("template", path.name, path.read_bytes() + CUT + chat)
    snippets = json.loads((ROOT / "tests/data/templates/snippets.json").read_text())
    texts = [snippet["template"] for snippet in snippets["snippets"]]
    random.seed(1)
    for i in range(12):
        some = random.sample(texts, min(12, len(texts)))
        write("template", f"snippets{i}", "\n".join(some))


def grammars():
    """The first byte: 0 and 1 schemas, 2 patterns, 3 GBNF."""
    schemas = [
        {"type": "object", "properties": {"a": {"type": "integer", "minimum": -3, "maximum": 120},
                                          "b": {"type": ["string", "null"], "maxLength": 5}},
         "required": ["a"], "additionalProperties": {"enum": [1, "x", [None]]}},
        {"$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}, "minItems": 1}},
         "anyOf": [{"$ref": "#/$defs/t"}, {"type": "number", "exclusiveMaximum": 7}]},
        {"allOf": [{"properties": {"a": True}}, {"additionalProperties": False}],
         "oneOf": [{"required": ["a"]}, {"minProperties": 1}]},
        {"prefixItems": [{"const": "\u00e9"}], "items": {"format": "date"}, "maxItems": 4},
        {"type": "string", "pattern": "^[a-z]{2,4}-(x|\\d+)$"},
    ]
    for i, schema in enumerate(schemas):
        for mode in (0, 1):
            write("schema", f"schema{i}_{mode}", bytes([mode]) + json.dumps(schema).encode())
    for i, pattern in enumerate(["(a|bc)*d{2,5}?", "[^\\w\\-x]+\\u00e9$", "(?:(?<n>a)|b?){3}."]):
        write("schema", f"pattern{i}", b"\x02" + pattern.encode())
    write("schema", "gbnf", b'\x03root ::= (item ",")* [^a-c"\\n] # x\nitem ::= "a" | "(" root ")"\n')


def replies():
    """The first byte: the format, from 128 on with reasoning; the second: the pieces' length."""
    texts = [
        '{"name": "f", "arguments": {"a": 1}}',
        'x<tool_call>\n{"name": "f", "arguments": {"a": [1, "}"]}}\n</tool_call>y',
        '<|python_tag|>{"name": "f", "parameters": {}}; {"name": "now", "parameters": {}}',
        '[TOOL_CALLS][{"name": "f", "arguments": {}}, {"arguments": "{}", "name": "now"}]',
        '[TOOL_CALLS]f[ARGS]{"a": 1}[TOOL_CALLS]now{}',
        '<|action_start|><|plugin|>{"name": "f", "parameters": {}}<|action_end|>',
        "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>function"
        "<\uff5ctool\u2581sep\uff5c>f\n```json\n{}\n```<\uff5ctool\u2581call\u2581end\uff5c>",
        "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
        'functools[{"name": "f", "arguments": {}}]',
        'f\n{"a": 1}',
        "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n</tool_call>",
        '<|tool_call|>[{"name": "f", "arguments": {}}]',
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary "
        "to=functions.f <|message|>{}<|call|>",
    ]
    for i, text in enumerate(texts):
        write("reply", f"plain{i}", bytes([i, 0]) + text.encode())
        write("reply", f"thinking{i}", bytes([128 + (i - 128) % 13 , 1]) +
              b"<think>a </thin b</think>\n" + text.encode())


if __name__ == "__main__":
    ggufs()
    config, _ = folders()
    quantised(config)
    if len(sys.argv) > 1:
        workspaces(sys.argv[1])
    tokenizers()
    templates()
    grammars()
    replies()
