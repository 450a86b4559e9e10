#include "cli/arguments.h"

#include <gtest/gtest.h>

using hearth::cli::normaliseArguments;

namespace {

std::vector<std::string> normalise(std::vector<const char*> arguments) {
    return normaliseArguments(int(arguments.size()), arguments.data(), {"--json", "--sym"});
}

using Strings = std::vector<std::string>;

} // namespace

TEST(Arguments, UnderscoresBecomeDashesInNamesOnly) {
    EXPECT_EQ(normalise({"--max_batch_size", "8", "a_b", "--data_dir=/tmp/a_b"}),
              (Strings{"--max-batch-size", "8", "a_b", "--data-dir=/tmp/a_b"}));
}

TEST(Arguments, FlagsTakeTrueAndFalse) {
    EXPECT_EQ(normalise({"--json", "True", "--sym", "false", "x"}),
              (Strings{"--json=true", "--sym=false", "x"}));
    EXPECT_EQ(normalise({"--json", "text", "--sym"}), (Strings{"--json", "text", "--sym"}));
}

TEST(Arguments, NothingBehindTwoDashesIsTouched) {
    EXPECT_EQ(normalise({"--", "--a_b", "--json", "True"}),
              (Strings{"--", "--a_b", "--json", "True"}));
}
