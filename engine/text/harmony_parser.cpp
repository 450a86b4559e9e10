#include "text/harmony_parser.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace hearth {

namespace {

constexpr std::string_view kMessage = "<|message|>";
constexpr std::string_view kRecipient = "to=functions.";
/// Any of them ends a text; the first two begin the next header.
constexpr std::array<std::string_view, 5> kEnds{"<|channel|>", "<|start|>", "<|end|>", "<|call|>",
                                                "<|return|>"};
constexpr std::size_t kMaxHeader = 1024;

class HarmonyParser final : public ReplyParser {
public:
    ReplyOutput feed(std::string_view text) override {
        m_pending += text;
        return run(false);
    }
    ReplyOutput finish() override { return run(true); }
    [[nodiscard]] std::int32_t callCount() const override { return m_calls; }

private:
    enum class Kind : std::uint8_t { Reasoning, Content, Call };

    ReplyOutput run(bool isEnd) {
        ReplyOutput output;
        while (m_inHeader ? header(output, isEnd) : text(output, isEnd)) {
        }
        return output;
    }
    bool header(ReplyOutput& output, bool isEnd);
    bool text(ReplyOutput& output, bool isEnd);
    void put(ReplyOutput& output, std::string_view text);

    std::string m_pending;
    bool m_inHeader = false;
    Kind m_kind = Kind::Content;
    std::int32_t m_calls = 0;
};

bool HarmonyParser::header(ReplyOutput& output, bool isEnd) {
    const std::size_t end = m_pending.find(kMessage);
    if (end == std::string::npos) {
        // No header after all: nothing is lost.
        if (!isEnd && m_pending.size() < kMaxHeader)
            return false;
        m_inHeader = false;
        m_kind = Kind::Content;
        put(output, std::exchange(m_pending, {}));
        return false;
    }
    const std::string header = m_pending.substr(0, end);
    m_pending.erase(0, end + kMessage.size());
    m_inHeader = false;
    m_kind = header.find("analysis") != std::string::npos ? Kind::Reasoning : Kind::Content;
    if (const std::size_t to = header.find(kRecipient); to != std::string::npos) {
        const std::size_t name = to + kRecipient.size();
        static thread_local std::mt19937_64 random{std::random_device{}()};
        m_kind = Kind::Call;
        output.calls.push_back({m_calls++, "call_" + std::to_string(random()),
                                header.substr(name, header.find_first_of(" <\n\t", name) - name),
                                {}});
    }
    return true;
}

bool HarmonyParser::text(ReplyOutput& output, bool isEnd) {
    std::size_t first = std::string::npos;
    std::string_view found;
    std::size_t held = 0;
    for (const std::string_view end : kEnds) {
        if (const std::size_t at = m_pending.find(end); at < first) {
            first = at;
            found = end;
        }
        for (std::size_t length = std::min(end.size() - 1, m_pending.size());
             !isEnd && length > held; --length)
            if (m_pending.ends_with(end.substr(0, length)))
                held = length;
    }
    if (first == std::string::npos) {
        put(output, std::string_view(m_pending).substr(0, m_pending.size() - held));
        m_pending.erase(0, m_pending.size() - held);
        return false;
    }
    put(output, std::string_view(m_pending).substr(0, first));
    m_pending.erase(0, first + found.size());
    m_inHeader = found == kEnds[0] || found == kEnds[1];
    return true;
}

void HarmonyParser::put(ReplyOutput& output, std::string_view text) {
    if (text.empty())
        return;
    if (m_kind == Kind::Reasoning) {
        output.reasoning += text;
    } else if (m_kind == Kind::Content) {
        output.content += text;
    } else {
        if (output.calls.empty() || output.calls.back().index != m_calls - 1)
            output.calls.push_back({m_calls - 1, {}, {}, {}});
        output.calls.back().arguments += text;
    }
}

} // namespace

std::unique_ptr<ReplyParser> newHarmonyParser() {
    return std::make_unique<HarmonyParser>();
}

} // namespace hearth
