#include "hearth/model_details.h"
#include "hearth/model_library.h"

#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <gtest/gtest.h>

#include <set>

using namespace hearth;
using namespace hearth::test;

namespace {

const std::filesystem::path kFixture = std::filesystem::path(HEARTH_TEST_DATA) / "models/llama";

ModelLibrary openIn(const TemporaryFolder& folder) {
    auto library = ModelLibrary::open(folder.path() / "data");
    EXPECT_TRUE(library) << library.error().message();
    return *std::move(library);
}

} // namespace

TEST(ModelLibrary, DescribesFilesInItsFolderAndAddedOnes) {
    const TemporaryFolder folder;
    folder.write("data/models/tiny.gguf", tinyGguf({}).build());
    ModelLibrary library = openIn(folder);
    ASSERT_EQ(library.models().size(), 1u);
    EXPECT_EQ(library.models()[0].name, "tiny");
    EXPECT_EQ(library.models()[0].architecture, "llama");
    EXPECT_EQ(library.models()[0].quantisation, "F32");
    EXPECT_EQ(library.models()[0].trainedContext, 256);

    const auto added = library.add(kFixture);
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->name, "llama");
    EXPECT_EQ(added->quantisation, "BF16");
    const ModelLibrary again = openIn(folder);
    ASSERT_EQ(again.models().size(), 2u);
    EXPECT_TRUE(again.resolve("llama"));
}

TEST(ModelLibrary, RemoveForgetsAddedModelsAndDeletesItsOwn) {
    const TemporaryFolder folder;
    const auto own = folder.write("data/models/own.gguf", tinyGguf({}).build());
    const auto other = folder.write("elsewhere/other.gguf", tinyGguf({}).build());
    ModelLibrary library = openIn(folder);
    ASSERT_TRUE(library.add(other));
    ASSERT_TRUE(library.remove("other"));
    EXPECT_TRUE(std::filesystem::exists(other));
    ASSERT_TRUE(library.remove("own"));
    EXPECT_FALSE(std::filesystem::exists(own));
    EXPECT_TRUE(library.models().empty());
}

TEST(ModelLibrary, NamesStayUnique) {
    const TemporaryFolder folder;
    folder.write("data/models/a/same.gguf", tinyGguf({}).build());
    folder.write("data/models/b/same.gguf", tinyGguf({}).build());
    const ModelLibrary library = openIn(folder);
    ASSERT_EQ(library.models().size(), 2u);
    EXPECT_NE(library.models()[0].name, library.models()[1].name);
}

TEST(ModelLibrary, ListsABrokenModelWithItsProblem) {
    const TemporaryFolder folder;
    folder.write("data/models/page.gguf", "<!DOCTYPE html><html></html>");
    const ModelLibrary library = openIn(folder);
    ASSERT_EQ(library.models().size(), 1u);
    EXPECT_NE(library.models()[0].problem, "");
}

TEST(ModelLibrary, UnknownNameListsWhatThereIs) {
    const TemporaryFolder folder;
    folder.write("data/models/tiny.gguf", tinyGguf({}).build());
    const ModelLibrary library = openIn(folder);
    const auto unknown = library.resolve("nothing");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::NotFound);
    EXPECT_NE(unknown.error().message().find("tiny"), std::string::npos);
}

TEST(ModelLibrary, ALoopingLinkAndAnEmptyFolderHarmNothing) {
    const TemporaryFolder folder;
    folder.write("data/models/tiny.gguf", tinyGguf({}).build());
    std::filesystem::create_symlink("loop.gguf", folder.path() / "data/models/loop.gguf");
    std::filesystem::create_directory(folder.path() / "empty");
    ModelLibrary library = openIn(folder);
    EXPECT_TRUE(library.resolve("tiny"));
    EXPECT_FALSE(library.add(folder.path() / "empty"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "data/library.json"));
}

TEST(ModelLibrary, APathThatIsNotUtf8IsRefusedAndForgotten) {
    const TemporaryFolder folder;
    const auto odd = folder.write("odd\xff.gguf", tinyGguf({}).build());
    const auto plain = folder.write("plain.gguf", tinyGguf({}).build());
    ModelLibrary library = openIn(folder);
    EXPECT_FALSE(library.add(odd));
    EXPECT_TRUE(library.add(plain));
}

TEST(ModelLibrary, FoldersAreRememberedAndForgottenWithTheirModels) {
    const TemporaryFolder folder;
    const auto inside = folder.write("shelf/deep/tiny.gguf", tinyGguf({}).build());
    std::filesystem::create_directory(folder.path() / "later");
    ModelLibrary library = openIn(folder);
    ASSERT_TRUE(library.addFolder(folder.path() / "shelf"));
    ASSERT_TRUE(library.addFolder(folder.path() / "later"));
    EXPECT_FALSE(library.addFolder(folder.path() / "never"));
    ASSERT_EQ(library.folders().size(), 2u);
    ASSERT_EQ(library.models().size(), 1u);
    EXPECT_EQ(library.models()[0].place, ModelPlace::Folder);
    EXPECT_FALSE(library.remove("tiny")) << "its file belongs to the folder";

    folder.write("later/new.gguf", tinyGguf({}).build());
    ModelLibrary again = openIn(folder);
    EXPECT_EQ(again.models().size(), 2u);
    ASSERT_TRUE(again.removeFolder(again.folders()[0]));
    EXPECT_EQ(again.models().size(), 1u);
    EXPECT_TRUE(std::filesystem::exists(inside));
    EXPECT_FALSE(again.removeFolder("/nowhere"));
}

