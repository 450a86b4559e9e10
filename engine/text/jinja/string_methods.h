#pragma once

#include <cstdint>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

// Python's str methods where filters need them too. All keep the provenance.

enum class Side { Left, Right, Both };
/// Without the given code points (null: white space) at its ends.
[[nodiscard]] Text stripped(const Text& text, const Text* characters, Side side);
/// Parts between separators (null: runs of white space); at most `limit` splits if not negative.
enum class SplitFrom { Left, Right };
[[nodiscard]] std::vector<Text> splitText(Budget& budget, const Text& text, const Text* separator,
                                          std::int64_t limit, SplitFrom from);
enum class LineEnds { Drop, Keep };
[[nodiscard]] std::vector<Text> splitLines(Budget& budget, const Text& text, LineEnds lineEnds);
/// The first `limit` occurrences (all if negative) of `old` replaced.
[[nodiscard]] Text replaced(Budget& budget, const Text& text, const Text& old, const Text& with,
                            std::int64_t limit);
enum class CaseChange { Upper, Lower, Title, Capitalize, Swap };
[[nodiscard]] Text changedCase(Budget& budget, const Text& text, CaseChange change);
enum class Padding { Left, Right, Center };
/// Filled up to `width` code points; what is to stand where the padding is.
[[nodiscard]] Text padded(Budget& budget, const Text& text, std::int64_t width, const Text& fill,
                          Padding padding);

} // namespace hearth::jinja
