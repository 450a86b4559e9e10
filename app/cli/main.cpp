#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <vector>

namespace hearth::cli {

namespace {

void collectFlags(const CLI::App& app, std::vector<std::string>& flags) {
    for (const CLI::Option* option : app.get_options())
        if (option->get_expected_max() == 0)
            for (const std::string& name : option->get_lnames())
                flags.push_back("--" + name);
    for (const CLI::App* sub : app.get_subcommands({}))
        collectFlags(*sub, flags);
}

/// The word that stands where a subcommand is required; empty if there is none.
std::string unknownCommand(const CLI::App& program) {
    const CLI::App* app = &program;
    while (!app->get_subcommands().empty())
        app = app->get_subcommands().front();
    const std::vector<std::string> words = program.remaining(true);
    if (app->get_require_subcommand_min() == 0 || words.empty() || words.front().starts_with('-'))
        return {};
    return words.front();
}

/// What is wrong with the arguments, in a line.
std::string usageSentence(const CLI::App* /*app*/, const CLI::Error& error) {
    const bool isAboutAValue = dynamic_cast<const CLI::ValidationError*>(&error) != nullptr;
    return std::string(error.what()) + (isAboutAValue ? "\n" : "; --help tells what there is\n");
}

int run(int argc, char** argv) {
    CLI::App program("Hearth runs large language models on this machine.", "hearth");
    program.set_version_flag("--version", "hearth " HEARTH_VERSION);
    program.require_subcommand(1);
    program.failure_message(usageSentence);
    program.footer("Example: hearth ask \"What is the capital of France?\"");
    addChat(program);
    addAsk(program);
    addModels(program);
    addServe(program);
    addConvert(program);
    addList(program);
    addCheckEnv(program);
    addEmbed(program);
    addLogits(program);
    addTokenize(program);
    addTemplate(program);
    addBench(program);

    std::vector<std::string> flags;
    collectFlags(program, flags);
    std::vector<std::string> arguments = normaliseArguments(argc - 1, argv + 1, flags);
    std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
    try {
        program.parse(arguments);
    } catch (const CLI::RequiredError& error) {
        if (const std::string word = unknownCommand(program); !word.empty())
            throw CommandFailed(word + ": there is no such command; --help lists them",
                                ExitStatus::WrongUsage);
        program.exit(error);
        return int(ExitStatus::WrongUsage);
    } catch (const CLI::ParseError& error) {
        const int status = program.exit(error);
        return status == 0 ? int(ExitStatus::Done) : int(ExitStatus::WrongUsage);
    }
    return int(ExitStatus::Done);
}

} // namespace

} // namespace hearth::cli

int main(int argc, char** argv) {
    using namespace hearth::cli;
    try {
        return run(argc, argv);
    } catch (const CommandFailed& failed) {
        printMessage(failed.what());
        return int(failed.status());
    } catch (const std::bad_alloc&) {
        printMessage("not enough memory");
    } catch (const std::exception& error) {
        printMessage(std::string("internal error: ") + error.what());
    }
    return int(ExitStatus::Failed);
}
