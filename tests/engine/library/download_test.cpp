#include "hearth/download.h"

#include "hub_server.h"
#include "library/sha256.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace hearth;
using namespace hearth::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const HubFile kFile{"org/name", "model.gguf", "main", 0};
constexpr char kResolve[] = "/org/name/resolve/main/model.gguf";
constexpr std::size_t kBytes = 300'000;

std::string content(char seed = 7) {
    std::string bytes = "GGUF";
    while (bytes.size() < kBytes)
        bytes += char(bytes.size() * 31 + std::size_t(seed) + bytes.size() / 251);
    return bytes;
}

std::string digestOf(const std::string& bytes) {
    const TemporaryFolder folder;
    return sha256OfFile(folder.write("x", bytes))->hex();
}

/// A hub that has one file: HEAD tells of it, GET sends it, with ranges.
struct Hub {
    std::string bytes = content();
    std::string digest = digestOf(bytes);
    std::string etag = "\"v1\"";

    [[nodiscard]] ServedReply operator()(const ServedRequest& request) const {
        ServedReply reply;
        reply.headers = {{"X-Linked-Size", std::to_string(bytes.size())},
                         {"X-Linked-Etag", '"' + digest + '"'},
                         {"ETag", etag}};
        reply.body = bytes;
        const auto from = request.from();
        const std::string ifRange = request.header("if-range");
        if (!from || (!ifRange.empty() && ifRange != etag))
            return reply;
        if (*from >= bytes.size()) {
            reply.status = 416;
            reply.body.clear();
            return reply;
        }
        reply.status = 206;
        reply.headers["Content-Range"] = "bytes " + std::to_string(*from) + "-" +
                                         std::to_string(bytes.size() - 1) + "/" +
                                         std::to_string(bytes.size());
        reply.body = bytes.substr(*from);
        return reply;
    }
};

int countGets(const HubServer& server) {
    int gets = 0;
    for (const ServedRequest& request : server.requests())
        gets += request.method == "GET" ? 1 : 0;
    return gets;
}

fs::path partOf(const TemporaryFolder& folder) {
    return folder.path() / "model.gguf.part";
}

void expectNothingLeft(const TemporaryFolder& folder) {
    EXPECT_FALSE(fs::exists(folder.path() / "model.gguf"));
}

} // namespace

TEST(Download, FetchesChecksAndNames) {
    const Hub hub;
    const HubServer server(hub);
    const TemporaryFolder folder;
    std::uint64_t before = 0;
    bool wasVerified = false;
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server),
                                      [&](const DownloadProgress& progress) {
                                          wasVerified |= progress.phase == DownloadPhase::Verifying;
                                          if (progress.phase != DownloadPhase::Receiving)
                                              return;
                                          EXPECT_GE(progress.doneBytes, before);
                                          before = progress.doneBytes;
                                          EXPECT_EQ(progress.totalBytes, hub.bytes.size());
                                      });
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(*path), hub.bytes);
    EXPECT_TRUE(wasVerified);
    EXPECT_EQ(before, hub.bytes.size());
    EXPECT_FALSE(fs::exists(partOf(folder)));
    EXPECT_TRUE(partialDownloads(folder.path()).empty());
    // What is there is not fetched again.
    const std::size_t requests = server.requests().size();
    ASSERT_TRUE(downloadFromHub(kFile, folder.path(), quickDownload(server)));
    EXPECT_EQ(server.requests().size(), requests);
}

TEST(Download, fault_073_ResumesWhereverItWasCut) {
    const Hub hub;
    for (const std::uint64_t cut : {0ULL, 1ULL, 3ULL, 4ULL, 5ULL, 100'000ULL, 299'999ULL}) {
        const TemporaryFolder folder;
        {
            const HubServer server([&](const ServedRequest& request) {
                ServedReply reply = hub(request);
                reply.cutAfter = cut;
                return reply;
            });
            DownloadOptions once = quickDownload(server);
            once.attempts = 1;
            const auto failed = downloadFromHub(kFile, folder.path(), once);
            ASSERT_FALSE(failed);
            EXPECT_EQ(failed.error().code, ErrorCode::NoNetwork) << failed.error().message();
            expectNothingLeft(folder);
        }
        const auto partial = partialDownloads(folder.path());
        ASSERT_EQ(partial.size(), cut > 0 ? 1u : 0u);
        if (cut > 0) {
            EXPECT_EQ(partial[0].file.repository, kFile.repository);
            EXPECT_EQ(partial[0].doneBytes, cut);
            EXPECT_EQ(partial[0].file.approximateBytes, hub.bytes.size());
        }
        const HubServer server(hub);
        const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
        ASSERT_TRUE(path) << path.error().message();
        EXPECT_EQ(readFile(*path), hub.bytes);
        EXPECT_EQ(server.requests().back().from(),
                  cut > 0 ? std::optional<std::uint64_t>(cut) : std::nullopt);
    }
}

