#include "text/reply_parser.h"

#include "text/harmony_parser.h"

#include <utility>

namespace hearth {

namespace {

/// Reasoning first, calls in what follows it.
class ChainedParser final : public ReplyParser {
public:
    explicit ChainedParser(ReplyParserOptions options)
        : m_reasoning(std::move(options.reasoning)) {
        if (options.format)
            m_calls = ToolCallParser::create(*options.format, options.tools);
    }

    ReplyOutput feed(std::string_view text) override {
        ReasoningOutput split = m_reasoning.feed(text);
        ReplyOutput output;
        output.reasoning = std::move(split.reasoning);
        if (m_calls == nullptr)
            output.content = std::move(split.content);
        else if (!split.content.empty())
            add(output, m_calls->feed(split.content));
        return output;
    }
    ReplyOutput finish() override {
        ReasoningOutput split = m_reasoning.finish();
        ReplyOutput output;
        output.reasoning = std::move(split.reasoning);
        if (m_calls == nullptr) {
            output.content = std::move(split.content);
            return output;
        }
        add(output, m_calls->feed(split.content));
        add(output, m_calls->finish());
        return output;
    }
    [[nodiscard]] std::int32_t callCount() const override {
        return m_calls == nullptr ? 0 : m_calls->callCount();
    }

private:
    static void add(ReplyOutput& output, ToolCallOutput more) {
        output.content += more.content;
        for (ToolCallDelta& call : more.calls)
            output.calls.push_back(std::move(call));
    }

    ReasoningSplitter m_reasoning;
    std::unique_ptr<ToolCallParser> m_calls;
};

} // namespace

std::unique_ptr<ReplyParser> ReplyParser::create(ReplyParserOptions options) {
    if (options.format == ToolFormat::GptOss)
        return newHarmonyParser();
    return std::make_unique<ChainedParser>(std::move(options));
}

std::vector<std::string> ReplyParser::markers(const ReplyParserOptions& options) {
    std::vector<std::string> all = reasoningMarkers(options.reasoning);
    if (options.format) {
        const std::vector<std::string> calls = toolMarkers(*options.format);
        all.insert(all.end(), calls.begin(), calls.end());
    }
    return all;
}

} // namespace hearth
