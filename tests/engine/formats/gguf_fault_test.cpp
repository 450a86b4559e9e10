#include "formats/gguf.h"
#include "support/make_gguf.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace hearth;
using hearth::kernels::DType;
using hearth::test::GgufBuilder;
using hearth::test::littleEndian;
using hearth::test::TemporaryFolder;

namespace {

constexpr std::uint32_t kF32 = 0;

/// The error that opening these bytes gives; the path must be named.
Error openError(std::string_view bytes) {
    static const TemporaryFolder folder;
    const auto path = folder.write("broken.gguf", bytes);
    auto file = GgufFile::open(path);
    if (file) {
        ADD_FAILURE() << "opened";
        return {};
    }
    EXPECT_EQ(file.error().path, path.string());
    EXPECT_FALSE(file.error().detail.empty());
    return std::move(file).error();
}

void expectCorrupt(std::string_view bytes, std::string_view field) {
    const Error error = openError(bytes);
    EXPECT_EQ(error.code, ErrorCode::Corrupt) << error.message();
    EXPECT_EQ(error.field, field) << error.message();
    EXPECT_TRUE(error.offset.has_value()) << error.message();
    if (error.offset) {
        EXPECT_LE(*error.offset, bytes.size()) << error.message();
    }
}

/// Data that is missing at the end, as where a download was cut.
void expectCutShort(std::string_view bytes, std::uint64_t needed) {
    const Error error = openError(bytes);
    EXPECT_EQ(error.code, ErrorCode::Corrupt);
    EXPECT_EQ(error.message(),
              error.path + ": the file is damaged: it is cut short: it has " +
                  std::to_string(bytes.size()) + " bytes and needs " + std::to_string(needed) +
                  "; download it again");
}

std::string lengthPrefixed(std::string_view text, std::uint64_t length) {
    return littleEndian(length) + std::string(text);
}

GgufBuilder twoTensors() {
    return GgufBuilder()
        .add("general.architecture", "llama")
        .add("tokens", std::vector<std::string>{"a", "bc", ""})
        .add("scores", std::vector<float>{1, 2, 3})
        .add("flag", true)
        .tensor("a", {32, 2}, DType::Q8_0, std::string(68, 'x'))
        .tensor("b", {4}, DType::F32, std::string(16, 'y'));
}

} // namespace

TEST(Gguf, fault_001_empty_tiny_or_web_page) {
    expectCorrupt("", "magic");
    expectCorrupt("G", "magic");
    expectCorrupt("GGUF", "version");
    const std::string page = "<!DOCTYPE html><html><body>Not found</body></html>";
    expectCorrupt(page, "magic");
    EXPECT_NE(openError(page).detail.find("web page"), std::string::npos);
}

TEST(Gguf, fault_002_wrong_magic_or_version) {
    GgufBuilder builder;
    builder.magic = "GGML";
    expectCorrupt(builder.build(), "magic");
    for (const std::uint32_t version : {0u, 1u, 4u, 0xffffffffu, 0x03000000u}) {
        GgufBuilder other;
        other.version = version;
        const Error error = openError(other.build());
        EXPECT_EQ(error.code, ErrorCode::Unsupported);
        EXPECT_EQ(error.field, "version");
    }
    GgufBuilder swapped;
    swapped.version = 0x03000000;
    EXPECT_NE(openError(swapped.build()).detail.find("big-endian"), std::string::npos);
}

TEST(Gguf, fault_003_truncated_at_every_header_byte) {
    const std::string whole = twoTensors().build();
    const TemporaryFolder folder;
    ASSERT_TRUE(GgufFile::open(folder.write("whole.gguf", whole)));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const Error error = openError(std::string_view(whole).substr(0, length));
        ASSERT_EQ(error.code, ErrorCode::Corrupt) << length << ": " << error.message();
        const bool lacksData = error.detail.starts_with("it is cut short");
        ASSERT_TRUE(lacksData || (error.offset && *error.offset <= length))
            << length << ": " << error.message();
    }
}

TEST(Gguf, fault_004_counts_beyond_the_file) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t extra :
         {most, most / 2, most / 33, std::uint64_t{1} << 32, std::uint64_t{100}}) {
        GgufBuilder tensors;
        tensors.extraTensors = extra;
        expectCorrupt(tensors.build(), "tensor and metadata count");
        GgufBuilder entries;
        entries.extraEntries = extra;
        expectCorrupt(entries.build(), "tensor and metadata count");
    }
}

