#include "engine/convert/convert_support.h"
#include "engine/runtime/engine_harness.h"

using namespace hearth;
using namespace hearth::test;

namespace fs = std::filesystem;

namespace {

SuggestedSampling ofWorkspace(const fs::path& source, const ConvertOptions& options,
                              const fs::path& workspace) {
    const auto converted = convertToWorkspace(openModel(source), options, {}, {});
    EXPECT_TRUE(converted) << converted.error().message();
    EngineHarness harness;
    LoadOptions load;
    load.device = DeviceChoice::Cpu;
    const auto engine = harness.host().load(workspace.string(), "model", load);
    EXPECT_TRUE(engine) << engine.error().message();
    return engine ? (*engine)->model().suggestedSampling : SuggestedSampling{};
}

} // namespace

TEST(WorkspaceSampling, IsThatOfTheFolder) {
    const TemporaryFolder folder;
    for (const char* file : {"config.json", "model.safetensors"}) {
        fs::create_directories(folder.path() / "model");
        fs::copy_file(fs::path(fixturePath("llama")) / file, folder.path() / "model" / file);
    }
    folder.write("model/generation_config.json", R"({"temperature":0.6,"top_p":0.9})");
    ConvertOptions options = optionsFor(folder.path() / "workspace");
    options.tokenizer = folder.path() / "model";
    SuggestedSampling wanted;
    wanted.temperature = 0.6F;
    wanted.topP = 0.9F;
    EXPECT_EQ(ofWorkspace(folder.path() / "model", options, folder.path() / "workspace"), wanted);
}

TEST(WorkspaceSampling, IsThatOfTheGgufFile) {
    const TemporaryFolder folder;
    GgufBuilder builder = byteTokenizerGguf("{{ messages[0].content }}");
    builder.add("general.sampling.temp", 0.7F).add("general.sampling.top_k", std::int32_t{20});
    const fs::path file = folder.write("model.gguf", builder.build());
    ConvertOptions options = optionsFor(folder.path() / "workspace");
    options.tokenizer = file;
    SuggestedSampling wanted;
    wanted.temperature = 0.7F;
    wanted.topK = 20;
    EXPECT_EQ(ofWorkspace(file, options, folder.path() / "workspace"), wanted);
}
