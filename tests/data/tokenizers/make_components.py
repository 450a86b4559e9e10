#!/usr/bin/env python3
"""Writes components/: what Hugging Face's tokenizers library makes of components that the other
fixtures do not use. Needs the PyPI package `tokenizers` and what make_trained.py writes; run it in
this folder."""

import json
import pathlib

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
TEXTS = [entry["text"] for entry in json.loads((HERE / "bpe_gpt2/reference.json").read_text())]
EXTRA = [
    "Prices: $12.50, 1234567 and ½ or Ⅷ!",
    "don't WE'LL I'M ſhe'ſ it'S",
    "  two  spaces\t\ttabs \n\n newlines\r\n  ",
    "İstanbul ÀÉÎ Straße ﬁne ①",
    "under_score-dash/slash\\back [MASK]the[MASK] x[MASK]",
    "a <tool> b<tool>c  <tool>  d <strip>  e  <strip>f",
    "word tokword tok words",
]
TEXTS = TEXTS[::4] + EXTRA


def character_model():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special, limit_alphabet=90, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    document["pre_tokenizer"] = None
    return document


def affix_model():
    tokenizer = Tokenizer(models.BPE(
        unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=["<unk>"], limit_alphabet=90, show_progress=False,
        continuing_subword_prefix="##", end_of_word_suffix="</w>")
    tokenizer.train_from_iterator(TEXTS, trainer)
    return json.loads(tokenizer.to_str())


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
              "use_regex": False}
GPT2 = dict(BYTE_LEVEL, use_regex=True)


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def metaspace(scheme, cut):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": cut}


def added(content, ident, **flags):
    token = dict(id=ident, content=content, single_word=False, lstrip=False, rstrip=False,
                 normalized=False, special=False)
    token.update(flags)
    return token


LLAMA2_DECODER = {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
    {"type": "ByteFallback"}, {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
ADDED = [added("<tool>", 1200), added("<strip>", 1201, lstrip=True, rstrip=True),
         added("[MASK]", 1202, lstrip=True, special=True), added("tok", 1203, single_word=True),
         added("ÀÉ", 1204, normalized=True), added("    ", 1205, normalized=True)]

BYTES = {
    "smollm": {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": True}, GPT2)},
    "prefix_space": {"pre_tokenizer": dict(GPT2, add_prefix_space=True)},
    "digit_runs": {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": False}, GPT2)},
    "deepseek": {"pre_tokenizer": sequence(
        split({"Regex": r"\p{N}{1,3}"}, "Isolated"),
        split({"Regex": "[一-龥぀-ゟ゠-ヿ]+"}, "Isolated"),
        split({"Regex": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}"
                        "\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+"
                        "|\\s+(?!\\S)|\\s+"}, "Isolated"), BYTE_LEVEL)},
    "gpt4o": {"pre_tokenizer": sequence(split({"Regex":
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"}, "Removed", True), BYTE_LEVEL)},
    "punctuation": {"pre_tokenizer": sequence(
        {"type": "Punctuation", "behavior": "MergedWithPrevious"}, BYTE_LEVEL)},
    "whitespace": {"pre_tokenizer": sequence({"type": "Whitespace"}, BYTE_LEVEL)},
    "whitespace_split": {"pre_tokenizer": sequence({"type": "WhitespaceSplit"}, BYTE_LEVEL)},
    "literal_removed": {"pre_tokenizer": sequence(split({"String": "e"}, "Removed"), BYTE_LEVEL)},
    "merged_with_next": {"pre_tokenizer": sequence(
        split({"String": " "}, "MergedWithNext"), BYTE_LEVEL)},
    "contiguous": {"pre_tokenizer": sequence(
        split({"Regex": "[a-m]"}, "Contiguous"), BYTE_LEVEL)},
    "normalizers": {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True,
                                                  "strip_right": True},
        {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}]}},
    "accents": {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "NFD"}, {"type": "StripAccents"}]}},
    "added": {"added_tokens": ADDED, "normalizer": {"type": "Lowercase"}},
    "added_nfc": {"added_tokens": ADDED, "normalizer": {"type": "NFC"}},
    "no_decoder": {"decoder": None},
    "nmt": {"normalizer": {"type": "Nmt"}},
    "fixed_length": {"pre_tokenizer": sequence({"type": "FixedLength", "length": 3}, BYTE_LEVEL)},
    "delimiter": {"pre_tokenizer": sequence(
        {"type": "CharDelimiterSplit", "delimiter": "e"}, BYTE_LEVEL)},
    "nfd_prepend": {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "NFKD"}, {"type": "Prepend", "prepend": "<"}]}},
    "bytes_as_text": {"normalizer": {"type": "ByteLevel"}, "pre_tokenizer": None,
                      "model": {"unk_token": None}},
    "dropout": {"model": {"dropout": 0.0}},
}
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
        "strip_accents": None, "lowercase": True}
