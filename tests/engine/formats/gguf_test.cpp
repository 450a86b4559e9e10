#include "formats/gguf.h"
#include "support/make_gguf.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

using namespace hearth;
using hearth::kernels::DType;
using hearth::test::GgufBuilder;
using hearth::test::TemporaryFolder;

namespace {

std::string pattern(std::size_t bytes, char first) {
    std::string data(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
        data[i] = static_cast<char>(first + static_cast<char>(i % 97));
    return data;
}

std::string textOf(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

TEST(Gguf, ReadsTensorsInPlace) {
    const TemporaryFolder folder;
    const std::string first = pattern(3 * 5 * 4, 'a');
    const std::string second = pattern(2 * 36, 'A');
    auto opened =
        GgufFile::open(folder.write("m.gguf", GgufBuilder()
                                                  .tensor("z", {3, 5}, DType::F32, first)
                                                  .tensor("a", {64, 2}, DType::Q4_0, second)
                                                  .build()));
    ASSERT_TRUE(opened) << opened.error().message();
    const GgufFile file = *std::move(opened);
    EXPECT_EQ(file.version(), 3u);
    ASSERT_EQ(file.tensors().size(), 2u);
    EXPECT_EQ(file.tensors()[0].name, "z");
    EXPECT_EQ(file.tensors()[0].dims, (std::vector<std::int64_t>{3, 5}));
    EXPECT_EQ(textOf(file.tensors()[0].data), first);
    const GgufTensor* quantised = file.findTensor("a");
    ASSERT_NE(quantised, nullptr);
    EXPECT_EQ(quantised->type, DType::Q4_0);
    EXPECT_EQ(textOf(quantised->data).substr(0, second.size()), second);
    EXPECT_EQ(quantised->data.size(), 4u * 18);
    EXPECT_EQ(file.findTensor("b"), nullptr);
}

TEST(Gguf, ReadsEveryTensorType) {
    for (const DType type : {DType::F32,  DType::F16,  DType::BF16, DType::F64,    DType::I8,
                             DType::I16,  DType::I32,  DType::I64,  DType::Q4_0,   DType::Q4_1,
                             DType::Q5_0, DType::Q5_1, DType::Q8_0, DType::Q2_K,   DType::Q3_K,
                             DType::Q4_K, DType::Q5_K, DType::Q6_K, DType::IQ4_NL, DType::IQ4_XS}) {
        EXPECT_EQ(dtypeOfGgufTensorType(test::ggufTensorType(type)), type) << kernels::name(type);
    }
}

TEST(Gguf, ReadsMetadataOfEveryType) {
    const TemporaryFolder folder;
    const std::string bytes =
        GgufBuilder()
            .add("s", "text")
            .add("b", true)
            .add("i32", std::int32_t{-7})
            .add("u32", std::uint32_t{4000000000})
            .add("i64", std::int64_t{-5000000000})
            .add("u64", std::uint64_t{18000000000000000000u})
            .add("f32", 0.5f)
            .add("f64", 0.25)
            .addRaw("u8", 0, "\xff")
            .addRaw("i8", 1, "\xff")
            .addRaw("u16", 2, "\xff\xff")
            .addRaw("i16", 3, "\xff\xff")
            .add("strings", std::vector<std::string>{"a", "", std::string("\xff\0", 2)})
            .add("ints", std::vector<std::int32_t>{3, -1})
            .add("floats", std::vector<float>{-1.5f, 2.0f})
            .build();
    const auto file = GgufFile::open(folder.write("m.gguf", bytes));
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ(*file->get<std::string_view>("s"), "text");
    EXPECT_TRUE(*file->get<bool>("b"));
    EXPECT_EQ(*file->get<int>("i32"), -7);
    EXPECT_EQ(*file->get<std::uint32_t>("u32"), 4000000000u);
    EXPECT_EQ(*file->get<std::int64_t>("u32"), 4000000000);
    EXPECT_EQ(*file->get<std::int64_t>("i64"), -5000000000);
    EXPECT_EQ(*file->get<std::uint64_t>("u64"), 18000000000000000000u);
    EXPECT_EQ(*file->get<float>("f32"), 0.5f);
    EXPECT_EQ(*file->get<double>("f64"), 0.25);
    EXPECT_EQ(*file->get<double>("i32"), -7.0);
    EXPECT_EQ(*file->get<int>("u8"), 255);
    EXPECT_EQ(*file->get<int>("i8"), -1);
    EXPECT_EQ(*file->get<int>("u16"), 65535);
    EXPECT_EQ(*file->get<int>("i16"), -1);
    EXPECT_EQ(*file->get<std::vector<std::string_view>>("strings"),
              (std::vector<std::string_view>{"a", "", std::string_view("\xff\0", 2)}));
    EXPECT_EQ(*file->get<std::vector<std::int64_t>>("ints"), (std::vector<std::int64_t>{3, -1}));
    EXPECT_EQ(*file->get<std::vector<float>>("floats"), (std::vector<float>{-1.5f, 2.0f}));
    EXPECT_EQ(*file->get<std::vector<float>>("ints"), (std::vector<float>{3.0f, -1.0f}));
    EXPECT_EQ(file->type("strings"), GgufType::Array);
    EXPECT_EQ(file->type("none"), std::nullopt);
    EXPECT_EQ(file->keys().size(), 15u);
    EXPECT_EQ(file->keys().front(), "s");
    EXPECT_EQ(file->get<int>("none").error().code, ErrorCode::NotFound);
    EXPECT_EQ(*file->getOr<int>("none", 9), 9);
    EXPECT_EQ(*file->getOr<int>("i32", 9), -7);
}

TEST(Gguf, HonoursTheAlignment) {
    const TemporaryFolder folder;
    GgufBuilder builder;
    builder.alignment = 256;
    builder.add("general.alignment", std::uint32_t{256})
        .tensor("a", {1}, DType::F32, "1234")
        .tensor("b", {1}, DType::F32, "5678");
    const auto file = GgufFile::open(folder.write("m.gguf", builder.build()));
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ(textOf(file->findTensor("b")->data), "5678");
    EXPECT_EQ((file->findTensor("b")->data.data() - file->file().bytes().data()) % 256, 0);
}

TEST(Gguf, ReadsVersion2) {
    const TemporaryFolder folder;
    GgufBuilder builder;
    builder.version = 2;
    const auto file = GgufFile::open(folder.write("m.gguf", builder.add("k", "v").build()));
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ(file->version(), 2u);
}
