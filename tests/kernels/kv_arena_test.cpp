#include "common/allocation.h"
#include "cpu/kv_arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include <sys/resource.h>

namespace hearth::kernels::testing {

namespace {

using cpu::CpuKvArena;

KvLayout smallLayout() {
    KvLayout layout;
    layout.layers = 3;
    layout.kvHeads = 2;
    layout.keyWidth = 20;
    layout.valueWidth = 24;
    layout.blockTokens = 5;
    return layout;
}

std::unique_ptr<KvArena> makeArena(const KvLayout& layout, std::int32_t blocks) {
    std::unique_ptr<KvArena> arena;
    EXPECT_EQ(CpuKvArena::create(layout, blocks, arena), Status::Ok);
    return arena;
}

} // namespace

TEST(KvArena, GrowsAndShrinksInPlace) {
    const std::unique_ptr<KvArena> arena = makeArena(smallLayout(), 1000);
    EXPECT_EQ(arena->capacity(), 0);
    EXPECT_EQ(arena->maximum(), 1000);
    std::byte* const base = arena->base();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(base) % KvLayout::kAlignment, 0U);
    const std::size_t blockBytes = arena->layout().blockBytes();
    ASSERT_EQ(arena->resize(7), Status::Ok);
    std::memset(base, 1, 7 * blockBytes);
    ASSERT_EQ(arena->resize(1000), Status::Ok);
    EXPECT_EQ(arena->base(), base);
    EXPECT_EQ(base[7 * blockBytes - 1], std::byte{1});
    std::memset(base, 2, 1000 * blockBytes);
    ASSERT_EQ(arena->resize(3), Status::Ok);
    EXPECT_EQ(arena->capacity(), 3);
    EXPECT_EQ(base[3 * blockBytes - 1], std::byte{2});
    ASSERT_EQ(arena->resize(1000), Status::Ok);
    EXPECT_EQ(base[3 * blockBytes - 1], std::byte{2});
    EXPECT_EQ(base[1000 * blockBytes - 1], std::byte{0}); // What was given back was really gone.
    EXPECT_EQ(arena->resize(0), Status::Ok);
}

TEST(KvArena, CopiesBlocks) {
    const std::unique_ptr<KvArena> arena = makeArena(smallLayout(), 4);
    ASSERT_EQ(arena->resize(4), Status::Ok);
    const std::size_t blockBytes = arena->layout().blockBytes();
    for (int block = 0; block < 4; ++block)
        std::memset(arena->base() + std::size_t(block) * blockBytes, block, blockBytes);
    ASSERT_EQ(arena->copyBlock(2, 0), Status::Ok);
    ASSERT_EQ(arena->copyBlock(3, 3), Status::Ok);
    const std::byte* const base = arena->base();
    EXPECT_TRUE(
        std::all_of(base, base + blockBytes, [](std::byte b) { return b == std::byte{2}; }));
    EXPECT_EQ(base[blockBytes], std::byte{1});
    EXPECT_EQ(base[4 * blockBytes - 1], std::byte{3});
    EXPECT_EQ(arena->copyBlock(0, 4), Status::InvalidArgument);
    EXPECT_EQ(arena->copyBlock(-1, 0), Status::InvalidArgument);
}

TEST(KvArena, RefusesSizesThatMakeNoSense) {
    const std::unique_ptr<KvArena> arena = makeArena(smallLayout(), 10);
    EXPECT_EQ(arena->resize(11), Status::InvalidArgument);
    EXPECT_EQ(arena->resize(-1), Status::InvalidArgument);
    std::unique_ptr<KvArena> none;
    EXPECT_EQ(CpuKvArena::create(smallLayout(), 0, none), Status::InvalidArgument);
    const auto refuses = [&](auto change, Status status) {
        KvLayout layout = smallLayout();
        change(layout);
        return CpuKvArena::create(layout, 10, none) == status && !none;
    };
    const auto largest = std::numeric_limits<std::int32_t>::max();
    EXPECT_TRUE(refuses([](KvLayout& l) { l.layers = 0; }, Status::InvalidArgument));
    EXPECT_TRUE(refuses([](KvLayout& l) { l.kvHeads = -1; }, Status::InvalidArgument));
    EXPECT_TRUE(refuses([&](KvLayout& l) { l.keyWidth = largest; }, Status::InvalidArgument));
    EXPECT_TRUE(refuses([&](KvLayout& l) { l.valueWidth = largest; }, Status::InvalidArgument));
    EXPECT_TRUE(refuses([](KvLayout& l) { l.blockTokens = 0; }, Status::InvalidArgument));
    EXPECT_TRUE(refuses([](KvLayout& l) { l.kind = KvKind::Recurrent; }, Status::Unsupported));
    EXPECT_TRUE(refuses([](KvLayout& l) { l.dtype = DType::F8E4M3; }, Status::Unsupported));
    EXPECT_TRUE(refuses([](KvLayout& l) { l.bits = 4; }, Status::Unsupported));
}

TEST(KvArena, AddressesThatDontExistAreOutOfMemory) {
    KvLayout layout = smallLayout();
    layout.layers = layout.kvHeads = layout.keyWidth = layout.valueWidth = 1 << 14;
    std::unique_ptr<KvArena> none;
    EXPECT_EQ(CpuKvArena::create(layout, std::numeric_limits<std::int32_t>::max(), none),
              Status::OutOfMemory);
}

TEST(KvArena, MoreThanTheMachineHasIsOutOfMemoryAndChangesNothing) {
    KvLayout layout = smallLayout();
    layout.blockTokens = 1 << 14;
    layout.layers = 64; // Blocks of 180 MiB; 10^5 of them are more than any machine has.
    std::unique_ptr<KvArena> arena;
    if (CpuKvArena::create(layout, 100'000, arena) != Status::Ok)
        GTEST_SKIP() << "the system doesn't reserve so many addresses";
    ASSERT_EQ(arena->resize(1), Status::Ok);
    arena->base()[0] = std::byte{42};
    EXPECT_EQ(arena->resize(100'000), Status::OutOfMemory);
    EXPECT_EQ(arena->capacity(), 1);
    EXPECT_EQ(arena->base()[0], std::byte{42});
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(KvArena, ReportsTheSystemsRefusal) {
    KvLayout layout = smallLayout();
    layout.blockTokens = 1 << 14;
    const std::unique_ptr<KvArena> arena = makeArena(layout, 20);
    ASSERT_EQ(arena->resize(1), Status::Ok);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_DATA, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = 64 << 20;
    ASSERT_EQ(setrlimit(RLIMIT_DATA, &tight), 0);
    const Status status = arena->resize(20); // 170 MiB
    ASSERT_EQ(setrlimit(RLIMIT_DATA, &before), 0);
    EXPECT_EQ(status, Status::OutOfMemory);
    EXPECT_EQ(arena->capacity(), 1);
    EXPECT_EQ(arena->resize(20), Status::Ok);
}
#endif

TEST(KvArena, AllocationsCanBeMadeToFail) {
    std::unique_ptr<KvArena> arena;
    failAllocationAfter(0);
    EXPECT_EQ(CpuKvArena::create(smallLayout(), 10, arena), Status::OutOfMemory);
    ASSERT_EQ(CpuKvArena::create(smallLayout(), 10, arena), Status::Ok);
    failAllocationAfter(0);
    EXPECT_EQ(arena->resize(10), Status::OutOfMemory);
    EXPECT_EQ(arena->capacity(), 0);
    EXPECT_EQ(arena->resize(10), Status::Ok);
}

} // namespace hearth::kernels::testing