TEST(Download, fault_073_GoesOnByItselfAfterEveryCut) {
    const Hub hub;
    const HubServer server([&](const ServedRequest& request) {
        ServedReply reply = hub(request);
        reply.cutAfter = 40'000;
        return reply;
    });
    const TemporaryFolder folder;
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(*path), hub.bytes);
    EXPECT_EQ(countGets(server), 8);
}

TEST(Download, fault_074_AnIgnoredRangeBeginsAnew) {
    const Hub hub;
    int gets = 0;
    const HubServer server([&](ServedRequest request) {
        request.headers.erase("range");
        ServedReply reply = hub(request);
        if (request.method == "GET" && ++gets == 1)
            reply.cutAfter = 1000;
        return reply;
    });
    const TemporaryFolder folder;
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(*path), hub.bytes);
}

TEST(Download, fault_074_AChangedFileIsNotMixedWithTheOldOne) {
    Hub hub;
    const TemporaryFolder folder;
    {
        const HubServer server([&](const ServedRequest& request) {
            ServedReply reply = hub(request);
            reply.cutAfter = 100'000;
            return reply;
        });
        DownloadOptions once = quickDownload(server);
        once.attempts = 1;
        ASSERT_FALSE(downloadFromHub(kFile, folder.path(), once));
    }
    hub.bytes = content(9);
    hub.digest = digestOf(hub.bytes);
    hub.etag = "\"v2\"";
    const HubServer server(hub);
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(*path), hub.bytes);
}

TEST(Download, fault_074_AWrongRangeAndA416BeginAnew) {
    const Hub hub;
    for (const int status : {206, 416}) {
        const HubServer server([&](const ServedRequest& request) {
            ServedReply reply = hub(request);
            if (request.method == "GET" && !request.from())
                reply.cutAfter = server.requests().size() < 4 ? std::optional<std::uint64_t>(5000)
                                                              : std::nullopt;
            if (request.from() && status == 206)
                reply.headers["Content-Range"] = "bytes 0-9/10";
            if (request.from() && status == 416)
                reply = {416, {}, {}, {}, {}, 0};
            return reply;
        });
        const TemporaryFolder folder;
        const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
        ASSERT_TRUE(path) << status << ' ' << path.error().message();
        EXPECT_EQ(readFile(*path), hub.bytes);
    }
}

TEST(Download, fault_075_DamageInWhatWasThereIsFetchedAgain) {
    const Hub hub;
    const TemporaryFolder folder;
    {
        const HubServer server([&](const ServedRequest& request) {
            ServedReply reply = hub(request);
            reply.cutAfter = 100'000;
            return reply;
        });
        DownloadOptions once = quickDownload(server);
        once.attempts = 1;
        ASSERT_FALSE(downloadFromHub(kFile, folder.path(), once));
    }
    std::string part = readFile(partOf(folder));
    part[50'000] ^= 1;
    folder.write("model.gguf.part", part);
    const HubServer server(hub);
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(*path), hub.bytes);
}

TEST(Download, fault_075_WrongBytesNeverGetTheName) {
    Hub hub;
    hub.digest = std::string(64, 'a');
    const HubServer server(hub);
    const TemporaryFolder folder;
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::WrongChecksum);
    EXPECT_EQ(countGets(server), 1);
    expectNothingLeft(folder);
    EXPECT_FALSE(fs::exists(partOf(folder)));
}

