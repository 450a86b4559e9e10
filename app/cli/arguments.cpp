#include "cli/arguments.h"

#include <algorithm>

namespace hearth::cli {

namespace {

void useDashes(std::string& argument) {
    if (!argument.starts_with("--"))
        return;
    const std::size_t end = std::min(argument.find('='), argument.size());
    std::replace(argument.begin(), argument.begin() + std::ptrdiff_t(end), '_', '-');
}

std::string lowerCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return char(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

} // namespace

std::vector<std::string> normaliseArguments(int count, const char* const* arguments,
                                            const std::vector<std::string>& flags) {
    std::vector<std::string> result;
    bool literal = false; // behind "--"
    for (int i = 0; i < count; ++i) {
        std::string argument = arguments[i];
        literal = literal || argument == "--";
        if (literal) {
            result.push_back(std::move(argument));
            continue;
        }
        useDashes(argument);
        const bool isFlag = std::find(flags.begin(), flags.end(), argument) != flags.end();
        if (isFlag && i + 1 < count) {
            const std::string value = lowerCase(arguments[i + 1]);
            if (value == "true" || value == "false") {
                argument += '=';
                argument += value;
                ++i;
            }
        }
        result.push_back(std::move(argument));
    }
    return result;
}

} // namespace hearth::cli
