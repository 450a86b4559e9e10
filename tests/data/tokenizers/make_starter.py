#!/usr/bin/env python3
"""Writes starter/reference.json: the ids that Hugging Face's tokenizers library gives with the
vocabulary and merges of the starter model (SmolLM2's pre-tokenization).
Usage: make_starter.py MODEL.gguf. Needs the PyPI packages `gguf` and `tokenizers`."""

import json
import pathlib
import sys

from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

HERE = pathlib.Path(__file__).parent
fields = GGUFReader(sys.argv[1]).fields
tokens, types, merges = (fields["tokenizer.ggml." + key].contents()
                         for key in ("tokens", "token_type", "merges"))
tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)},
                                 merges=[tuple(merge.split(" ")) for merge in merges]))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True),
     pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(
    [AddedToken(token, normalized=False) for token, kind in zip(tokens, types) if kind == 3])
texts = [entry["text"] for entry in json.loads((HERE / "bpe_gpt2/reference.json").read_text())]
target = HERE / "starter"
target.mkdir(exist_ok=True)
reference = []
for text in texts:
    ids = tokenizer.encode(text).ids
    reference.append({"text": text, "ids": ids,
                      "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
(target / "reference.json").write_text(
    json.dumps(reference, ensure_ascii=False, separators=(",", ":")))
