#include "hearth/found_models.h"

#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

using namespace hearth;
using namespace hearth::test;

namespace {

std::vector<std::string> namesOf(const std::vector<FoundModel>& found) {
    std::vector<std::string> names;
    for (const FoundModel& model : found)
        names.push_back(model.model.name);
    std::sort(names.begin(), names.end());
    return names;
}

std::string manifest(const std::string& digest) {
    return R"({"schemaVersion": 2, "layers": [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:77"},
        {"mediaType": "application/vnd.ollama.image.model", "digest": ")" +
           digest + R"(", "size": 12}]})";
}

} // namespace

TEST(FindModels, FollowsTheHubsCacheToItsFiles) {
    const TemporaryFolder folder;
    const std::string model = "hub/models--org--tiny-GGUF/";
    folder.write(model + "blobs/0a1b2c", tinyGguf({}).build());
    folder.write(model + "blobs/ffff.incomplete", "GGUF");
    std::filesystem::create_directories(folder.path() / model / "snapshots/1234");
    std::filesystem::create_symlink("../../blobs/0a1b2c",
                                    folder.path() / model / "snapshots/1234/tiny-Q4_K_M.gguf");
    const auto found = findModels({{ModelOrigin::HuggingFace, folder.path() / "hub"}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].model.name, "tiny-Q4_K_M");
    EXPECT_EQ(found[0].model.problem, "");
}

TEST(FindModels, NamesASnapshotByItsRepository) {
    const TemporaryFolder folder;
    const std::string snapshot = "hub/models--org--small-chat/snapshots/1234/";
    for (const auto& file : std::filesystem::directory_iterator(
             std::filesystem::path(HEARTH_TEST_DATA) / "models/llama"))
        if (file.is_regular_file())
            folder.write(snapshot + file.path().filename().string(), readFile(file.path()));
    const auto found = findModels({{ModelOrigin::HuggingFace, folder.path() / "hub"}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].model.name, "small-chat");
}

TEST(FindModels, ReadsOllamasManifests) {
    const TemporaryFolder folder;
    const std::string digest(64, 'a');
    folder.write("manifests/registry.ollama.ai/library/qwen2.5/7b", manifest("sha256:" + digest));
    folder.write("manifests/registry.ollama.ai/library/qwen2.5/latest",
                 manifest("sha256:" + digest));
    folder.write("blobs/sha256-" + digest, tinyGguf({}).build());
    const auto found = findModels({{ModelOrigin::Ollama, folder.path()}});
    ASSERT_EQ(found.size(), 1u) << "one file with two names is one model";
    EXPECT_TRUE(found[0].model.name.starts_with("qwen2.5:")) << found[0].model.name;
    EXPECT_EQ(found[0].model.problem, "");
}

TEST(FindModels, fault_078_AManifestNamesNoFileElsewhere) {
    const TemporaryFolder folder;
    folder.write("secret.gguf", tinyGguf({}).build());
    const std::string base = "ollama/manifests/registry/library/evil/";
    folder.write(base + "a", manifest("sha256:../../secret.gguf"));
    folder.write(base + "b", manifest("../../../secret.gguf"));
    folder.write(base + "c", manifest("sha256:" + std::string(64, '/')));
    folder.write(base + "d", "{\"layers\": [3, null, {\"mediaType\": 1}]}");
    folder.write(base + "e", "not JSON");
    EXPECT_TRUE(findModels({{ModelOrigin::Ollama, folder.path() / "ollama"}}).empty());
}

TEST(FindModels, ListsWhatItCannotRunWithTheReason) {
    const TemporaryFolder folder;
    folder.write("good.gguf", tinyGguf({}).build());
    TinyModel other;
    other.architecture = "mamba";
    folder.write("other.gguf", tinyGguf(other).build());
    folder.write("page.gguf", "<!DOCTYPE html>");
    folder.write("mmproj-eye.gguf", "GGUF");
    folder.write("big-00001-of-00002.gguf", "GGUF");
    folder.write("big-00002-of-00002.gguf", "GGUF");
    const auto found = findModels({{ModelOrigin::LmStudio, folder.path()}});
    EXPECT_EQ(namesOf(found),
              (std::vector<std::string>{"big-00001-of-00002", "good", "other", "page"}));
    EXPECT_EQ(found[0].model.name, "good") << "usable models come first";
    for (std::size_t i = 1; i < found.size(); ++i)
        EXPECT_NE(found[i].model.problem, "") << found[i].model.name;
}

TEST(FindModels, GoesRoundNoCirclesAndEndsInTime) {
    const TemporaryFolder folder;
    folder.write("a/b/tiny.gguf", tinyGguf({}).build());
    std::filesystem::create_directory_symlink("..", folder.path() / "a/up");
    std::filesystem::create_directory_symlink("../..", folder.path() / "a/b/top");
    std::filesystem::create_symlink("tiny.gguf", folder.path() / "a/b/again.gguf");
    std::filesystem::create_symlink("loop.gguf", folder.path() / "a/b/loop.gguf");
    const auto begin = std::chrono::steady_clock::now();
    const auto found = findModels({{ModelOrigin::Jan, folder.path()},
                                   {ModelOrigin::Jan, folder.path() / "a"},
                                   {ModelOrigin::LlamaCpp, folder.path() / "nowhere"}});
    EXPECT_EQ(found.size(), 1u);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(FindModels, StopsWhenAsked) {
    const TemporaryFolder folder;
    folder.write("tiny.gguf", tinyGguf({}).build());
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(findModels({{ModelOrigin::Jan, folder.path()}}, stop.get_token()).empty());
}
