#!/usr/bin/env python3
"""Trains small tokenizers on the texts of bpe_gpt2/reference.json and writes each with what its
library makes of those texts: wordpiece_bert/ and unigram_xlm/ (Hugging Face's tokenizers),
tiktoken_qwen/ (OpenAI's tiktoken, ranks of bpe_qwen2). Needs the PyPI packages `tokenizers` and
`tiktoken`; run it in this folder."""

import base64
import json
import pathlib
import unicodedata

import tiktoken
from tokenizers import (Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

HERE = pathlib.Path(__file__).parent
TEXTS = [entry["text"] for entry in json.loads((HERE / "bpe_gpt2/reference.json").read_text())]


def characters_map():
    """The precompiled_charsmap of sp_unigram_t5: field 3 of the model, field 2 in there."""
    def fields(data):
        at = 0
        def varint():
            nonlocal at
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return value
        while at < len(data):
            tag = varint()
            if tag & 7 == 2:
                length = varint()
                yield tag >> 3, data[at:at + length]
                at += length
            elif tag & 7 == 5:
                at += 4
            else:
                varint()
    model = (HERE / "sp_unigram_t5/tokenizer.model").read_bytes()
    spec = [payload for number, payload in fields(model) if number == 3][-1]
    return [payload for number, payload in fields(spec) if number == 2][-1]


def write(folder, tokenizer):
    target = HERE / folder
    target.mkdir(exist_ok=True)
    document = json.loads(tokenizer.to_str())
    (target / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False))
    write_reference(target, tokenizer)
    return document


def write_reference(target, tokenizer):
    reference = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        reference.append({"text": text, "ids": ids,
                          "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    (target / "reference.json").write_text(
        json.dumps(reference, ensure_ascii=False, separators=(",", ":")))


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(
        vocab_size=1200, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    document = write("wordpiece_bert", tokenizer)
    vocab = sorted(document["model"]["vocab"].items(), key=lambda item: item[1])
    (HERE / "wordpiece_bert/vocab.txt").write_text("".join(text + "\n" for text, _ in vocab))
    (HERE / "wordpiece_bert/tokenizer_config.json").write_text(json.dumps({
        "do_lower_case": True, "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]",
        "cls_token": "[CLS]", "mask_token": "[MASK]", "tokenizer_class": "BertTokenizer"}))


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(characters_map()),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(TEXTS, trainers.UnigramTrainer(
        vocab_size=1200, special_tokens=special, unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    write("unigram_xlm", tokenizer)


def byte_alphabet():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(256 + i): byte for i, byte in enumerate(others)}


def qwen():
    document = json.loads((HERE / "bpe_qwen2/tokenizer.json").read_text())
    added = {token["content"] for token in document["added_tokens"]}
    alphabet = byte_alphabet()
    tokens = [bytes(alphabet[c] for c in text)
              for text, _ in sorted(document["model"]["vocab"].items(), key=lambda item: item[1])
              if text not in added]
    ranks = {token: rank for rank, token in enumerate(tokens)}
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [f"<|extra_{i}|>" for i in range(205)]
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
               r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    encoding = tiktoken.Encoding("qwen", pat_str=pattern, mergeable_ranks=ranks, special_tokens={
        name: len(ranks) + i for i, name in enumerate(names)})
    target = HERE / "tiktoken_qwen"
    target.mkdir(exist_ok=True)
    (target / "qwen.tiktoken").write_text("".join(
        f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()))
    reference = []
    for text in TEXTS:
        # Qwen's own code composes the text first.
        ids = encoding.encode(unicodedata.normalize("NFC", text), allowed_special="all")
        reference.append({"text": text, "ids": ids, "decoded": encoding.decode(ids)})
    (target / "reference.json").write_text(
        json.dumps(reference, ensure_ascii=False, separators=(",", ":")))


word_piece()
unigram()
qwen()
