#include "hearth/download.h"

#include "hub_server.h"
#include "library/sha256.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>

using namespace hearth;
using namespace hearth::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string content(std::size_t bytes, char seed) {
    std::string text;
    while (text.size() < bytes)
        text += char(text.size() * 31 + std::size_t(seed) + text.size() / 251);
    return text;
}

/// A hub with one repository: its list, and its files with ranges.
struct Repository {
    std::map<std::string, std::string> files;
    bool isModelScope = false;
    bool ignoresRanges = false;
    std::size_t pageSize = 1000;
    /// Of an address and the bytes asked for; may spoil the reply.
    std::function<void(const ServedRequest&, ServedReply&)> spoil;

    [[nodiscard]] static bool isLarge(const std::string& name) {
        return name.ends_with(".safetensors") || name.ends_with(".gguf");
    }
    [[nodiscard]] static std::string digestOf(const std::string& name, const std::string& bytes) {
        const TemporaryFolder folder;
        const fs::path path = folder.write("x", bytes);
        return isLarge(name) ? sha256OfFile(path)->hex() : *gitBlobDigestOfFile(path);
    }

    [[nodiscard]] nlohmann::json entryOf(const std::string& name, const std::string& bytes) const {
        if (isModelScope) {
            const TemporaryFolder folder;
            return {{"Type", "blob"},
                    {"Path", name},
                    {"Size", bytes.size()},
                    {"Sha256", sha256OfFile(folder.write("x", bytes))->hex()}};
        }
        nlohmann::json entry{{"type", "file"}, {"path", name}, {"size", bytes.size()}};
        entry["oid"] = isLarge(name) ? std::string(40, 'a') : digestOf(name, bytes);
        if (isLarge(name))
            entry["lfs"] = {{"oid", digestOf(name, bytes)}, {"size", bytes.size()}};
        return entry;
    }

    [[nodiscard]] ServedReply list(const ServedRequest& request) const {
        nlohmann::json entries = nlohmann::json::array({{{"type", "directory"}, {"path", "sub"}}});
        for (const auto& [name, bytes] : files)
            entries.push_back(entryOf(name, bytes));
        ServedReply reply;
        reply.headers["Content-Type"] = "application/json";
        if (isModelScope) {
            reply.body = nlohmann::json{{"Code", 200}, {"Data", {{"Files", entries}}}}.dump();
            return reply;
        }
        const bool isSecond = request.path.find("cursor=") != std::string::npos;
        const std::size_t first = isSecond ? pageSize : 0;
        nlohmann::json page = nlohmann::json::array();
        for (std::size_t i = first; i < std::min(first + pageSize, entries.size()); ++i)
            page.push_back(entries[i]);
        if (!isSecond && entries.size() > pageSize)
            reply.headers["Link"] =
                "<http://" + request.header("host") + request.path + "&cursor=x>; rel=\"next\"";
        reply.body = page.dump();
        return reply;
    }

    [[nodiscard]] ServedReply operator()(const ServedRequest& request) const {
        ServedReply reply;
        if (request.path.find("/tree/main?recursive=true") != std::string::npos ||
            request.path.find("/repo/files?") != std::string::npos)
            return list(request);
        const std::string root =
            isModelScope ? "/models/org/name/resolve/master/" : "/org/name/resolve/main/";
        const auto found = request.path.starts_with(root)
                               ? files.find(request.path.substr(root.size()))
                               : files.end();
        if (found == files.end()) {
            reply.status = 404;
            return reply;
        }
        const std::string& bytes = found->second;
        const std::string range = request.header("range");
        if (ignoresRanges || range.empty()) {
            reply.body = bytes;
        } else {
            const std::uint64_t from = request.from().value_or(0);
            const std::string last = range.substr(range.find('-') + 1);
            const std::uint64_t end = last.empty() ? bytes.size() : std::stoull(last) + 1;
            reply.status = 206;
            reply.headers["Content-Range"] = "bytes " + std::to_string(from) + "-" +
                                             std::to_string(end - 1) + "/" +
                                             std::to_string(bytes.size());
            reply.body = bytes.substr(from, end - from);
        }
        if (spoil)
            spoil(request, reply);
        return reply;
    }
};

