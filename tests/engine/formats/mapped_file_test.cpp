#include "formats/mapped_file.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace hearth;
using hearth::test::TemporaryFolder;

namespace {

std::size_t pageBytes() {
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t residentPages(std::span<const std::byte> bytes) {
    std::vector<unsigned char> state((bytes.size() + pageBytes() - 1) / pageBytes());
    std::size_t resident = 0;
    // mincore() tells of the page cache, so the process's own pages come from pagemap.
    FILE* pagemap = fopen("/proc/self/pagemap", "rb");
    for (std::size_t i = 0; pagemap != nullptr && i < state.size(); ++i) {
        std::uint64_t entry = 0;
        const auto page = reinterpret_cast<std::uintptr_t>(bytes.data()) / pageBytes() + i;
        fseek(pagemap, static_cast<long>(page * sizeof(entry)), SEEK_SET);
        if (fread(&entry, sizeof(entry), 1, pagemap) == 1)
            resident += entry >> 63;
    }
    if (pagemap != nullptr)
        fclose(pagemap);
    return resident;
}

std::uint64_t sumOf(std::span<const std::byte> bytes) {
    std::uint64_t sum = 0;
    for (const std::byte byte : bytes)
        sum += std::to_integer<std::uint64_t>(byte);
    return sum;
}

} // namespace

TEST(MappedFile, ShowsTheWholeFileAndMoves) {
    const TemporaryFolder folder;
    auto opened = MappedFile::open(folder.write("a", "hello"));
    ASSERT_TRUE(opened);
    const std::byte* address = opened->bytes().data();
    MappedFile moved = *std::move(opened);
    MappedFile again = *MappedFile::open(folder.write("b", "other"));
    again = std::move(moved);
    ASSERT_EQ(again.bytes().size(), 5u);
    EXPECT_EQ(again.bytes().data(), address);
    EXPECT_EQ(std::to_integer<char>(again.bytes()[4]), 'o');
    EXPECT_FALSE(again.wasTruncated());
}

TEST(MappedFile, RefusesWhatIsNoRegularFile) {
    const TemporaryFolder folder;
    EXPECT_EQ(MappedFile::open(folder.path() / "absent").error().code, ErrorCode::NotFound);
    EXPECT_EQ(MappedFile::open(folder.path()).error().code, ErrorCode::InvalidArgument);
    const auto fifo = folder.path() / "fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(MappedFile::open(fifo).error().code, ErrorCode::InvalidArgument);
    const auto empty = MappedFile::open(folder.write("empty", ""));
    ASSERT_TRUE(empty);
    EXPECT_TRUE(empty->bytes().empty());
}

TEST(MappedFile, DropsResidentPagesAndReadsThemAgain) {
    const TemporaryFolder folder;
    const std::string content(16 * pageBytes(), 'x');
    const auto file = MappedFile::open(folder.write("big", content));
    ASSERT_TRUE(file);
    const std::uint64_t sum = sumOf(file->bytes());
    ASSERT_EQ(residentPages(file->bytes()), 16u);
    // From the middle of page 1 to the middle of page 5: pages 2, 3 and 4 lie wholly inside.
    file->advise(file->bytes().subspan(pageBytes() * 3 / 2, pageBytes() * 4), PageAdvice::Drop);
    EXPECT_EQ(residentPages(file->bytes()), 13u);
    file->advise(file->bytes(), PageAdvice::WillNeed);
    EXPECT_EQ(sumOf(file->bytes()), sum);
    EXPECT_FALSE(file->wasTruncated());
}

TEST(MappedFile, fault_018_truncated_while_mapped) {
    const TemporaryFolder folder;
    const auto path = folder.write("shrinks", std::string(8 * pageBytes(), '\1'));
    const auto other = MappedFile::open(folder.write("stays", std::string(pageBytes(), '\1')));
    const auto file = MappedFile::open(path);
    ASSERT_TRUE(file && other);
    ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(2 * pageBytes())), 0);

    EXPECT_EQ(sumOf(file->bytes().first(2 * pageBytes())), 2 * pageBytes());
    EXPECT_FALSE(file->wasTruncated());
    EXPECT_EQ(sumOf(file->bytes()), 2 * pageBytes()); // zeros in the place of what is gone
    EXPECT_TRUE(file->wasTruncated());
    EXPECT_FALSE(other->wasTruncated());

    // A mapping that takes the slot over starts afresh.
    { const MappedFile gone = *MappedFile::open(path); }
    EXPECT_FALSE(MappedFile::open(path)->wasTruncated());
}

namespace {

volatile sig_atomic_t foreignFaults = 0;

void countAndMend(int, siginfo_t* info, void*) {
    foreignFaults = foreignFaults + 1;
    auto* page = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(info->si_addr) /
                                         pageBytes() * pageBytes());
    mmap(page, pageBytes(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/// A mapping that MappedFile does not know, of a file that has shrunk to nothing.
const char* foreignLostPage(const TemporaryFolder& folder) {
    const auto path = folder.write("foreign", std::string(pageBytes(), 'x'));
    FILE* file = fopen(path.c_str(), "rb");
    void* page = mmap(nullptr, pageBytes(), PROT_READ, MAP_PRIVATE, fileno(file), 0);
    fclose(file);
    EXPECT_EQ(truncate(path.c_str(), 0), 0);
    return static_cast<const char*>(page);
}

void touchForeignPage(bool installForeignHandler) {
    if (installForeignHandler) {
        struct sigaction action {};
        action.sa_sigaction = countAndMend;
        action.sa_flags = SA_SIGINFO;
        sigaction(SIGBUS, &action, nullptr);
    } else {
        signal(SIGBUS, SIG_DFL);
    }
    const TemporaryFolder folder;
    const auto file = MappedFile::open(folder.write("ours", "x"));
    const volatile char* page = foreignLostPage(folder);
    const char value = *page;
    _exit(file && value == 0 && foreignFaults == 1 ? 0 : 1);
}

} // namespace

// The handler is installed once a process, so that each case needs a process of its own.
TEST(MappedFileDeathTest, fault_018_foreign_faults_reach_the_handler_before) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(touchForeignPage(true), testing::ExitedWithCode(0), "");
}

TEST(MappedFileDeathTest, fault_018_foreign_faults_still_end_the_process) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(touchForeignPage(false), testing::KilledBySignal(SIGBUS), "");
}
