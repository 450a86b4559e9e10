#pragma once

#include "hearth/result.h"
#include "text/pretokenizer.h"

#include <string_view>

namespace hearth {

/// What a `tokenizer.ggml.pre` name stands for.
struct GgufPreTokenization {
    PreTokenizer preTokenizer;
    bool wholeWordsFirst = false; ///< A word that is a token is never cut.
    bool addBos = false;          ///< Unless the file says otherwise.
};

/// Errors: Unsupported naming `name`.
Result<GgufPreTokenization> ggufPreTokenization(std::string_view name);

} // namespace hearth
