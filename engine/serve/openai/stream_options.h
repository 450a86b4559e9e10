#pragma once

#include "serve/api/form.h"

namespace hearth::serve {

struct StreamOptions {
    bool includeUsage = false;
};

/// {"include_usage": true}
FieldType<StreamOptions> streamOptionsType();

/// prompt_logprobs stand in whole answers only.
void checkPromptLogprobs(bool isStreamed, Reading& reading);

} // namespace hearth::serve
