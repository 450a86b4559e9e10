#pragma once

#include "hearth/request.h"
#include "serve/api/message_type.h"

#include <string>
#include <utility>
#include <vector>

namespace hearth::serve {

/// A text, or a list of messages: LMDeploy's prompt.
struct TextOrMessages {
    std::string text;
    std::vector<Message> messages; ///< Empty: the text counts.

    [[nodiscard]] bool empty() const { return text.empty() && messages.empty(); }
};

inline FieldType<TextOrMessages> textOrMessagesType() {
    return oneOf<TextOrMessages>(
        {text().map([](std::string value) { return TextOrMessages{std::move(value), {}}; }),
         list(messageType(), 1, 65536).map([](std::vector<Message> messages) {
             return TextOrMessages{{}, std::move(messages)};
         })});
}

} // namespace hearth::serve
