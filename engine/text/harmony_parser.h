#pragma once

#include "text/reply_parser.h"

#include <memory>

namespace hearth {

/// gpt-oss' replies (OpenAI's "harmony" format): messages, each a header between <|start|> or
/// <|channel|> and <|message|>, then text up to <|end|>, <|call|> or <|return|>. The channel
/// "analysis" is reasoning; a header with to=functions.NAME makes the text a call's arguments.
[[nodiscard]] std::unique_ptr<ReplyParser> newHarmonyParser();

} // namespace hearth