TEST(Gguf, fault_005_length_past_the_end) {
    for (const std::uint64_t length : {std::uint64_t{1} << 20, std::uint64_t{1} << 40,
                                       std::numeric_limits<std::uint64_t>::max()}) {
        expectCorrupt(GgufBuilder().addRaw("key", 8, lengthPrefixed("value", length)).build(),
                      "key");
        // In an array: a string's length, then the number of elements.
        const std::string strings = littleEndian(8u) + littleEndian(std::uint64_t{1});
        expectCorrupt(
            GgufBuilder().addRaw("key", 9, strings + lengthPrefixed("value", length)).build(),
            "key");
        for (const std::uint32_t elementType : {0u, 4u, 8u, 12u})
            expectCorrupt(
                GgufBuilder()
                    .addRaw("key", 9, littleEndian(elementType) + littleEndian(length) + "data")
                    .build(),
                "key");
        std::string file = GgufBuilder().add("key", "value, long enough").build();
        file.replace(24, 8, littleEndian(length)); // the key's own length
        expectCorrupt(file, "metadata key");
    }
}

TEST(Gguf, fault_006_unknown_type_or_nested_array) {
    for (const std::uint32_t type : {13u, 255u, 0xffffffffu}) {
        expectCorrupt(GgufBuilder().addRaw("key", type, std::string(64, '\0')).build(), "key");
        expectCorrupt(
            GgufBuilder().addRaw("key", 9, littleEndian(type) + std::string(64, '\0')).build(),
            "key");
    }
    const std::string inner = littleEndian(9u) + littleEndian(std::uint64_t{1}) + littleEndian(4u) +
                              littleEndian(std::uint64_t{1}) + littleEndian(1u);
    const Error nested = openError(GgufBuilder().addRaw("key", 9, inner).build());
    EXPECT_EQ(nested.code, ErrorCode::Unsupported);
    EXPECT_EQ(nested.field, "key");

    const std::pair<std::uint32_t, const char*> types[] = {
        {4, " (Q4_2)"}, {9, " (Q8_1)"},      {15, " (Q8_K)"},   {31, " (Q4_0_4_4)"},
        {40, " (NVFP4)"}, {1000, ""},          {0xffffffff, ""},
    };
    for (const auto& [type, name] : types) {
        const Error error = openError(GgufBuilder().tensorRaw("weight", {256}, type, 0).build());
        EXPECT_EQ(error.code, ErrorCode::Unsupported);
        EXPECT_EQ(error.field, "weight");
        EXPECT_EQ(error.detail, "tensor type " + std::to_string(type) + name);
    }
    expectCorrupt(GgufBuilder().addRaw("flag", 7, "\2").build(), "flag");
}

