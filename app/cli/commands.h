#pragma once

#include <CLI/CLI.hpp>

namespace hearth::cli {

/// Exit statuses of every command.
enum class ExitStatus : int { Done = 0, Failed = 1, WrongUsage = 2 };

// Each adds one subcommand to the program; its callback throws CommandFailed if it fails. One
// function a file of the same name.
void addAsk(CLI::App& program);
void addBench(CLI::App& program);
void addChat(CLI::App& program);
void addCheckEnv(CLI::App& program);
void addConvert(CLI::App& program);
void addEmbed(CLI::App& program);
void addList(CLI::App& program);
void addLogits(CLI::App& program);
void addModels(CLI::App& program);
void addServe(CLI::App& program);
void addTemplate(CLI::App& program);
void addTokenize(CLI::App& program);

} // namespace hearth::cli