TEST(Download, fault_076_LiesOfTheServerAreFoundOut) {
    const Hub hub;
    struct Lie {
        const char* name;
        std::function<void(const ServedRequest&, ServedReply&)> tell;
    };
    const Lie lies[] = {
        {"web page at HEAD",
         [](const ServedRequest&, ServedReply& reply) {
             reply.headers["Content-Type"] = "text/html; charset=utf-8";
         }},
        {"web page of the right length",
         [](const ServedRequest& request, ServedReply& reply) {
             if (request.method == "GET")
                 reply.body.replace(0, 9, "<!DOCTYPE");
         }},
        {"longer than the hub says",
         [](const ServedRequest&, ServedReply& reply) { reply.body += "more"; }},
        {"shorter than the hub says",
         [](const ServedRequest&, ServedReply& reply) { reply.body.resize(1000); }},
        {"no checksum",
         [](const ServedRequest&, ServedReply& reply) { reply.headers.erase("X-Linked-Etag"); }},
    };
    for (const Lie& lie : lies) {
        const HubServer server([&](const ServedRequest& request) {
            ServedReply reply = hub(request);
            lie.tell(request, reply);
            return reply;
        });
        const TemporaryFolder folder;
        const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
        ASSERT_FALSE(path) << lie.name;
        EXPECT_EQ(path.error().code, ErrorCode::WrongContent)
            << lie.name << ": " << path.error().message();
        expectNothingLeft(folder);
    }
}

TEST(Download, fault_077_TheTokenStaysWithTheHub) {
    const Hub hub;
    const HubServer store(hub);
    const HubServer server([&](const ServedRequest& request) {
        ServedReply reply = hub(request);
        reply.status = 302;
        reply.body.clear();
        reply.headers["Location"] = store.address() + "/signed?x=1";
        return reply;
    });
    const TemporaryFolder folder;
    DownloadOptions options = quickDownload(server);
    options.token = "secret";
    const auto path = downloadFromHub(kFile, folder.path(), options);
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(*path), hub.bytes);
    ASSERT_FALSE(server.requests().empty());
    EXPECT_EQ(server.requests()[0].path, kResolve);
    for (const ServedRequest& request : server.requests())
        EXPECT_EQ(request.header("authorization"), "Bearer secret");
    ASSERT_FALSE(store.requests().empty());
    for (const ServedRequest& request : store.requests()) {
        EXPECT_EQ(request.header("authorization"), "");
        EXPECT_EQ(request.method, "GET") << "such addresses are signed for GET only";
    }
}

TEST(Download, RedirectsWithoutEndEnd) {
    const HubServer server([](const ServedRequest&) {
        ServedReply reply;
        reply.status = 302;
        reply.headers["Location"] = kResolve;
        return reply;
    });
    const TemporaryFolder folder;
    const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::WrongContent);
    const HubServer away([](const ServedRequest&) {
        ServedReply reply;
        reply.status = 302;
        reply.headers["Location"] = "file:///etc/passwd";
        return reply;
    });
    EXPECT_FALSE(downloadFromHub(kFile, folder.path(), quickDownload(away)));
    expectNothingLeft(folder);
}

TEST(Download, fault_078_NamesAreNeverPaths) {
    const Hub hub;
    const HubServer server([&](const ServedRequest& request) {
        ServedReply reply = hub(request);
        reply.headers["Content-Disposition"] = "attachment; filename=\"../../evil.gguf\"";
        return reply;
    });
    const TemporaryFolder folder;
    for (const char* name :
         {"../evil", "..", ".hidden.gguf", "a\\b.gguf", "model.sh", "", "a\nb.gguf"}) {
        const auto path =
            downloadFromHub({"org/name", name, "main", 0}, folder.path(), quickDownload(server));
        ASSERT_FALSE(path) << name;
        EXPECT_EQ(path.error().code, ErrorCode::InvalidArgument);
    }
    EXPECT_TRUE(server.requests().empty());
    const auto path = downloadFromHub({"org/name", "../sub/model.gguf", "main", 0}, folder.path(),
                                      quickDownload(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(fs::path(*path), folder.path() / "model.gguf");
    // A note that names another file than it lies beside is none.
    folder.write("x.gguf.part.json", R"({"file": "../../y.gguf", "bytes": 3, "sha256": "0"})");
    EXPECT_TRUE(partialDownloads(folder.path()).empty());
}

TEST(Download, fault_079_AnUntrustedConnectionIsRefused) {
    const HubServer server(Hub{});
    const TemporaryFolder folder;
    DownloadOptions options = quickDownload(server);
    options.endpoint = "https://127.0.0.1:" + std::to_string(server.port());
    const auto path = downloadFromHub(kFile, folder.path(), options);
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::TlsFailed) << path.error().message();
    expectNothingLeft(folder);
}

TEST(Download, fault_080_AFullDiskIsKnownBefore) {
    const Hub hub;
    const HubServer server(hub);
    const TemporaryFolder folder;
    DownloadOptions options = quickDownload(server);
    options.spareBytes = std::uint64_t{1} << 60;
    const auto path = downloadFromHub(kFile, folder.path(), options);
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::NoSpace);
    EXPECT_EQ(path.error().needed, hub.bytes.size() + options.spareBytes);
    EXPECT_GT(path.error().available, 0u);
    EXPECT_EQ(countGets(server), 0);
}

