#include "formats/model_card.h"

#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 64 << 10;
constexpr std::size_t kMaxLicense = 100;

std::string readStart(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored))
        return {};
    std::ifstream file(path, std::ios::binary);
    std::string text(kMaxBytes, '\0');
    file.read(text.data(), std::streamsize(text.size()));
    text.resize(std::size_t(file.gcount()));
    return text;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// A YAML scalar without its quotes or the comment behind it; empty if it isn't plain text.
std::string scalar(std::string_view text) {
    text = trimmed(text.substr(0, text.find(" #")));
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
        text.back() == text.front())
        text = text.substr(1, text.size() - 2);
    // Terminals get this text.
    for (const char c : text)
        if (c < ' ' || c > '~')
            return {};
    return std::string(text.substr(0, kMaxLicense));
}

struct Card {
    std::string license;
    std::string licenseName;
};

Card readCard(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    Card card;
    if (!std::getline(lines, line) || trimmed(line) != "---")
        return card;
    std::string* open = nullptr; // a key whose list begins on the next line
    while (std::getline(lines, line) && trimmed(line) != "---") {
        if (const std::string_view item = trimmed(line); open != nullptr && item.starts_with("- "))
            *open = scalar(item.substr(2));
        open = nullptr;
        for (const auto& [key, value] :
             {std::pair<std::string_view, std::string*>{"license:", &card.license},
              {"license_name:", &card.licenseName}}) {
            if (!line.starts_with(key))
                continue;
            *value = scalar(std::string_view(line).substr(key.size()));
            open = value->empty() ? value : nullptr;
        }
    }
    return card;
}

} // namespace

std::string licenseOfModelCard(const fs::path& folder) {
    const Card card = readCard(readStart(folder / "README.md"));
    const bool isNamed = card.license.empty() || card.license == "other";
    return isNamed && !card.licenseName.empty() ? card.licenseName : card.license;
}

std::string licenseOf(const Checkpoint& checkpoint) {
    if (checkpoint.isSynthetic())
        return {};
    if (checkpoint.kind() != Checkpoint::Kind::Gguf)
        return licenseOfModelCard(checkpoint.path());
    const auto license = checkpoint.gguf().getOr<std::string_view>("general.license", "");
    return license ? scalar(*license) : std::string();
}

} // namespace hearth
