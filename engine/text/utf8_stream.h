#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// Turns the bytes of one token after the other into text: only complete, valid UTF-8 comes out,
/// bytes that can no longer become a character come out as U+FFFD. For one stream and one thread.
class Utf8Stream {
public:
    /// The text that is certain after `bytes`; up to three bytes stay behind.
    [[nodiscard]] std::string feed(std::string_view bytes);
    /// At the end of the stream: U+FFFD for an unfinished character, otherwise nothing.
    [[nodiscard]] std::string flush();
    /// True while an unfinished character waits.
    [[nodiscard]] bool pending() const { return !m_pending.empty(); }

private:
    std::string m_pending;
};

} // namespace hearth