TEST(ModelLibrary, AnAddedModelKeepsTheNameItWasGiven) {
    const TemporaryFolder folder;
    const auto blob = folder.write("blobs/sha256-00", tinyGguf({}).build());
    ModelLibrary library = openIn(folder);
    const auto added = library.add(blob, "qwen:7b");
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->name, "qwen:7b");
    EXPECT_EQ(added->place, ModelPlace::Added);
    EXPECT_EQ(added->kvBytesPerToken, 4u * 2 * 2 * 8);
    const ModelLibrary again = openIn(folder);
    EXPECT_TRUE(again.resolve("qwen:7b"));
}

TEST(ModelLibrary, ALinkIsAddedUnderItsOwnName) {
    const TemporaryFolder folder;
    folder.write("blobs/0a1b", tinyGguf({}).build());
    std::filesystem::create_directory(folder.path() / "snapshot");
    std::filesystem::create_symlink("../blobs/0a1b", folder.path() / "snapshot/tiny.gguf");
    ModelLibrary library = openIn(folder);
    const auto added = library.add(folder.path() / "snapshot/tiny.gguf");
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->name, "tiny");
}

TEST(ModelLibrary, ReadsTheLicenseOfAModelCard) {
    struct Case {
        const char* card;
        const char* license;
    };
    for (const Case& one :
         {Case{"---\nlanguage: en\nlicense: apache-2.0 # free\n---\nlicense: mit\n", "apache-2.0"},
          Case{"---\r\nlicense: \"mit\"\r\n---\r\n", "mit"},
          Case{"---\nlicense: other\nlicense_name: qwen-research\n---\n", "qwen-research"},
          Case{"---\nlicense:\n- gemma\n- mit\n---\n", "gemma"}, Case{"# Card\nlicense: mit\n", ""},
          Case{"---\nlicense: \x1b[2J\n---\n", ""}, Case{"", ""}}) {
        const TemporaryFolder folder;
        std::filesystem::copy(kFixture, folder.path() / "model");
        folder.write("model/README.md", one.card);
        EXPECT_EQ(openIn(folder).resolve((folder.path() / "model").string())->license, one.license)
            << one.card;
    }
}

TEST(ModelLibrary, AFolderOfTheHubsCacheHasTheRepositorysName) {
    const TemporaryFolder folder;
    const auto hub = folder.path() / "hub";
    const auto snapshot = hub / "models--org--tiny/snapshots/0123abcd";
    std::filesystem::create_directories(snapshot.parent_path());
    std::filesystem::copy(kFixture, snapshot);
    ModelLibrary library = openIn(folder);
    const auto added = library.add(hub);
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(added->name, "tiny");
}

TEST(ModelLibrary, WhatCannotBeOpenedIsRefusedOnceAndOnlyItsOwnIsRemoved) {
    const TemporaryFolder folder;
    const auto page = folder.write("page.gguf", "<!DOCTYPE html><html></html>");
    ModelLibrary library = openIn(folder);
    const auto added = library.add(page);
    ASSERT_FALSE(added);
    const std::string message = added.error().message();
    EXPECT_EQ(message.find("page.gguf"), message.rfind("page.gguf")) << message;
    const auto removed = library.remove(kFixture.string());
    ASSERT_FALSE(removed);
    EXPECT_NE(removed.error().message().find("is not in the library"), std::string::npos);
}

TEST(ModelLibrary, SaysWhichTemplateStandsIn) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path() / "data/models");
    for (const char* name : {"vicuna-7b", "unknown"})
        std::filesystem::copy(kFixture, folder.path() / "data/models" / name,
                              std::filesystem::copy_options::recursive);
    const ModelLibrary library = openIn(folder);
    EXPECT_EQ(library.resolve("vicuna-7b")->standInTemplate, "vicuna");
    EXPECT_EQ(library.resolve("unknown")->standInTemplate, "ChatML");
}

TEST(ModelDetails, KnowTheWeightsOfEncodersToo) {
    const auto models = std::filesystem::path(HEARTH_TEST_DATA) / "models";
    for (const char* name : {"llama", "bert", "t5"}) {
        const auto details = describeParts((models / name).string());
        ASSERT_TRUE(details) << details.error().message();
        std::set<std::string> parts;
        for (const ModelPart& part : details->parts)
            parts.insert(part.name);
        for (const char* part : {"embedding", "attention", "feed-forward", "norms"})
            EXPECT_TRUE(parts.contains(part)) << name << ' ' << part;
        EXPECT_EQ(details->kvBytesPerToken > 0, std::string(name) != "bert") << name;
        EXPECT_EQ(details->trainedContext, 512) << name;
    }
}
