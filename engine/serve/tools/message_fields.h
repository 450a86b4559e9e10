#pragma once

#include "hearth/request.h"
#include "serve/api/field_types.h"

#include <string>
#include <vector>

namespace hearth::serve {

/// A message of the APIs that have no shape of their own for it: {"role", "content"}, content a
/// text or a list of {"type": "text", "text"}. What else it has goes to the template.
FieldType<Message> messageType();

/// A text, or a list of messages: LMDeploy's prompt.
struct TextOrMessages {
    std::string text;
    std::vector<Message> messages; ///< Empty: the text counts.

    [[nodiscard]] bool empty() const { return text.empty() && messages.empty(); }
};
FieldType<TextOrMessages> textOrMessagesType();

} // namespace hearth::serve
