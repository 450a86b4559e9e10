#pragma once

#include "hearth/event.h"
#include "serve/api/json_text.h"
#include "serve/tgi/tgi_form.h"
#include "text/utf8_stream.h"

#include <string>
#include <string_view>

namespace hearth::serve {

/// One request between its plan and its answer.
struct TgiTurn {
    TgiParameters parameters;
    std::string inputs;
    std::int32_t inputTokens = 0;
    std::int32_t maxNewTokens = 0;
    Json prefill = Json::array(); ///< Of decoder_input_details.
};

/// TGI's {"id","text","logprob","special"} of the tokens of one reply, in order.
class TgiTokens {
public:
    [[nodiscard]] Json token(const TokenInfo& info, bool isEnd);
    /// [{…}] of the likeliest.
    [[nodiscard]] static Json top(const TokenInfo& info);

private:
    Utf8Stream m_text;
};

/// "eos_token", "stop_sequence", "length"
[[nodiscard]] const char* tgiReason(FinishReason reason);
/// The seed of a reply; null where nothing was drawn.
[[nodiscard]] Json tgiSeed(const TgiParameters& parameters, const RequestStatistics& statistics);

} // namespace hearth::serve