Repository folderRepository() {
    Repository repository;
    repository.files = {{"config.json", R"({"model_type": "llama"})"},
                        {"generation_config.json", "{}"},
                        {"tokenizer.json", content(3000, 1)},
                        {"README.md", "---\nlicense: mit\n---\n"},
                        {"model.safetensors", content(200'000, 2)},
                        {"pytorch_model.bin", content(100, 3)},
                        {"original/consolidated.00.safetensors", content(100, 4)},
                        {"modeling_evil.py", "import os"}};
    return repository;
}

DownloadOptions quickInRanges(const HubServer& server) {
    DownloadOptions options = quickDownload(server);
    options.rangeBytes = 16 << 10;
    return options;
}

HubRepository named(std::string_view text) {
    auto repository = parseHubRepository(text);
    EXPECT_TRUE(repository) << repository.error().message();
    return *repository;
}

int countPaths(const HubServer& server, const std::string& part) {
    int count = 0;
    for (const ServedRequest& request : server.requests())
        count += request.path.find(part) != std::string::npos ? 1 : 0;
    return count;
}

} // namespace

TEST(HubModel, NamesAreRead) {
    const HubRepository plain = named("hf:org/name");
    EXPECT_EQ(plain.revision, "main");
    EXPECT_TRUE(plain.variant.empty());
    const HubRepository full = named("modelscope:org/name:Q4_K_M@v1.0");
    EXPECT_EQ(full.hub, HubKind::ModelScope);
    EXPECT_EQ(full.variant, "Q4_K_M");
    EXPECT_EQ(full.revision, "v1.0");
    for (const char* wrong : {"org/name", "hf:name", "hf:a/b/c", "hf:../name", "hf:org/",
                              "hf:/name", "hf:org/na me", "hf:org/name@../x"})
        EXPECT_FALSE(parseHubRepository(wrong)) << wrong;
}

TEST(HubModel, AFolderComesWithoutWhatItDoesNotNeed) {
    const Repository repository = folderRepository();
    const HubServer server(repository);
    const TemporaryFolder folder;
    std::uint64_t before = 0;
    std::uint64_t total = 0;
    const auto path = downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server),
                                    [&](const DownloadProgress& progress) {
                                        if (progress.phase != DownloadPhase::Receiving)
                                            return;
                                        EXPECT_GE(progress.doneBytes, before);
                                        before = progress.doneBytes;
                                        total = progress.totalBytes;
                                    });
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(fs::path(*path), folder.path() / "org/name");
    for (const char* name : {"config.json", "tokenizer.json", "model.safetensors", "README.md"})
        EXPECT_EQ(readFile(fs::path(*path) / name), repository.files.at(name)) << name;
    for (const char* name : {"pytorch_model.bin", "original", "modeling_evil.py"})
        EXPECT_FALSE(fs::exists(fs::path(*path) / name)) << name;
    EXPECT_EQ(before, total);
    EXPECT_GT(countPaths(server, "model.safetensors"), 5) << "in ranges";
    // What is there is kept.
    const int requests = countPaths(server, "/resolve/");
    ASSERT_TRUE(downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server)));
    EXPECT_EQ(countPaths(server, "/resolve/"), requests);
}

TEST(HubModel, ConfigComesLast) {
    Repository repository = folderRepository();
    repository.spoil = [](const ServedRequest& request, ServedReply& reply) {
        if (request.path.ends_with("tokenizer.json"))
            reply.status = 404;
    };
    const HubServer server(repository);
    const TemporaryFolder folder;
    ASSERT_FALSE(downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server)));
    EXPECT_FALSE(fs::exists(folder.path() / "org/name/config.json"));
    EXPECT_TRUE(fs::exists(folder.path() / "org/name/model.safetensors"));
}

