#pragma once

#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <sys/wait.h>

namespace hearth::test {

struct Outcome {
    int status = 0;
    std::string out;
    std::string errors;
};

/// Runs the real program with its own data folder.
class Commands : public testing::Test {
protected:
    Outcome run(const std::string& arguments, const std::string& input = {}) const {
        const auto in = folder.write("in", input);
        const auto out = folder.path() / "out";
        const auto errors = folder.path() / "errors";
        const std::string line = "XDG_DATA_HOME=" + (folder.path() / "xdg").string() + " " +
                                 variables + " " + HEARTH_PROGRAM + " " + arguments + " <" +
                                 in.string() + " >" + out.string() + " 2>" + errors.string();
        const int status = std::system(line.c_str());
        return {WEXITSTATUS(status), readFile(out), readFile(errors)};
    }
    [[nodiscard]] static std::string fixture(const std::string& name) {
        return std::string(HEARTH_TEST_DATA) + "/" + name;
    }

    TemporaryFolder folder;
    std::string variables; ///< More variables for the program.
};

} // namespace hearth::test
