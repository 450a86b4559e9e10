#pragma once

#include "serve/api/generation_writer.h"
#include "serve/api/json_text.h"
#include "serve/http/exchange.h"
#include "serve/openai/response_store.h"
#include "serve/openai/responses_body.h"

#include <memory>
#include <string>
#include <vector>

namespace hearth::serve {

struct ResponsesAnswer {
    std::string model;
    bool stream = false;
    bool logprobs = false;
    /// Members of the response object that repeat the request; changed on the exchange's executor.
    std::shared_ptr<Json> echo;
    std::shared_ptr<ResponseStore> store;   ///< Null: the answer is not kept.
    std::vector<ResponseItem> conversation; ///< Up to the answer.
};

/// Answers as the Responses API does: a response object, or the events of its making.
std::unique_ptr<GenerationWriter> responsesWriter(std::shared_ptr<Exchange> exchange,
                                                  ResponsesAnswer answer);

} // namespace hearth::serve
