#include "serve/openai/stream_options.h"

namespace hearth::serve {

FieldType<StreamOptions> streamOptionsType() {
    static const Form<StreamOptions> form =
        Form<StreamOptions>("StreamOptions")
            .field("include_usage", &StreamOptions::includeUsage, boolean(),
                   "A last event tells the tokens used.");
    return object(form);
}

} // namespace hearth::serve
