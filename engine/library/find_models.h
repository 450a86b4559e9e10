#pragma once

#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <chrono>
#include <sys/types.h>

namespace hearth {

/// Keeps a search of other programs' folders within bounds.
class SearchBounds {
public:
    explicit SearchBounds(const std::stop_token& stop);

    /// False once the search has taken too long, seen too much or was stopped.
    [[nodiscard]] bool goesOn();
    /// True the first time that a file or folder is met, by whatever name.
    [[nodiscard]] bool isNew(const std::filesystem::path& path);

private:
    const std::stop_token m_stop;
    const std::chrono::steady_clock::time_point m_end;
    int m_entries = 0;
    std::set<std::pair<dev_t, ino_t>> m_seen;
};

/// A model's file or folder, and what its program calls it.
struct ModelCandidate {
    std::filesystem::path path;
    std::string name;
};

/// The models that Ollama's manifests below `folder` name, as "NAME:TAG".
[[nodiscard]] std::vector<ModelCandidate> ollamaModels(const std::filesystem::path& folder,
                                                       SearchBounds& bounds);

} // namespace hearth
