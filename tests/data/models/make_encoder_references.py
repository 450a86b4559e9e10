#!/usr/bin/env python3
"""Makes the folders of encoders and encoder-decoders whose weights a test makes up by itself.

Each has a config.json, tensors.json (names and shapes of what the checkpoint holds) and
reference.safetensors: what Hugging Face transformers computes in float64. The weights are numbers
of a hash of the tensor's name and the number's place (see made_values.py; encoder_support.h of
tests/engine/runtime has the same), exact in float32, so that no weights need be kept.

Needs numpy, torch, transformers (5.x) and safetensors: python3 make_encoder_references.py
"""
import json
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import (BertConfig, BertModel, DistilBertConfig, DistilBertModel, T5Config,
                          T5ForConditionalGeneration, UMT5Config, UMT5ForConditionalGeneration,
                          XLMRobertaConfig, XLMRobertaModel)

from made_values import values

HERE = pathlib.Path(__file__).parent
GREEDY = 16


def fill(model, rename):
    """Gives the model its weights; returns the tensors of the checkpoint."""
    tensors = {}
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith(("position_ids", "token_type_ids", "embed_tokens.weight")):
            continue
        stored = rename(name)
        tensors[stored] = list(tensor.shape)
        tensor.copy_(torch.from_numpy(values(stored, tuple(tensor.shape))))
    return tensors


def prompt(index, length, vocabulary):
    return np.random.default_rng([index, length]).integers(3, vocabulary, length)


def save(name, config, tensors, reference):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "tensors.json").write_text(json.dumps(tensors, indent=0) + "\n")
    save_file(reference, folder / "reference.safetensors")


@torch.no_grad()
def encoder(name, config, model, rename, lengths):
    model = model.double().eval()
    tensors = fill(model, rename)
    reference = {}
    for k, length in enumerate(lengths):
        tokens = prompt(k, length, config["vocab_size"])
        hidden = model(torch.tensor(tokens)[None]).last_hidden_state[0]
        reference[f"prompt_{k}"] = tokens.astype(np.int64)
        reference[f"last_hidden_{k}"] = hidden.float().numpy()
        reference[f"mean_pooled_{k}"] = hidden.mean(0).float().numpy()
    save(name, config, tensors, reference)


@torch.no_grad()
def encoder_decoder(name, config, model, lengths, untied=False):
    if untied:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
    model = model.double().eval()
    # Tied tensors are one: the name that is kept comes first.
    tensors = fill(model, lambda stored: stored)
    if not untied:
        del tensors["lm_head.weight"]
        model.shared.weight.copy_(
            torch.from_numpy(values("shared.weight", tuple(model.shared.weight.shape))))
    reference = {}
    for k, (length, decoder_length) in enumerate(lengths):
        tokens = prompt(k, length, config["vocab_size"])
        decoder = prompt(k + 100, decoder_length, config["vocab_size"])
        decoder[0] = config["decoder_start_token_id"]
        source = torch.tensor(tokens)[None]
        output = model(input_ids=source, decoder_input_ids=torch.tensor(decoder)[None])
        reference[f"prompt_{k}"] = tokens.astype(np.int64)
        reference[f"decoder_in_{k}"] = decoder.astype(np.int64)
        reference[f"encoder_{k}"] = output.encoder_last_hidden_state[0].float().numpy()
        reference[f"logits_{k}"] = output.logits[0].float().numpy()
        drawn = [config["decoder_start_token_id"]]
        for _ in range(GREEDY):
            logits = model(input_ids=source, decoder_input_ids=torch.tensor([drawn])).logits[0, -1]
            drawn.append(int(logits.argmax()))
        reference[f"greedy_{k}"] = np.array(drawn[1:], dtype=np.int64)
    save(name, config, tensors, reference)


def google_names(name):
    """As the first BERT's file has them."""
    return "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
        "LayerNorm.bias", "LayerNorm.beta")


def main():
    bert = dict(model_type="bert", vocab_size=1003, hidden_size=144, num_hidden_layers=5,
                num_attention_heads=6, intermediate_size=200, max_position_embeddings=131,
                type_vocab_size=2, layer_norm_eps=1e-12, hidden_act="gelu")
    encoder("bert_odd", bert, BertModel(BertConfig(**bert), add_pooling_layer=False), google_names,
            (2, 17, 129))
    roberta = dict(model_type="xlm-roberta", vocab_size=131, hidden_size=30, num_hidden_layers=2,
                   num_attention_heads=3, intermediate_size=50, max_position_embeddings=39,
                   type_vocab_size=1, layer_norm_eps=1e-5, hidden_act="gelu", pad_token_id=1)
    encoder("xlm_roberta_odd", roberta,
            XLMRobertaModel(XLMRobertaConfig(**roberta), add_pooling_layer=False),
            lambda name: "roberta." + name, (2, 37))
    distilbert = dict(model_type="distilbert", vocab_size=131, dim=40, n_layers=2, n_heads=5,
                      hidden_dim=56, max_position_embeddings=64, activation="gelu",
                      sinusoidal_pos_embds=False)
    encoder("distilbert_odd", distilbert, DistilBertModel(DistilBertConfig(**distilbert)),
            lambda name: "distilbert." + name, (3, 64))

    tokens = dict(pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
    untied = dict(model_type="t5", vocab_size=1003, d_model=80, d_kv=24, d_ff=100, num_layers=3,
                  num_decoder_layers=5, num_heads=6, feed_forward_proj="gated-gelu",
                  layer_norm_epsilon=1e-6, tie_word_embeddings=False, **tokens)
    encoder_decoder("t5_untied", untied, T5ForConditionalGeneration(T5Config(**untied)),
                    ((2, 1), (17, 9), (129, 6)), untied=True)
    first = dict(model_type="t5", vocab_size=67, d_model=48, d_kv=16, d_ff=64, num_layers=2,
                 num_decoder_layers=3, num_heads=3, feed_forward_proj="relu", n_positions=512,
                 layer_norm_epsilon=1e-6, **tokens)
    encoder_decoder("t5_first", first, T5ForConditionalGeneration(T5Config(**first)),
                    ((5, 2), (150, 140)))
    umt5 = dict(model_type="umt5", vocab_size=67, d_model=48, d_kv=8, d_ff=64, num_layers=3,
                num_heads=5, feed_forward_proj="gated-gelu", layer_norm_epsilon=1e-6,
                relative_attention_num_buckets=16, relative_attention_max_distance=40,
                tie_word_embeddings=False, **tokens)
    encoder_decoder("umt5_odd", umt5, UMT5ForConditionalGeneration(UMT5Config(**umt5)),
                    ((3, 2), (70, 50)), untied=True)


if __name__ == "__main__":
    main()
