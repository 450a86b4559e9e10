#pragma once

#include "hearth/result.h"
#include "text/regex.h"
#include "text/scanner.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// Texts made while encoding; a deque, so that views into them stay valid as it grows.
using TextArena = std::deque<std::string>;

/// What to do with the matches of a split (Hugging Face's SplitDelimiterBehavior).
enum class SplitBehavior : std::uint8_t {
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
};

/// Whether a marker is put in front of the first word (Hugging Face's PrependScheme).
enum class PrependScheme : std::uint8_t { Never, First, Always };

/// Cuts a normalized text into the words inside which BPE merges: a list of steps, each applied to
/// every piece the step before left. Immutable: any thread may split.
class PreTokenizer {
public:
    struct Words { ///< Cut by a hand-written scanner.
        WordPattern pattern = WordPattern::Gpt2;
    };
    struct Split {
        std::variant<Regex, std::string> pattern; ///< A string is matched literally.
        SplitBehavior behavior = SplitBehavior::Isolated;
        bool invert = false; ///< What the pattern does not match is the delimiter.
    };
    struct Classes { ///< Cut where a character class begins and ends.
        std::uint16_t flags = 0;
        SplitBehavior behavior = SplitBehavior::Isolated;
    };
    struct PrefixSpace {}; ///< Puts a space in front of a piece that starts with none.
    struct Metaspace {     ///< Spaces become `marker`, which starts a word if `split`.
        std::string marker;
        PrependScheme prepend = PrependScheme::Always;
        bool split = true;
    };
    struct Bert {};        ///< White space parts words; each punctuation mark is one.
    struct FixedLength {   ///< So many characters each, the last piece with what is left.
        std::size_t characters = 5;
    };
    using Step = std::variant<Words, Split, Classes, PrefixSpace, Metaspace, Bert, FixedLength>;

    PreTokenizer() = default;
    explicit PreTokenizer(std::vector<Step> steps)
        : m_steps(std::move(steps)) {}

    /// The words of `text`, in order; views into `text` or `arena`. `first`: the text is the
    /// beginning of everything that is encoded.
    /// Errors: those of Regex::find().
    [[nodiscard]] Result<std::vector<std::string_view>> split(std::string_view text, bool first,
                                                              TextArena& arena) const;

private:
    std::vector<Step> m_steps;
};

} // namespace hearth
