#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/jinja/template.h"

// Expectations come from jinja2 itself: tests/support/render_template.py --expect.

namespace hearth::jinja {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

const fs::path kFolder = fs::path(HEARTH_TEST_DATA) / "templates";

std::string readText(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return std::move(text).str();
}

/// The oracle's clock: 2024-07-26 12:30:05 UTC.
RenderLimits oracleLimits() {
    ::setenv("TZ", "UTC", 1);
    RenderLimits limits;
    limits.now = 1'721'997'005;
    return limits;
}

Result<std::string> renderSource(const std::string& source, const Json& variables) {
    HEARTH_TRY_ASSIGN(const Template parsed, Template::parse(source));
    return parsed.render(variables, oracleLimits());
}

void expectOutcome(const std::string& source, const Json& variables, const Json& outcome) {
    const Result<std::string> rendered = renderSource(source, variables);
    if (outcome.contains("error")) {
        EXPECT_FALSE(rendered) << "rendered " << *rendered
                               << "\njinja2 fails: " << outcome["error"];
        return;
    }
    if (!rendered)
        ADD_FAILURE() << rendered.error().message() << "\njinja2 gives " << outcome["expected"];
    else
        EXPECT_EQ(*rendered, outcome["expected"].get<std::string>());
}

TEST(JinjaOracle, SnippetsRenderAsJinja2) {
    const Json table = Json::parse(readText(kFolder / "snippets.json"));
    ASSERT_GE(table["snippets"].size(), 400u);
    for (const Json& snippet : table["snippets"]) {
        const auto source = snippet["template"].get<std::string>();
        SCOPED_TRACE(source);
        expectOutcome(source, table["variables"], snippet);
    }
}

TEST(JinjaOracle, ChatTemplatesRenderAsJinja2) {
    const Json conversations = Json::parse(readText(kFolder / "conversations.json"));
    const Json expected = Json::parse(readText(kFolder / "expected.json"));
    ASSERT_GE(conversations.size(), 50u);
    ASSERT_GE(expected.size() * conversations.size(), 1500u);
    for (const auto& [name, outcomes] : expected.items()) {
        const std::string source = readText(kFolder / "chat" / (name + ".jinja"));
        for (const auto& [conversation, outcome] : outcomes.items()) {
            SCOPED_TRACE(name + " with " + conversation);
            Json variables = {{"tools", nullptr}, {"documents", nullptr}};
            variables.update(conversations.at(conversation));
            expectOutcome(source, variables, outcome);
        }
    }
}

TEST(JinjaOracle, RaisedMessagesArePassedOn) {
    const Json expected = Json::parse(readText(kFolder / "expected.json"));
    const Json conversations = Json::parse(readText(kFolder / "conversations.json"));
    const auto rendered =
        renderSource(readText(kFolder / "chat" / "gemma2.jinja"), conversations.at("system_user"));
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().code, ErrorCode::TemplateFailed);
    EXPECT_EQ(rendered.error().detail,
              expected["gemma2"]["system_user"]["error"].get<std::string>());
}

} // namespace
} // namespace hearth::jinja
