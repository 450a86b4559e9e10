#pragma once

#include "formats/checkpoint.h"

#include <filesystem>
#include <string>

namespace hearth {

/// The license that the model card in a folder (README.md) states in its front matter, the YAML
/// lines between two `---` at its start: `license`, or `license_name` where that says "other".
/// Empty if there is none. Reads the file's first 64 KiB, never more.
/// (Hugging Face Hub, "Model Cards", model card metadata.)
[[nodiscard]] std::string licenseOfModelCard(const std::filesystem::path& folder);

/// The license that a model states: its card's, or a GGUF file's general.license.
[[nodiscard]] std::string licenseOf(const Checkpoint& checkpoint);

} // namespace hearth