TEST(HubModel, WhatCannotBeRunIsToldBeforeTheWeights) {
    for (const char* config : {R"({"model_type": "hyena"})", "{}", "[", R"({"model_type": 7})"}) {
        Repository repository = folderRepository();
        repository.files["config.json"] = config;
        const HubServer server(repository);
        const TemporaryFolder folder;
        const auto path = downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server));
        ASSERT_FALSE(path);
        EXPECT_EQ(countPaths(server, "/resolve/"), 1);
        EXPECT_EQ(countPaths(server, "config.json"), 1);
        EXPECT_TRUE(path.error().path.ends_with("org/name/config.json")) << path.error().message();
        EXPECT_FALSE(fs::exists(folder.path() / "org/name/config.json"));
        if (config[0] != '{' || config[1] == '}')
            continue;
        EXPECT_EQ(path.error().field, config[15] == '7' ? "model_type" : "architecture");
    }
    Repository repository = folderRepository();
    repository.files["config.json"] = R"({"model_type": "bert"})";
    const HubServer server(repository);
    const TemporaryFolder folder;
    EXPECT_TRUE(downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server)));
}

TEST(HubModel, LongListsHavePages) {
    Repository repository = folderRepository();
    repository.pageSize = 5;
    const HubServer server(repository);
    const auto files = listModelFiles(named("hf:org/name"), quickInRanges(server));
    ASSERT_TRUE(files) << files.error().message();
    EXPECT_EQ(files->size(), 5U);
}

TEST(HubModel, ModelScopeIsReadToo) {
    Repository repository = folderRepository();
    repository.isModelScope = true;
    const HubServer server(repository);
    const TemporaryFolder folder;
    const auto path =
        downloadModel(named("modelscope:org/name"), folder.path(), quickInRanges(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(fs::path(*path) / "model.safetensors"),
              repository.files.at("model.safetensors"));
    EXPECT_EQ(countPaths(server, "/api/v1/models/org/name/repo/files"), 1);
}

TEST(HubModel, AVariantOfGgufFilesIsChosen) {
    Repository repository;
    repository.files = {{"README.md", "x"}, {"name-Q8_0.gguf", "GGUF8"},
                        {"name-Q4_K_M-00001-of-00002.gguf", "GGUFa"},
                        {"name-Q4_K_M-00002-of-00002.gguf", "GGUFb"},
                        {"name-Q4_K_S.gguf", "GGUFs"}, {"mmproj-name-f16.gguf", "GGUFm"}};
    const HubServer server(repository);
    const auto namesOf = [&](std::string_view text) {
        std::vector<std::string> names;
        const auto files = listModelFiles(named(text), quickInRanges(server));
        if (files)
            for (const HubFile& file : *files)
                names.push_back(file.file);
        return names;
    };
    const std::vector<std::string> parts{"name-Q4_K_M-00001-of-00002.gguf",
                                         "name-Q4_K_M-00002-of-00002.gguf"};
    EXPECT_EQ(namesOf("hf:org/name"), parts);
    EXPECT_EQ(namesOf("hf:org/name:q4_k_m"), parts);
    EXPECT_EQ(namesOf("hf:org/name:Q8_0"), std::vector<std::string>{"name-Q8_0.gguf"});
    const auto none = listModelFiles(named("hf:org/name:Q4_K"), quickInRanges(server));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::NotFound);
    EXPECT_NE(none.error().message().find("name-Q4_K_S"), std::string::npos);
}

TEST(HubModel, PickledWeightsAreRefused) {
    Repository repository;
    repository.files = {{"config.json", "{}"}, {"pytorch_model.bin", "x"}};
    const HubServer server(repository);
    const auto files = listModelFiles(named("hf:org/name"), quickInRanges(server));
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, ErrorCode::UnsafeFile);
}

