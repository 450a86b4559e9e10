#pragma once

#include "serve/api/form.h"

#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// A part of a message's content, as Anthropic's API divides it.
struct Block {
    std::string type; ///< "text", "thinking", "redacted_thinking", "tool_use" or "tool_result".
    std::string text; ///< Of a text, of thinking, or what a tool said.
    std::string id;   ///< Of a call, or of the call that a result answers.
    std::string name; ///< Of the tool that is called.
    Json input;       ///< What it is called with.
};

/// A string (one text block) or a list of blocks; images and documents are refused.
FieldType<std::vector<Block>> blocksType();
/// Of text blocks alone, joined by line ends.
FieldType<std::string> textBlocksType();

} // namespace hearth::serve
