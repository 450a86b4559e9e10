#include "base/byte_text.h"
#include "cli/console.h"
#include "hearth/host.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <dlfcn.h>
#include <fstream>
#include <memory>
#include <optional>
#include <sys/utsname.h>
#include <system_error>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string osRelease() {
    std::ifstream file("/etc/os-release");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("PRETTY_NAME=\""))
            return line.substr(13, line.size() - 14);
    return "unknown";
}

/// The driver's CUDA version by its own library, without linking to it.
std::string cudaDriver() {
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return "none";
    std::string text = "present, version unknown";
    using Version = int (*)(int*);
    int version = 0;
    const auto ask = reinterpret_cast<Version>(dlsym(library, "cuDriverGetVersion"));
    if (ask != nullptr && ask(&version) == 0)
        text = fmt::format("CUDA {}.{}", version / 1000, version % 1000 / 10);
    dlclose(library);
    return text;
}

/// cuBLAS is among what a backend that can be used has found.
std::string cudaBackend(const Host& host) {
    const std::optional<Error> problem = host.gpuProblem();
    return problem ? asSentence(*problem, "; Hearth computes on the CPU") : "ready, with cuBLAS";
}

Lines environment() {
    utsname system = {};
    uname(&system);
    Lines lines{{"hearth", HEARTH_VERSION},
                {"compiler", __VERSION__},
                {"system", osRelease()},
                {"kernel", std::string(system.sysname) + " " + system.release},
                {"nvidia driver", cudaDriver()}};
    const auto host = orFail(createHost({}));
    lines.emplace_back("cuda backend", cudaBackend(*host));
    for (const DeviceDescription& device : host->devices()) {
        lines.emplace_back("device " + device.id,
                           fmt::format("{}, {}", device.name, device.features));
        lines.emplace_back("memory " + device.id, fmt::format("{} free of {}",
                                                              byteText(device.freeMemory),
                                                              byteText(device.totalMemory)));
        if (device.threads > 0)
            lines.emplace_back("threads " + device.id, std::to_string(device.threads));
        lines.emplace_back("budget " + device.id, byteText(device.memoryBudget));
    }
    return lines;
}

void run(bool json, const std::string& dumpFile) {
    const Lines lines = environment();
    std::string text;
    nlohmann::json document = nlohmann::json::object();
    for (const auto& [key, value] : lines) {
        text += key + ": " + value + "\n";
        document[key] = value;
    }
    if (!dumpFile.empty()) {
        errno = 0;
        std::ofstream file(dumpFile);
        file << text;
        if (!file.flush())
            throw CommandFailed(dumpFile +
                                ": cannot be written: " + std::generic_category().message(errno));
    }
    if (json)
        printJson(document);
    else
        printText(text);
}

} // namespace

void addCheckEnv(CLI::App& program) {
    struct Options {
        bool json = false;
        std::string dumpFile;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = program.add_subcommand("check_env", "Machine, driver and versions");
    command->footer("Example: hearth check_env --dump-file env.txt");
    command->add_flag("--json", options->json, "Print one JSON document");
    command->add_option("--dump-file", options->dumpFile, "Write the lines to a file too");
    command->callback([options] { run(options->json, options->dumpFile); });
}

} // namespace hearth::cli
