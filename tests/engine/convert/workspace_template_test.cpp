#include "engine/convert/convert_support.h"
#include "engine/runtime/engine_harness.h"
#include "text/named_template.h"

using namespace hearth;
using namespace hearth::test;

namespace fs = std::filesystem;

namespace {

/// A workspace of a llama in the folder "alpaca", which says nothing about its template.
class WorkspaceTemplate : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directory(folder.path() / "model");
        for (const char* file : {"config.json", "model.safetensors"})
            fs::copy_file(fs::path(fixturePath("llama")) / file, folder.path() / "model" / file);
    }
    void convertAs(const std::string& name) const {
        ConvertOptions options = optionsFor(folder.path() / "alpaca");
        options.modelName = name;
        options.tokenizer = folder.path() / "model";
        const auto converted =
            convertToWorkspace(openModel(folder.path() / "model"), options, {}, {});
        ASSERT_TRUE(converted) << converted.error().message();
    }
    struct Outcome {
        std::string name;
        std::string prompt;
    };
    [[nodiscard]] Outcome load(const std::string& templateName = {}) const {
        EngineHarness harness;
        LoadOptions options;
        options.device = DeviceChoice::Cpu;
        options.templateName = templateName;
        const auto engine =
            harness.host().load((folder.path() / "alpaca").string(), "alpaca", options);
        EXPECT_TRUE(engine) << engine.error().message();
        ChatPrompt prompt;
        prompt.messages.push_back({"user", "Hi", {}});
        const auto text = (*engine)->renderPrompt(prompt);
        EXPECT_TRUE(text) << text.error().message();
        return {(*engine)->model().templateName, *text};
    }

    const TemporaryFolder folder;
};

} // namespace

TEST_F(WorkspaceTemplate, IsTheOneOfTheNameGivenToConvert) {
    for (const char* name : {"internlm-chat-7b", "vicuna", "base"}) {
        convertAs(name);
        const Outcome got = load();
        EXPECT_EQ(got.name, name);
        const auto wanted = findNamedTemplate(name)->prompt("Hi", SequenceStart::Yes);
        ASSERT_TRUE(wanted);
        EXPECT_TRUE(got.prompt.ends_with(*wanted) || wanted->ends_with(got.prompt))
            << got.prompt << "\n" << *wanted;
        EXPECT_NE(got.prompt, "");
    }
}

TEST_F(WorkspaceTemplate, GivesWayToTheOptions) {
    convertAs("internlm-chat-7b");
    const Outcome got = load("llama2");
    EXPECT_EQ(got.name, "llama2");
    EXPECT_NE(got.prompt.find("[INST]"), std::string::npos) << got.prompt;
}

TEST_F(WorkspaceTemplate, GivesWayToTheModelsOwn) {
    folder.write("model/chat_template.jinja", "{{ messages[0].content }}!");
    convertAs("internlm-chat-7b");
    const Outcome got = load();
    EXPECT_EQ(got.name, "");
    EXPECT_EQ(got.prompt, "Hi!");
}
