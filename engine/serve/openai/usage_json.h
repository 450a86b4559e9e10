#pragma once

#include "hearth/event.h"
#include "serve/api/generation_writer.h"
#include "serve/api/json_text.h"
#include "serve/api/whole_writer.h"

#include <string>
#include <vector>

namespace hearth::serve {

/// {prompt_tokens, completion_tokens, total_tokens, …_details}
[[nodiscard]] Json usageJson(const GenerationUsage& usage);
/// "stop", "length" or "tool_calls".
[[nodiscard]] const char* finishReasonText(const ChoiceEnd& end);

/// The chat API's {content:[{token, logprob, bytes, top_logprobs}]}.
[[nodiscard]] Json chatLogprobs(const std::vector<TokenInfo>& tokens);
/// The older {tokens, token_logprobs, top_logprobs, text_offset}; `offset` is where the text
/// begins, in characters, and is moved on. `top`: tell the likeliest tokens.
[[nodiscard]] Json completionLogprobs(const std::vector<TokenInfo>& tokens, bool top,
                                      std::size_t& offset);
/// The same for a whole prompt, whose first token has no logprob (null).
[[nodiscard]] Json promptLogprobs(const std::vector<TokenInfo>& tokens, bool top,
                                  std::size_t& offset);
/// vLLM's prompt_logprobs: [null, {token id: {logprob, rank, decoded_token}}, …]. The rank is null
/// where a token is none of the likeliest that were asked for.
[[nodiscard]] Json rankedPromptLogprobs(const std::vector<TokenInfo>& tokens);

/// [{id, type, function:{name, arguments}}]
[[nodiscard]] Json toolCallsJson(const std::vector<ToolCall>& calls);

} // namespace hearth::serve
