#pragma once

#include "text/reasoning.h"
#include "text/tool_calls/tool_call_parser.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct ReplyOutput {
    std::string reasoning;
    std::string content;
    std::vector<ToolCallDelta> calls;
};

struct ReplyParserOptions {
    ReasoningSyntax reasoning;        ///< None where `begin` is empty.
    std::optional<ToolFormat> format; ///< Empty: calls are not looked for. GptOss splits channels
                                      ///< too, whether there are tools or not.
    std::vector<ToolDefinition> tools;
};

/// A reply as it arrives: what is reasoning, what is answer, and which tools are called. For one
/// stream and one thread.
class ReplyParser {
public:
    static std::unique_ptr<ReplyParser> create(ReplyParserOptions options);
    virtual ~ReplyParser() = default;

    [[nodiscard]] virtual ReplyOutput feed(std::string_view text) = 0;
    /// At the end of the reply: what was held back.
    [[nodiscard]] virtual ReplyOutput finish() = 0;
    /// Calls begun so far: with any, the reply's finish reason is "tool_calls".
    [[nodiscard]] virtual std::int32_t callCount() const = 0;

    /// Special tokens that have to be visible for this to work: Request::visibleSpecials.
    [[nodiscard]] static std::vector<std::string> markers(const ReplyParserOptions& options);

protected:
    ReplyParser() = default;
};

} // namespace hearth
