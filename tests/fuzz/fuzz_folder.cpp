#include "fuzz/fuzz_folder.h"

#include <cstdlib>
#include <fstream>
#include <system_error>

namespace hearth::fuzz {

namespace fs = std::filesystem;

FuzzFolder::FuzzFolder() {
    std::error_code failed;
    const bool hasMemory = fs::is_directory("/dev/shm", failed);
    std::string name =
        (fs::path(hasMemory ? "/dev/shm" : "/tmp") / "hearth-fuzz-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
        std::abort();
    m_path = name;
}

FuzzFolder::~FuzzFolder() {
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

fs::path FuzzFolder::write(const std::string& name, std::string_view content) const {
    fs::path path = m_path / name;
    // A new file each time: a mapping of the old one must not change under it.
    remove(name);
    std::ofstream file(path, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    return path;
}

void FuzzFolder::remove(const std::string& name) const {
    std::error_code ignored;
    fs::remove(m_path / name, ignored);
}

std::vector<std::string_view> partsOf(std::string_view input, std::size_t most) {
    constexpr std::string_view kCut = "\n----\n";
    std::vector<std::string_view> parts;
    while (parts.size() + 1 < most) {
        const std::size_t cut = input.find(kCut);
        if (cut == std::string_view::npos)
            break;
        parts.push_back(input.substr(0, cut));
        input.remove_prefix(cut + kCut.size());
    }
    parts.push_back(input);
    parts.resize(most);
    return parts;
}

} // namespace hearth::fuzz
