#include "formats/safetensors.h"
#include "support/make_gguf.h"
#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

using namespace hearth;
using hearth::kernels::DType;
using hearth::test::littleEndian;
using hearth::test::SafetensorsBuilder;
using hearth::test::safetensorsOf;
using hearth::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

std::string textOf(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void expectCorrupt(std::string_view bytes, std::string_view field,
                   ErrorCode code = ErrorCode::Corrupt) {
    static const TemporaryFolder folder;
    const auto path = folder.write("broken.safetensors", bytes);
    const auto file = SafetensorsFile::open(path);
    ASSERT_FALSE(file) << "opened: " << bytes.substr(0, 200);
    EXPECT_EQ(file.error().code, code) << file.error().message();
    EXPECT_EQ(file.error().path, path.string());
    EXPECT_EQ(file.error().field, field) << file.error().message();
    EXPECT_LT(file.error().message().size(), 1000u);
}

/// A header with one well-formed tensor "t" of `bytes` bytes, and `more` behind it.
std::string oneTensor(std::string_view fields, std::string_view more = "") {
    return "{\"t\":{" + std::string(fields) + "}" + std::string(more) + "}";
}

std::string indexOf(const std::vector<std::pair<std::string, std::string>>& map) {
    std::string text;
    for (const auto& [tensor, shard] : map)
        text += (text.empty() ? "\"" : ",\"") + tensor + "\":\"" + shard + "\"";
    return "{\"metadata\":{\"total_size\":8},\"weight_map\":{" + text + "}}";
}

constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kShard1 = "model-00001-of-00002.safetensors";
constexpr const char* kShard2 = "model-00002-of-00002.safetensors";

std::string shardOf(const std::string& tensor) {
    return SafetensorsBuilder().tensor(tensor, "F32", {1}, "data").build();
}

} // namespace

TEST(Safetensors, ReadsTensorsInPlace) {
    const TemporaryFolder folder;
    const std::string header = R"({"__metadata__":{"format":"pt","by":"us"},)"
                               R"("b":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},)"
                               R"("scalar":{"data_offsets":[0,4],"dtype":"F32","shape":[]},)"
                               R"("none":{"dtype":"I64","shape":[0,7],"data_offsets":[16,16]}}   )";
    const auto file =
        SafetensorsFile::open(folder.write("m", safetensorsOf(header, "1234abcdefghijkl")));
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_EQ(file->tensors().size(), 3u);
    const SafetensorsTensor* b = file->findTensor("b");
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->type, DType::BF16);
    EXPECT_EQ(b->shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(textOf(b->data), "abcdefghijkl");
    EXPECT_EQ(textOf(file->findTensor("scalar")->data), "1234");
    EXPECT_TRUE(file->findTensor("none")->data.empty());
    EXPECT_EQ(file->findTensor("c"), nullptr);
    EXPECT_EQ(file->metadata().at("by"), "us");
}

TEST(Safetensors, ReadsEveryType) {
    const TemporaryFolder folder;
    const std::vector<std::pair<std::string, DType>> types{
        {"F64", DType::F64},   {"F32", DType::F32},        {"F16", DType::F16},
        {"BF16", DType::BF16}, {"F8_E4M3", DType::F8E4M3}, {"F8_E5M2", DType::F8E5M2},
        {"I64", DType::I64},   {"I32", DType::I32},        {"I16", DType::I16},
        {"I8", DType::I8},     {"U8", DType::U8},          {"BOOL", DType::Bool}};
    SafetensorsBuilder builder;
    for (const auto& [name, type] : types)
        builder.tensor(name, name, {3}, std::string(3 * kernels::blockSize(type).bytes, 'x'));
    const auto file = SafetensorsFile::open(folder.write("m", builder.build()));
    ASSERT_TRUE(file) << file.error().message();
    for (const auto& [name, type] : types)
        EXPECT_EQ(file->findTensor(name)->type, type) << name;
    expectCorrupt(SafetensorsBuilder().tensor("t", "C64", {1}, "12345678").build(), "t",
                  ErrorCode::Unsupported);
}

