#pragma once

#include "hearth/request.h"
#include "serve/api/form.h"
#include "serve/api/format_types.h"
#include "serve/api/sampling_fields.h"
#include "serve/openai/stream_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// The body of POST /v1/completions.
struct CompletionBody : SamplingFields, FormatFields {
    std::string model;
    std::vector<Prompt> prompts;
    std::optional<std::string> suffix;
    std::int32_t n = 1;
    std::optional<std::int32_t> bestOf;
    bool useBeamSearch = false;
    double lengthPenalty = 1.0;
    bool earlyStopping = false;
    std::int32_t maxTokens = 16;
    bool echo = false;
    std::optional<std::int32_t> logprobs;
    std::optional<std::int32_t> promptLogprobs;
    bool stream = false;
    StreamOptions streamOptions;
};

[[nodiscard]] const Form<CompletionBody>& completionForm();

/// A string, token ids, or a list of either.
FieldType<std::vector<Prompt>> promptType(std::size_t most);

} // namespace hearth::serve
