#include "formats/utf8_check.h"

#include <cstddef>
#include <cstdint>

namespace hearth {

bool isValidUtf8(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const auto lead = static_cast<std::uint8_t>(text[i++]);
        if (lead < 0x80)
            continue;
        if (lead < 0xC2 || lead > 0xF4)
            return false;
        const int following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        // The second byte's range is narrower after the leads that border on invalid values.
        std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        for (int k = 0; k < following; ++k) {
            if (i == text.size())
                return false;
            const auto next = static_cast<std::uint8_t>(text[i++]);
            if (next < low || next > high)
                return false;
            low = 0x80;
            high = 0xBF;
        }
    }
    return true;
}

} // namespace hearth
