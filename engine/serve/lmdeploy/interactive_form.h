#pragma once

#include "serve/api/form.h"
#include "serve/api/message_fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// `stop` was a flag in LMDeploy 0.1 and is a list of texts since.
struct StopOrFlag {
    bool flag = false;
    std::vector<std::string> texts;
};

/// The body of LMDeploy's /v1/chat/interactive, defaults as its own.
struct InteractiveBody {
    std::string model;
    TextOrMessages prompt;
    std::int64_t sessionId = -1;
    bool interactive = false;
    bool stream = false;
    StopOrFlag stop;
    bool cancel = false;
    std::int32_t outputTokens = 512;
    double topP = 0.8;
    std::int32_t topK = 40;
    double temperature = 0.8;
    double repetitionPenalty = 1.0;
    double minP = 0.0;
    bool ignoreEos = false;
    std::optional<std::int64_t> seed;

    [[nodiscard]] bool cancels() const { return cancel || stop.flag; }
    /// Only forgets the session.
    [[nodiscard]] bool ends() const {
        return prompt.empty() && !interactive && outputTokens == 0;
    }
};

const Form<InteractiveBody>& interactiveForm();

} // namespace hearth::serve
