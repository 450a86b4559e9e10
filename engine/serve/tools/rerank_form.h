#pragma once

#include "serve/api/form.h"

#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// A text, as such or as {"text": …}.
FieldType<std::string> documentType();

/// Cohere's and Jina's body.
struct RerankBody {
    std::string model;
    std::string query;
    std::vector<std::string> documents;
    std::optional<std::int32_t> topN;
    bool returnDocuments = false;
};
const Form<RerankBody>& rerankForm();

/// vLLM's /score: pairs of texts; one text goes with each of the other side.
struct ScoreBody {
    std::string model;
    std::vector<std::string> first;
    std::vector<std::string> second;
};
const Form<ScoreBody>& scoreForm();

} // namespace hearth::serve
