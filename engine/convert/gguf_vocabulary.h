#pragma once

#include "convert/gguf_writer.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <filesystem>

namespace hearth {

/// Adds a tokenizer's keys, tokenizer.ggml.* and tokenizer.chat_template, as llama.cpp reads them:
/// BPE, Unigram and WordPiece of a tokenizer.json ("gpt2", "t5", "bert"), sentencepiece models
/// ("llama", "t5"), vocab.txt ("bert"), or what another GGUF file has. `tokenizer` as
/// tokenizerPathOf() says; empty: none. Tokens that the model has beyond the tokenizer's are added
/// as unused ones; `sizes` are the model's.
/// Errors: those of the readers; Unsupported for a pre-tokenizer that GGUF has no name for, or a
/// kind of tokenizer that we don't write.
Result<void> addVocabulary(const std::filesystem::path& tokenizer, const DecoderSpec& sizes,
                           GgufWriter& writer);

} // namespace hearth
