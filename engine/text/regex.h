#pragma once

#include "hearth/result.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

struct pcre2_real_code_8;

namespace hearth {

struct TextRange {
    std::size_t begin = 0;
    std::size_t end = 0; ///< One after the last byte.
};

/// A compiled regular expression over UTF-8 with Unicode classes (PCRE2, JIT). Copies share the
/// compiled code. Immutable: any thread may match.
class Regex {
public:
    /// Errors: Corrupt with the offset in the pattern.
    static Result<Regex> compile(std::string_view pattern);

    /// The first match at or after `from` that is not empty. `text` must be valid UTF-8.
    /// Errors: Unsupported if the pattern exceeds its match limit on this text.
    [[nodiscard]] Result<std::optional<TextRange>> find(std::string_view text,
                                                        std::size_t from) const;

private:
    explicit Regex(std::shared_ptr<pcre2_real_code_8> code);

    std::shared_ptr<pcre2_real_code_8> m_code;
};

} // namespace hearth
