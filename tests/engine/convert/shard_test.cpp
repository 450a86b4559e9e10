#include "engine/convert/convert_support.h"

using namespace hearth;
using namespace hearth::test;

// Each rank of any group gets of a workspace made for any other what it gets of the folder.
TEST(Workspace, AnyRanksReadTheirSlices) {
    for (const char* name : {"llama", "internlm2", "gpt2", "phi3", "bert", "t5"}) {
        const Checkpoint folder = openModel(fixturePath(name));
        const TemporaryFolder target;
        for (const std::int32_t made : {1, 2}) {
            const auto path = target.path() / (std::string(name) + std::to_string(made));
            const auto converted = convertToWorkspace(folder, optionsFor(path, made), {}, {});
            ASSERT_TRUE(converted) << converted.error().message();
            const Checkpoint workspace = openModel(path);
            EXPECT_EQ(workspace.workspace().index().tensorParallel, made);
            for (const std::int32_t ranks : {1, 2})
                for (std::int32_t rank = 0; rank < ranks; ++rank)
                    EXPECT_EQ(weightsOf(workspace, {rank, ranks}), weightsOf(folder, {rank, ranks}))
                        << name << " made for " << made << ", rank " << rank << " of " << ranks;
        }
    }
}

TEST(Workspace, ColumnsLieInPanels) {
    const Checkpoint folder = openModel(fixturePath("llama"));
    const TemporaryFolder target;
    ASSERT_TRUE(convertToWorkspace(folder, optionsFor(target.path() / "w", 2), {}, {}));
    const Checkpoint workspace = openModel(target.path() / "w");
    int panelled = 0;
    std::uint64_t end = 0;
    for (const WorkspaceEntry& entry : workspace.workspace().index().entries)
        for (const WorkspaceSegment& segment : entry.segments) {
            EXPECT_EQ(segment.offset % kWorkspaceAlignment, 0U);
            EXPECT_GE(segment.offset, end) << "in the order of the program";
            end = segment.offset + segment.bytes;
            const bool cut = entry.name.ends_with("attention_output.weight") ||
                             entry.name.ends_with(".down.weight");
            EXPECT_EQ(segment.panels, cut ? 2 : 1) << entry.name;
            panelled += segment.panels > 1 ? 1 : 0;
        }
    EXPECT_GT(panelled, 0);
    EXPECT_EQ(openModel(target.path() / "w").fileBytes(),
              workspace.workspace().index().fileBytes);
}

TEST(Workspace, RanksThatDoNotDivideAreRefused) {
    const TemporaryFolder target;
    const Checkpoint folder = openModel(fixturePath("llama"));
    for (const std::int32_t ranks : {0, 3, 64}) {
        const auto converted =
            convertToWorkspace(folder, optionsFor(target.path() / "w", ranks), {}, {});
        ASSERT_FALSE(converted) << ranks;
        EXPECT_EQ(converted.error().code, ErrorCode::InvalidArgument);
        EXPECT_EQ(converted.error().field, "tp");
    }
    EXPECT_TRUE(std::filesystem::is_empty(target.path()));
}
