#include "support/temporary_folder.h"
#include "text/open_chat_template.h"

#include <gtest/gtest.h>

using namespace hearth;
using Json = nlohmann::ordered_json;

namespace {

std::string rendered(const test::TemporaryFolder& folder, const Json& tools) {
    const auto opened = openChatTemplate(folder.path());
    EXPECT_TRUE(opened) << opened.error().message();
    if (!opened || !*opened)
        return "none";
    const auto segments =
        (*opened)->render(Json::array({{{"role", "user"}, {"content", "Q"}}}), tools,
                          GenerationPrompt::Add);
    EXPECT_TRUE(segments) << segments.error().message();
    return segments ? jinja::joinSegments(*segments) : std::string();
}

const Json kTools = Json::array({{{"type", "function"}}});

} // namespace

TEST(OpenChatTemplate, ToolsTakeTheListsToolTemplate) {
    const test::TemporaryFolder folder;
    folder.write("tokenizer_config.json",
                 R"({"chat_template": [
                    {"name": "default", "template": "plain {{ messages[0].content }}"},
                    {"name": "tool_use", "template": "tools {{ messages[0].content }}"}]})");
    EXPECT_EQ(rendered(folder, nullptr), "plain Q");
    EXPECT_EQ(rendered(folder, kTools), "tools Q");
}

TEST(OpenChatTemplate, FilesWinOverTheConfig) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(rendered(folder, nullptr), "none");
    folder.write("tokenizer_config.json", R"({"chat_template": "config"})");
    EXPECT_EQ(rendered(folder, kTools), "config");
    folder.write("chat_template.jinja", "file");
    EXPECT_EQ(rendered(folder, kTools), "file");
    folder.write("additional_chat_templates/tool_use.jinja", "more");
    folder.write("additional_chat_templates/rag.jinja", "{% broken");
    EXPECT_EQ(rendered(folder, nullptr), "file");
    EXPECT_EQ(rendered(folder, kTools), "more");
}

TEST(OpenChatTemplate, BrokenToolTemplatesAreErrors) {
    const test::TemporaryFolder folder;
    folder.write("chat_template.jinja", "file");
    folder.write("additional_chat_templates/tool_use.jinja", "{% broken");
    const auto opened = openChatTemplate(folder.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::TemplateFailed);
}
