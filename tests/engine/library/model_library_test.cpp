#include "hearth/model_library.h"

#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <gtest/gtest.h>

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

TEST(ModelLibrary, RefusesAStarterThatIsNotThePinnedOne) {
    const TemporaryFolder folder;
    ModelLibrary library = openIn(folder);
    const auto installed = library.installStarter(folder.write("x.gguf", "not it"));
    ASSERT_FALSE(installed);
    EXPECT_EQ(installed.error().code, ErrorCode::Corrupt);
    EXPECT_FALSE(library.resolve("starter"));
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