TEST(Gguf, fault_007_duplicate_empty_or_non_utf8_names) {
    expectCorrupt(GgufBuilder().add("key", 1u).add("other", 1u).add("key", 2u).build(), "key");
    expectCorrupt(GgufBuilder()
                      .tensor("t", {1}, DType::F32, "1234")
                      .tensor("u", {1}, DType::F32, "1234")
                      .tensor("t", {1}, DType::F32, "1234")
                      .build(),
                  "t");
    for (const std::string name :
         {"", "\xff", "a\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
        expectCorrupt(GgufBuilder().add(name, std::uint64_t{1}).build(), "metadata key");
        expectCorrupt(GgufBuilder().tensor(name, {1}, DType::F32, "1234").build(), "tensor name");
    }
    expectCorrupt(GgufBuilder().add(std::string(70000, 'k'), 1u).build(), "metadata key");
    const TemporaryFolder folder;
    EXPECT_TRUE(GgufFile::open(
        folder.write("m.gguf", GgufBuilder().add("\u00e9\u20ac\U0001f600", 1u).build())));
}

TEST(Gguf, fault_008_alignment) {
    for (const std::uint32_t alignment : {0u, 1u, 13u, 24u, 1u << 31})
        expectCorrupt(GgufBuilder()
                          .add("general.alignment", alignment)
                          .tensor("t", {1}, DType::F32, "1234")
                          .build(),
                      "general.alignment");
    expectCorrupt(GgufBuilder().add("general.alignment", "32").build(), "general.alignment");
    expectCorrupt(GgufBuilder().add("general.alignment", std::int32_t{32}).build(),
                  "general.alignment");
    expectCorrupt(GgufBuilder().add("general.alignment", std::uint64_t{32}).build(),
                  "general.alignment");
}

TEST(Gguf, fault_009_dims_overflow) {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::vector<std::vector<std::int64_t>> shapes{
        {},
        {1, 1, 1, 1, 1},
        {0},
        {4, 0},
        {-1},
        {4, -4},
        {-2, -2},
        {most, most},
        {most, 2},
        {std::int64_t{1} << 32, std::int64_t{1} << 32},
        {std::int64_t{1} << 16, std::int64_t{1} << 16, std::int64_t{1} << 16,
         std::int64_t{1} << 16},
        {most}, // the bytes overflow, the elements do not
        {std::int64_t{1} << 62},
        {most / 4, 1}, // begin + bytes lies past the end
    };
    for (const auto& shape : shapes)
        expectCorrupt(GgufBuilder().tensorRaw("t", shape, kF32, 0).build(), "t");
    expectCorrupt(GgufBuilder().tensorRaw("t", {31}, 2, 0).build() + std::string(64, '\0'), "t");
    expectCorrupt(GgufBuilder().tensorRaw("t", {128}, 12, 0).build() + std::string(256, '\0'), "t");
    std::string manyDims = GgufBuilder().tensorRaw("t", {1}, kF32, 0).build();
    manyDims.replace(24 + 9, 4, littleEndian(0xffffffffu));
    expectCorrupt(manyDims, "t");
}

TEST(Gguf, fault_003_what_a_cut_file_lacks_is_told) {
    const std::string whole = twoTensors().build();
    const TemporaryFolder folder;
    ASSERT_TRUE(GgufFile::open(folder.write("whole.gguf", whole)));
    const std::size_t needed = whole.find(std::string(16, 'y')) + 16;
    for (const std::size_t size : {needed - 1, needed - 16, needed - 60})
        expectCutShort(std::string_view(whole).substr(0, size), needed);
    EXPECT_NE(openError(std::string_view(whole).substr(0, 100)).detail.find("download the file"),
              std::string::npos);
}

TEST(Gguf, fault_010_offset_misaligned_overlapping_past_the_end) {
    const std::string data(256, '\0');
    const auto with = [&](std::uint64_t first, std::uint64_t second) {
        return GgufBuilder()
                   .tensorRaw("a", {16}, kF32, first)
                   .tensorRaw("b", {16}, kF32, second)
                   .build() +
               data;
    };
    const TemporaryFolder folder;
    EXPECT_TRUE(GgufFile::open(folder.write("ok.gguf", with(64, 0))));
    expectCorrupt(with(0, 65), "b");
    expectCorrupt(with(0, 4), "b");
    expectCorrupt(with(0, 32), "b");
    expectCorrupt(with(64, 32), "a");
    expectCorrupt(with(0, 0), "b");
    expectCorrupt(with(std::uint64_t{1} << 60, 0), "a");
    expectCorrupt(with(0, ~std::uint64_t{31}), "b");
}

TEST(Gguf, fault_017_metadata_of_the_wrong_type) {
    const TemporaryFolder folder;
    const std::string bytes =
        GgufBuilder()
            .add("ints", std::vector<std::int32_t>{1, -2})
            .add("floats", std::vector<float>{0.5f})
            .add("strings", std::vector<std::string>{"a"})
            .addRaw("flags", 9, littleEndian(7u) + littleEndian(std::uint64_t{1}) + "\1")
            .add("big", std::uint64_t{1} << 40)
            .add("negative", std::int32_t{-1})
            .add("half", 0.5f)
            .add("text", "1")
            .add("flag", true)
            .build();
    const auto file = GgufFile::open(folder.write("m.gguf", bytes));
    ASSERT_TRUE(file) << file.error().message();
    const auto expectMismatch = [](const auto& result, std::string_view key) {
        ASSERT_FALSE(result) << key;
        EXPECT_EQ(result.error().code, ErrorCode::Corrupt) << key;
        EXPECT_EQ(result.error().field, key);
        EXPECT_TRUE(result.error().offset.has_value());
    };
    expectMismatch(file->get<std::vector<std::string_view>>("ints"), "ints");
    expectMismatch(file->get<std::vector<std::string_view>>("text"), "text");
    expectMismatch(file->get<std::vector<std::int32_t>>("floats"), "floats");
    expectMismatch(file->get<std::vector<std::int32_t>>("strings"), "strings");
    expectMismatch(file->get<std::vector<float>>("strings"), "strings");
    expectMismatch(file->get<std::vector<float>>("flags"), "flags");
    expectMismatch(file->get<std::vector<float>>("half"), "half");
    expectMismatch(file->get<std::string_view>("strings"), "strings");
    expectMismatch(file->get<std::string_view>("half"), "half");
    expectMismatch(file->get<double>("text"), "text");
    expectMismatch(file->get<double>("floats"), "floats");
    expectMismatch(file->get<int>("half"), "half");
    expectMismatch(file->get<int>("flag"), "flag");
    expectMismatch(file->get<int>("big"), "big");
    expectMismatch(file->get<std::uint32_t>("negative"), "negative");
    expectMismatch(file->get<bool>("negative"), "negative");
    expectMismatch(file->getOr<bool>("text", true), "text");
}

TEST(Gguf, fault_018_truncated_after_opening) {
    const TemporaryFolder folder;
    const std::string bytes = GgufBuilder()
                                  .add("tokens", std::vector<std::string>(2000, "a token"))
                                  .tensor("t", {4096}, DType::F32, std::string(16384, 'x'))
                                  .build();
    const auto path = folder.write("m.gguf", bytes);
    const auto file = GgufFile::open(path);
    ASSERT_TRUE(file) << file.error().message();
    std::filesystem::resize_file(path, 4096);
    const auto tokens = file->get<std::vector<std::string_view>>("tokens");
    ASSERT_TRUE(tokens);
    EXPECT_EQ(tokens->size(), 2000u);
    EXPECT_EQ(tokens->back(), "");
    EXPECT_EQ(file->findTensor("t")->data.back(), std::byte{0});
    EXPECT_TRUE(file->file().wasTruncated());
}
