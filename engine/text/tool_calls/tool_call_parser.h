#pragma once

#include "text/tool_calls/tool_format.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// A piece of one call. The first piece of a call has its id and name, later ones only arguments.
struct ToolCallDelta {
    std::int32_t index = 0;
    std::string id;
    std::string name;
    std::string arguments; ///< Text that goes on with the call's JSON.
};

struct ToolCallOutput {
    std::string content; ///< Text that belongs to no call.
    std::vector<ToolCallDelta> calls;
};

/// Finds calls of tools in a reply that arrives in pieces. Text that may become a marker is held
/// back; what turns out to be none comes out as content, unchanged but for the whitespace between
/// and behind calls. For one stream and one thread.
class ToolCallParser {
public:
    /// `tools`: those on offer. Where calls have no marker of their own (Json, Llama3, Glm4), only
    /// those of known tools are calls; argument types of XML-like formats come from their schemas.
    static std::unique_ptr<ToolCallParser> create(ToolFormat format,
                                                  std::span<const ToolDefinition> tools);
    virtual ~ToolCallParser() = default;

    [[nodiscard]] ToolCallOutput feed(std::string_view text) {
        m_pending += text;
        return run(false);
    }
    /// At the end of the reply: what was held back.
    [[nodiscard]] ToolCallOutput finish() { return run(true); }
    /// Calls begun so far.
    [[nodiscard]] std::int32_t callCount() const { return m_calls; }

protected:
    enum class Step : std::uint8_t { Again, NeedsText };

    ToolCallParser() = default;
    /// Takes something from m_pending. NeedsText only if nothing more can be told without further
    /// text; with `isEnd` there will be none.
    virtual Step step(bool isEnd) = 0;

    void content(std::string_view text);
    /// The next call begins.
    void beginCall(std::string name);
    void arguments(std::string_view text);
    /// Content up to the first of `markers`, which is taken too; its index, or nothing where none
    /// is whole yet. What may be the beginning of one stays.
    [[nodiscard]] int takeContentBefore(std::span<const std::string> markers, bool isEnd);
    void skipSpace();

    std::string m_pending;
    std::size_t m_idLetters = 0; ///< Ids of so many letters and nothing else; 0: "call_…".

private:
    ToolCallOutput run(bool isEnd);

    ToolCallOutput m_output;
    std::string m_space; ///< Whitespace behind a call, which text may follow.
    std::int32_t m_calls = 0;
};

} // namespace hearth
