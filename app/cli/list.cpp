#include "cli/console.h"
#include "models/architecture.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace hearth::cli {

void addList(CLI::App& program) {
    auto json = std::make_shared<bool>(false);
    CLI::App* command = program.add_subcommand("list", "Architectures that can be run");
    command->footer("Example: hearth list");
    command->add_flag("--json", *json, "Print one JSON document");
    command->callback([json] {
        if (*json) {
            printJson(supportedArchitectures());
            return;
        }
        for (const std::string_view name : supportedArchitectures())
            printText(std::string(name) + "\n");
    });
}

} // namespace hearth::cli
