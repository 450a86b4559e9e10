#pragma once

#include "hearth/result.h"
#include "text/added_tokens.h"
#include "text/special_tokens.h"
#include "text/tiktoken_tokenizer.h"
#include "text/vocabulary.h"

#include <cstdint>
#include <vector>

namespace hearth {

/// The special tokens that a family's own code puts behind its ranks, from id `first` on; those in
/// `added_tokens_decoder` of tokenizer_config.json take the place of others of their ids.
/// Errors: Corrupt naming an entry of the wrong form.
Result<std::vector<AddedToken>> tiktokenSpecials(TiktokenFamily family,
                                                 const TokenizerFolder& folder,
                                                 std::int64_t first);

/// The tokens that the family puts in front of a text.
[[nodiscard]] std::vector<std::int32_t> tiktokenPrefix(TiktokenFamily family,
                                                       const Vocabulary& vocabulary);

/// The tokens in `added_tokens_decoder` of tokenizer_config.json, by id.
Result<std::vector<AddedToken>> addedTokensDecoder(const TokenizerFolder& folder);

} // namespace hearth