TEST(HubModel, fault_074_AServerWithoutRangesIsReadInOneGo) {
    Repository repository = folderRepository();
    repository.ignoresRanges = true;
    const HubServer server(repository);
    const TemporaryFolder folder;
    const auto path = downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(fs::path(*path) / "model.safetensors"),
              repository.files.at("model.safetensors"));
}

TEST(HubModel, fault_075_OnlyTheBadRangeIsFetchedAgain) {
    Repository repository = folderRepository();
    auto spoiled = std::make_shared<std::atomic<int>>(0);
    repository.spoil = [spoiled](const ServedRequest& request, ServedReply& reply) {
        if (request.from() == 49'152 && spoiled->fetch_add(1) == 0)
            reply.headers["Content-Range"] = "bytes 0-16383/200000";
        if (request.from() == 65'536 && spoiled->fetch_add(1) == 1)
            reply.cutAfter = 100;
    };
    const HubServer server(repository);
    const TemporaryFolder folder;
    const auto path = downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server));
    ASSERT_TRUE(path) << path.error().message();
    EXPECT_EQ(readFile(fs::path(*path) / "model.safetensors"),
              repository.files.at("model.safetensors"));
    // 13 ranges of 16 KiB, and one or two again.
    EXPECT_LE(countPaths(server, "model.safetensors"), 15);
}

TEST(HubModel, fault_075_WrongBytesOfASmallFileNeverGetTheName) {
    Repository repository = folderRepository();
    repository.spoil = [](const ServedRequest& request, ServedReply& reply) {
        if (request.path.ends_with("generation_config.json"))
            reply.body = "[]";
    };
    const HubServer server(repository);
    const TemporaryFolder folder;
    const auto path = downloadModel(named("hf:org/name"), folder.path(), quickInRanges(server));
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::WrongChecksum);
    EXPECT_FALSE(fs::exists(folder.path() / "org/name/generation_config.json"));
}

TEST(HubModel, fault_078_PathsOfAListStayInTheFolder) {
    Repository repository = folderRepository();
    for (const char* name : {"../evil.json", "/etc/evil.json", "a/../../evil.json", ".hidden.json",
                             "a b.json", "sub/.ssh/evil.json"})
        repository.files[name] = "{}";
    const HubServer server(repository);
    const auto files = listModelFiles(named("hf:org/name"), quickInRanges(server));
    ASSERT_TRUE(files) << files.error().message();
    for (const HubFile& file : *files)
        EXPECT_EQ(file.file.find("evil"), std::string::npos) << file.file;
    EXPECT_EQ(files->size(), 5U);
}

TEST(HubModel, fault_080_RoomForAllIsAskedBefore) {
    const Repository repository = folderRepository();
    const HubServer server(repository);
    const TemporaryFolder folder;
    DownloadOptions options = quickInRanges(server);
    options.spareBytes = std::uint64_t{1} << 60;
    const auto path = downloadModel(named("hf:org/name"), folder.path(), options);
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().code, ErrorCode::NoSpace);
    EXPECT_EQ(countPaths(server, "/resolve/"), 0);
}

TEST(HubModel, AWebPageIsNoList) {
    const HubServer server([](const ServedRequest&) {
        ServedReply reply;
        reply.headers["Content-Type"] = "text/html";
        reply.body = "<html>Sign in to the network</html>";
        return reply;
    });
    const auto files = listModelFiles(named("hf:org/name"), quickInRanges(server));
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, ErrorCode::WrongContent);
}

TEST(HubModel, WhatIsNotThereIsNamed) {
    const HubServer server(folderRepository());
    const auto files = listModelFiles(named("hf:org/name@gone"), quickInRanges(server));
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, ErrorCode::HttpRefused);
    EXPECT_NE(files.error().message().find("org/name@gone: there is no such repository"),
              std::string::npos)
        << files.error().message();
}
