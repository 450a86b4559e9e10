#include "text/reply_parser.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The first byte is the format, the second how long the pieces are; the same text in one piece
/// has to give the same content and calls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hearth;
    if (size < 2)
        return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
    ReplyParserOptions options;
    options.format = ToolFormat(data[0] % 13);
    if (data[0] >= 128)
        options.reasoning = {"<think>", "</think>", (data[1] & 1) != 0};
    options.tools = {{"now", "", false},
                     {"f", R"({"type":"object","properties":{"a":{"type":"integer"}}})", false}};
    const auto read = [&](std::size_t piece) {
        const auto parser = ReplyParser::create(options);
        std::string reasoning;
        std::string content;
        std::string calls;
        const auto add = [&](const ReplyOutput& output) {
            content += output.content;
            reasoning += output.reasoning;
            for (const ToolCallDelta& call : output.calls)
                calls += call.name + call.arguments;
        };
        for (std::size_t at = 0; at < text.size(); at += piece)
            add(parser->feed(std::string_view(text).substr(at, piece)));
        add(parser->finish());
        return reasoning + '\0' + content + '\0' + calls;
    };
    if (read(text.size() + 1) != read(1 + data[1] % 7))
        __builtin_trap();
    return 0;
}
