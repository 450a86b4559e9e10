#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <utility>

namespace hearth::cli {

/// Help whose usage line ends with `arguments`, where CLI11 cannot tell them: texts behind the
/// positionals, or positionals that options stand in for.
class UsageFormatter : public CLI::Formatter {
public:
    explicit UsageFormatter(std::string arguments) : m_arguments(std::move(arguments)) {}

    std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
        return "Usage: " + name + " [OPTIONS] " + m_arguments + "\n\n";
    }

private:
    std::string m_arguments;
};

} // namespace hearth::cli