TEST(Download, TriesAgainWhatMayPassAndNotWhatWillNot) {
    const Hub hub;
    for (const auto& [status, passes] : {std::pair(429, true), {500, true}, {503, true},
                                         {401, false}, {403, false}, {404, false}}) {
        int asked = 0;
        const HubServer server([&, status = status](const ServedRequest& request) {
            ServedReply reply = hub(request);
            if (++asked <= 2) {
                reply = {status, {{"Retry-After", "0"}}, "no", {}, {}, 0};
            }
            return reply;
        });
        const TemporaryFolder folder;
        const auto path = downloadFromHub(kFile, folder.path(), quickDownload(server));
        EXPECT_EQ(bool(path), passes) << status;
        if (!path) {
            EXPECT_EQ(path.error().code, ErrorCode::HttpRefused);
            EXPECT_EQ(path.error().available, std::uint64_t(status));
            EXPECT_EQ(asked, 1);
        }
    }
}

TEST(Download, NobodyAnswersIsNoNetwork) {
    std::string nobody;
    {
        const HubServer gone(Hub{});
        nobody = gone.address();
    }
    const TemporaryFolder folder;
    DownloadOptions options;
    options.endpoint = nobody;
    options.firstWait = 5ms;
    int waits = 0;
    const auto path = downloadFromHub(kFile, folder.path(), options,
                                      [&](const DownloadProgress& progress) {
                                          waits += progress.phase == DownloadPhase::Waiting ? 1 : 0;
                                      });
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::NoNetwork);
    EXPECT_EQ(path.error().field, "127.0.0.1");
    EXPECT_EQ(waits, options.attempts - 1);
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Download, AStalledServerIsGivenUp) {
    const Hub hub;
    const HubServer server([&](const ServedRequest& request) {
        ServedReply reply = hub(request);
        reply.pauseMilliseconds = request.method == "GET" ? 3000 : 0;
        return reply;
    });
    const TemporaryFolder folder;
    DownloadOptions options = quickDownload(server);
    options.stallTimeout = 300ms;
    options.attempts = 1;
    const auto path = downloadFromHub(kFile, folder.path(), options);
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::NoNetwork);
}

TEST(Download, AStopKeepsWhatHasArrived) {
    const Hub hub;
    const HubServer server([&](const ServedRequest& request) {
        ServedReply reply = hub(request);
        reply.body.resize(reply.body.size());
        return reply;
    });
    const TemporaryFolder folder;
    std::stop_source stop;
    const auto path = downloadFromHub(
        kFile, folder.path(), quickDownload(server),
        [&](const DownloadProgress& progress) {
            if (progress.phase == DownloadPhase::Receiving)
                stop.request_stop();
        },
        stop.get_token());
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::Cancelled);
    ASSERT_EQ(partialDownloads(folder.path()).size(), 1u);
    EXPECT_GT(partialDownloads(folder.path())[0].doneBytes, 0u);
    const auto whole = downloadFromHub(kFile, folder.path(), quickDownload(server));
    ASSERT_TRUE(whole) << whole.error().message();
    EXPECT_EQ(readFile(*whole), hub.bytes);

    fs::remove(*whole);
    std::stop_source again;
    EXPECT_FALSE(downloadFromHub(
        kFile, folder.path(), quickDownload(server),
        [&](const DownloadProgress&) { again.request_stop(); }, again.get_token()));
    discardPartialDownload(kFile, folder.path());
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Download, GoesThroughTheProxyThatIsSet) {
    const Hub hub;
    const HubServer proxy(hub);
    const TemporaryFolder folder;
    DownloadOptions options = quickDownload(proxy);
    options.endpoint = "http://hub.invalid";
    options.proxy = proxy.address();
    const auto path = downloadFromHub(kFile, folder.path(), options);
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(proxy.requests()[0].path, std::string("http://hub.invalid") + kResolve);
}

TEST(Download, TheMirrorOfTheEnvironmentIsTaken) {
    const Hub hub;
    const HubServer server(hub);
    const TemporaryFolder folder;
    DownloadOptions options = quickDownload(server);
    options.endpoint.clear();
    ::setenv("HF_ENDPOINT", (server.address() + "/").c_str(), 1);
    const auto path = downloadFromHub(kFile, folder.path(), options);
    ::unsetenv("HF_ENDPOINT");
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(server.requests()[0].path, kResolve);
}
