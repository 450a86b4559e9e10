#include "cli/console.h"
#include "models/architecture.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace hearth::cli {

namespace {

std::vector<std::string_view> names() {
    std::vector<std::string_view> names;
    for (const ArchitectureInfo& info : supportedArchitectures())
        names.push_back(info.modelType);
    return names;
}

} // namespace

void addList(CLI::App& program) {
    auto json = std::make_shared<bool>(false);
    CLI::App* command = program.add_subcommand("list", "Architectures that can be run");
    command->footer("Example: hearth list");
    command->add_flag("--json", *json, "Print one JSON document");
    command->callback([json] {
        if (*json) {
            printJson(names());
            return;
        }
        for (const std::string_view name : names())
            printText(std::string(name) + "\n");
    });
}

} // namespace hearth::cli
