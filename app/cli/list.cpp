#include "cli/console.h"
#include "models/architecture.h"
#include "models/model_kind.h"
#include "text/named_template.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::cli {

namespace {

std::vector<std::string> architectureNames() {
    std::vector<std::string> names;
    for (const std::string_view name : encoderArchitectures())
        names.emplace_back(name);
    for (const ArchitectureInfo& info : supportedArchitectures())
        names.emplace_back(info.modelType);
    std::sort(names.begin(), names.end());
    return names;
}

struct List {
    std::string engine = "turbomind";
    bool architectures = false;
    bool json = false;

    void run() const {
        const std::vector<std::string> names =
            architectures ? architectureNames() : namedTemplateNames();
        if (json) {
            printJson(names);
            return;
        }
        for (const std::string& name : names)
            printText(name + "\n");
    }
};

} // namespace

void addList(CLI::App& program) {
    auto list = std::make_shared<List>();
    CLI::App* command =
        program.add_subcommand("list", "Names for --model-name and convert, or architectures");
    command->footer("Example: hearth list");
    command->add_flag("--json", list->json, "Print one JSON document");
    command->add_flag("--architectures", list->architectures, "Architectures that can be run");
    command->add_option("--engine", list->engine, "LMDeploy's flag: turbomind is all there is")
        ->check(CLI::IsMember({"turbomind"}));
    command->callback([list] { list->run(); });
}

} // namespace hearth::cli