WORDS = {
    "cased": {"normalizer": dict(BERT, lowercase=False)},
    "cased_without_accents": {"normalizer": dict(BERT, lowercase=False, strip_accents=True)},
    "accents": {"normalizer": dict(BERT, strip_accents=False)},
    "unclean": {"normalizer": dict(BERT, clean_text=False, handle_chinese_chars=False)},
    "short_words": {"model": {"max_input_chars_per_word": 4}},
    "whitespace": {"pre_tokenizer": {"type": "Whitespace"}},
    "pieces_of_three": {"pre_tokenizer": sequence(
        {"type": "WhitespaceSplit"}, {"type": "FixedLength", "length": 3})},
    "dirty_decoder": {"decoder": {"type": "WordPiece", "prefix": "##", "cleanup": False}},
    "ctc_decoder": {"decoder": {"type": "CTC", "pad_token": "[PAD]", "word_delimiter_token": "e",
                                "cleanup": True}},
    "bert_processing": {"post_processor": {
        "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}},
    "mask": {"added_tokens": [added("[MASK]", 4, lstrip=True, special=True)]},
}
PIECES = {
    "fallback": {"model": {"byte_fallback": True}},
    "whole_text": {"pre_tokenizer": metaspace("first", False)},
    "spaces_first": {"pre_tokenizer": sequence(
        {"type": "WhitespaceSplit"}, metaspace("always", True))},
    "nmt_nfkc": {"normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Nmt"}, {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"},
                                            "content": " "}]}},
    "no_normalizer": {"normalizer": None},
    "never": {"pre_tokenizer": metaspace("never", True), "decoder": metaspace("never", True)},
}
AFFIXES = {
    "own": {},
    "suffix_decoder": {"decoder": {"type": "BPEDecoder", "suffix": "</w>"}},
    "fused": {"model": {"fuse_unk": True}, "decoder": {"type": "BPEDecoder", "suffix": "</w>"}},
    "no_unknown": {"model": {"unk_token": None}},
    "lower": {"normalizer": {"type": "Lowercase"}},
    "punctuation": {"pre_tokenizer": sequence(
        {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Contiguous"})},
}
CHARACTERS = {
    "llama2": {"decoder": LLAMA2_DECODER},
    "whole_words_first": {"decoder": LLAMA2_DECODER, "model": {"ignore_merges": True}},
    "no_fallback": {"model": {"byte_fallback": False}, "decoder": LLAMA2_DECODER},
    "unfused": {"model": {"byte_fallback": False, "fuse_unk": False}, "decoder": LLAMA2_DECODER},
    "no_unknown": {"model": {"byte_fallback": False, "unk_token": None},
                   "decoder": LLAMA2_DECODER},
    "metaspace_first": {"normalizer": None, "pre_tokenizer": metaspace("first", False),
                        "decoder": metaspace("first", False)},
    "metaspace_always": {"normalizer": None, "pre_tokenizer": metaspace("always", True),
                         "decoder": metaspace("always", True)},
    "metaspace_never": {"normalizer": None, "pre_tokenizer": metaspace("never", True),
                        "decoder": metaspace("never", True)},
}


def results(base, cases):
    out = []
    for name, overrides in cases.items():
        document = dict(base)
        for key, value in overrides.items():
            if key == "model":
                value = dict(base["model"], **value)
            elif key == "added_tokens":
                value = base["added_tokens"] + value
            document[key] = value
        tokenizer = Tokenizer.from_str(json.dumps(document))
        texts = []
        for text in TEXTS:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            texts.append({"text": text, "ids": ids,
                          "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
        out.append({"name": name, "overrides": overrides, "texts": texts})
    return out


target = HERE / "components"
target.mkdir(exist_ok=True)
characters = character_model()
(target / "characters.json").write_text(json.dumps(characters, ensure_ascii=False))
affixes = affix_model()
(target / "affixes.json").write_text(json.dumps(affixes, ensure_ascii=False))
word_base = json.loads((HERE / "wordpiece_bert/tokenizer.json").read_text())
piece_base = json.loads((HERE / "unigram_xlm/tokenizer.json").read_text())
byte_base = json.loads((HERE / "bpe_gpt2/tokenizer.json").read_text())
(target / "reference.json").write_text(json.dumps(
    {"bytes": results(byte_base, BYTES), "characters": results(characters, CHARACTERS),
     "words": results(word_base, WORDS), "pieces": results(piece_base, PIECES),
     "affixes": results(affixes, AFFIXES)},
    ensure_ascii=False, separators=(",", ":")))