TEST(Safetensors, fault_014_header_oversized_deep_or_duplicate) {
    expectCorrupt("", "header length");
    expectCorrupt("1234567", "header length");
    expectCorrupt(littleEndian(std::uint64_t{100}) + "{}", "header length");
    expectCorrupt(littleEndian(std::uint64_t{200'000'000}) + "{}", "header length");
    expectCorrupt(littleEndian(~std::uint64_t{0}) + "{}", "header length");
    for (const std::string text : {"", "[]", "7", "{", "null", "{\"t\":1e999}", "\"t\"", "{}{}",
                                   "{\"\":{}}", "{\"\xff\":{}}"})
        expectCorrupt(safetensorsOf(text, ""), text.starts_with("{\"t\"") ? "t" : "header");

    std::string deep = "{\"t\":";
    for (int i = 0; i < 100'000; ++i)
        deep += "{\"t\":";
    expectCorrupt(safetensorsOf(deep, ""), "t");
    expectCorrupt(safetensorsOf("{\"t\":" + std::string(100'000, '['), ""), "t");
    expectCorrupt(safetensorsOf("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", ""), "__metadata__");

    const std::string entry = R"("t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    expectCorrupt(safetensorsOf("{" + entry + "," + entry + "}", ""), "t");
    expectCorrupt(safetensorsOf(R"({"__metadata__":{},"__metadata__":{}})", ""), "__metadata__");
    expectCorrupt(safetensorsOf(R"({"__metadata__":{"a":"b","a":"c"}})", ""), "__metadata__");
    for (const std::string fields :
         {R"("dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[0],"shape":[0],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[0],"data_offsets":[0,0],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[0])", R"("dtype":"F32","data_offsets":[0,0])",
          R"("shape":[0],"data_offsets":[0,0])", R"("dtype":7,"shape":[0],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":0,"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[[0]],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[0],"data_offsets":[0])",
          R"("dtype":"F32","shape":[0],"data_offsets":[])",
          R"("dtype":"F32","shape":[0],"data_offsets":[0,0,0])",
          R"("dtype":"F32","shape":[0],"data_offsets":[0,0],"more":1)",
          R"("dtype":"F32","shape":[-1],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[0.5],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[true],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":[null],"data_offsets":[0,0])",
          R"("dtype":"F32","shape":["0"],"data_offsets":[0,0])"})
        expectCorrupt(safetensorsOf(oneTensor(fields), ""), "t");
    expectCorrupt(safetensorsOf("{\"" + std::string(70'000, 'n') + "\":{}}", ""), "header");
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::clock_t kPatienceSeconds = 20;
#else
constexpr std::clock_t kPatienceSeconds = 2;
#endif

TEST(Safetensors, fault_014_header_with_100000_entries) {
    const TemporaryFolder folder;
    std::string header = "{";
    std::string data;
    for (int i = 0; i < 100'000; ++i) {
        header += (i == 0 ? "\"t" : ",\"t") + std::to_string(i) +
                  R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
                  std::to_string(i + 1) + "]}";
        data += static_cast<char>(i);
    }
    const auto path = folder.write("many", safetensorsOf(header + "}", data));
    const std::clock_t start = std::clock(); // not disturbed by a busy machine
    const auto file = SafetensorsFile::open(path);
    EXPECT_LT(std::clock() - start, kPatienceSeconds * CLOCKS_PER_SEC);
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ(file->tensors().size(), 100'000u);
    EXPECT_EQ(std::to_integer<std::uint8_t>(file->findTensor("t99999")->data[0]), 99999 % 256);
}

TEST(Safetensors, fault_015_holes_overlaps_trailing_bytes_overflow) {
    const auto two = [](const std::string& first, const std::string& second) {
        return R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + first +
               R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}";
    };
    const TemporaryFolder folder;
    ASSERT_TRUE(SafetensorsFile::open(
        folder.write("ok", safetensorsOf(two("[4,8]", "[0,4]"), "12345678"))));
    expectCorrupt(safetensorsOf(two("[0,4]", "[8,12]"), "123456789012"), "b");
    expectCorrupt(safetensorsOf(two("[4,8]", "[8,12]"), "123456789012"), "a");
    expectCorrupt(safetensorsOf(two("[0,4]", "[2,6]"), "12345678"), "b");
    expectCorrupt(safetensorsOf(two("[0,4]", "[0,4]"), "1234"), "b");
    expectCorrupt(safetensorsOf(two("[0,4]", "[4,8]"), "123456789"), "data");
    expectCorrupt(safetensorsOf(two("[0,4]", "[4,8]"), "1234567"), "b");
    expectCorrupt(safetensorsOf("{}", "1"), "data");
    expectCorrupt(safetensorsOf(two("[4,0]", "[4,8]"), "12345678"), "a");
    expectCorrupt(safetensorsOf(two("[0,18446744073709551615]", "[4,8]"), "12345678"), "a");
    for (const std::string shape :
         {"[9223372036854775807,4]", "[9223372036854775808]", "[18446744073709551615]",
          "[4294967296,4294967296]", "[4611686018427387904,4]", "[2]", "[1,1,1,1,1,1,1,1,1]",
          "[99999999999999999999999]"})
        expectCorrupt(safetensorsOf(oneTensor("\"dtype\":\"F32\",\"shape\":" + shape +
                                              ",\"data_offsets\":[0,4]"),
                                    "1234"),
                      "t");
}

TEST(SafetensorsSet, JoinsShards) {
    const TemporaryFolder folder;
    folder.write(kShard1, SafetensorsBuilder()
                              .tensor("z", "F32", {1}, "zzzz")
                              .tensor("unlisted", "F32", {1}, "uuuu")
                              .build());
    folder.write(kShard2, shardOf("a"));
    folder.write(kIndex, indexOf({{"z", kShard1}, {"a", kShard2}}));
    const auto set = SafetensorsSet::openFolder(folder.path());
    ASSERT_TRUE(set) << set.error().message();
    EXPECT_EQ(set->files().size(), 2u);
    ASSERT_EQ(set->tensors().size(), 2u);
    EXPECT_EQ(set->tensors()[0]->name, "a");
    EXPECT_EQ(textOf(set->tensors()[1]->data), "zzzz");
}

TEST(SafetensorsSet, FollowsLinksOfTheHuggingFaceCache) {
    const TemporaryFolder folder;
    folder.write("blobs/0a1b", shardOf("a"));
    folder.write("snapshots/rev/config.json", "{}");
    const fs::path snapshot = folder.path() / "snapshots/rev";
    fs::create_symlink("../../blobs/0a1b", snapshot / kShard1);
    folder.write(std::string("snapshots/rev/") + kIndex, indexOf({{"a", kShard1}}));
    const auto set = SafetensorsSet::openFolder(snapshot);
    ASSERT_TRUE(set) << set.error().message();
    EXPECT_EQ(set->tensors().size(), 1u);
}

TEST(SafetensorsSet, fault_016_shard_missing_or_outside_the_folder) {
    const TemporaryFolder folder;
    const auto openWith = [&](const std::string& index) {
        folder.write(std::string("model/") + kIndex, index);
        const auto set = SafetensorsSet::openFolder(folder.path() / "model");
        EXPECT_FALSE(set) << index;
        return set ? Error{} : set.error();
    };
    folder.write("outside.safetensors", shardOf("a"));
    folder.write(std::string("model/") + kShard1, shardOf("a"));
    folder.write("model/sub/inner.safetensors", shardOf("a"));

    const Error missing = openWith(indexOf({{"a", kShard1}, {"b", kShard2}}));
    EXPECT_EQ(missing.code, ErrorCode::NotFound);
    EXPECT_EQ(missing.field, kShard2);

    const std::string absolute = (folder.path() / "outside.safetensors").string();
    for (const std::string& name :
         {std::string("../outside.safetensors"), absolute, std::string("sub/inner.safetensors"),
          std::string("..\\\\outside.safetensors"), std::string(".."), std::string(""),
          std::string("a\\u0000.safetensors"), std::string("pytorch_model.bin")}) {
        const Error error = openWith(indexOf({{"a", name}}));
        EXPECT_EQ(error.code, ErrorCode::Corrupt) << name;
        EXPECT_NE(error.detail.find("plain"), std::string::npos) << name << error.message();
    }

    fs::create_symlink(absolute, folder.path() / "model/link.safetensors");
    const Error link = openWith(indexOf({{"a", "link.safetensors"}}));
    EXPECT_EQ(link.code, ErrorCode::Corrupt);
    EXPECT_NE(link.detail.find("symbolic link"), std::string::npos) << link.message();

    const Error absent = openWith(indexOf({{"not there", kShard1}}));
    EXPECT_EQ(absent.code, ErrorCode::Corrupt);
    EXPECT_EQ(absent.field, "not there");
    for (const std::string index : {"", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})",
                                    R"({"weight_map":{"a":7}})"})
        EXPECT_EQ(openWith(index).code, ErrorCode::Corrupt) << index;
}
