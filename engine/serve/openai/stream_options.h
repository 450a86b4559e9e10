#pragma once

#include "serve/api/form.h"

namespace hearth::serve {

struct StreamOptions {
    bool includeUsage = false;
};

/// {"include_usage": true}
FieldType<StreamOptions> streamOptionsType();

} // namespace hearth::serve
