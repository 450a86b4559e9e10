#include "models/part_source.h"

#include "formats/checkpoint.h"
#include "hearth/kernels/dequantize.h"
#include "hearth/kernels/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

using namespace hearth;
using hearth::kernels::DType;

namespace {

/// [rows, columns] of BF16, number (r, c) = 10 r + c.
struct Table {
    std::vector<std::uint16_t> numbers;
    TensorView view;

    Table(std::vector<std::int64_t> shape) {
        view.name = "t";
        view.shape = std::move(shape);
        view.type = DType::BF16;
        const std::int64_t columns = view.shape.back();
        for (std::uint64_t i = 0; i < view.elements(); ++i)
            numbers.push_back(kernels::f32ToBf16(
                float(std::int64_t(i) / columns * 10 + std::int64_t(i) % columns)));
        view.data = std::as_bytes(std::span(numbers));
    }
};

TensorPart whole(std::int64_t rows, std::int64_t columns) {
    TensorPart part;
    part.name = "t";
    part.rows = part.rowCount = rows;
    part.columns = part.columnCount = columns;
    return part;
}

std::vector<float> numbersOf(const kernels::WeightSource& source) {
    std::vector<float> out(std::size_t(source.rows * source.columns));
    for (std::int64_t row = 0; row < source.rows; ++row)
        EXPECT_TRUE(kernels::dequantize(source.type, source.data + row * source.rowBytes,
                                        out.data() + row * source.columns,
                                        std::size_t(source.columns)));
    return out;
}

std::vector<float> read(const TensorView& tensor, const TensorPart& part, WeightShape shape) {
    const auto checked = checkPart(tensor, part, shape);
    EXPECT_TRUE(checked) << (checked ? "" : checked.error().message());
    const auto source = PartSource::read(tensor, part, shape);
    EXPECT_TRUE(source) << (source ? "" : source.error().message());
    return source ? numbersOf((*source)->source()) : std::vector<float>();
}

} // namespace

TEST(PartSource, StepsOverRowsAndCutsColumns) {
    const Table table({5, 3});
    TensorPart part = whole(5, 3);
    part.firstRow = 1;
    part.rowCount = 2;
    part.rowStep = 2;
    part.firstColumn = 1;
    part.columnCount = 2;
    EXPECT_EQ(read(table.view, part, WeightShape::Matrix), (std::vector<float>{11, 12, 31, 32}));
}

TEST(PartSource, JoinsTheAxesOfExperts) {
    const Table table({2, 3, 4}); // two experts of three rows
    TensorPart part = whole(6, 4);
    part.firstRow = 3;
    part.rowCount = 2;
    part.rowStep = 2;
    EXPECT_EQ(read(table.view, part, WeightShape::Matrix),
              (std::vector<float>{30, 31, 32, 33, 50, 51, 52, 53}));
    EXPECT_FALSE(checkPart(table.view, whole(3, 4), WeightShape::Matrix));
    part = whole(24, 1);
    part.firstRow = 3;
    part.rowCount = 3;
    part.rowStep = 8;
    EXPECT_EQ(read(table.view, part, WeightShape::Vector), (std::vector<float>{3, 23, 43}));
}

TEST(PartSource, TransposesBeforeItCuts) {
    const Table table({3, 5});
    TensorPart part = whole(5, 3);
    part.transform = TensorTransform::Transposed;
    part.firstRow = 1;
    part.rowCount = 2;
    part.rowStep = 3;
    part.firstColumn = 1;
    part.columnCount = 2;
    const auto source = PartSource::read(table.view, part, WeightShape::Matrix);
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->source().type, DType::BF16);
    EXPECT_TRUE((*source)->ownsNumbers());
    EXPECT_EQ(numbersOf((*source)->source()), (std::vector<float>{11, 21, 14, 24}));
    EXPECT_FALSE(checkPart(table.view, whole(5, 3), WeightShape::Matrix));
}

TEST(PartSource, NormalisesWholeRows) {
    const std::vector<float> numbers{3, 4, 0, 0};
    TensorView view;
    view.name = "t";
    view.shape = {2, 2};
    view.data = std::as_bytes(std::span(numbers));
    TensorPart part = whole(2, 2);
    part.transform = TensorTransform::NormalisedRows;
    part.firstColumn = 1;
    part.columnCount = 1;
    EXPECT_EQ(read(view, part, WeightShape::Matrix), (std::vector<float>{0.8F, 0}));
}

TEST(PartSource, TransposesWhatIsQuantised) {
    const auto folder =
        std::filesystem::path(HEARTH_TEST_DATA) / "formats" / "quantised" / "gptq_4_order";
    const auto checkpoint = Checkpoint::open(folder);
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    const auto reference = SafetensorsFile::open(folder / "reference.safetensors");
    ASSERT_TRUE(reference);
    std::vector<float> wanted(32 * 96);
    std::memcpy(wanted.data(), reference->findTensor("m.weight")->data.data(), wanted.size() * 4);
    TensorPart part = whole(96, 32);
    part.transform = TensorTransform::Transposed;
    part.firstRow = 10;
    part.rowCount = 70;
    part.firstColumn = 3;
    part.columnCount = 20;
    const auto got = read(*checkpoint->find("m.weight"), part, WeightShape::Matrix);
    ASSERT_EQ(got.size(), 70u * 20);
    for (std::size_t row = 0; row < 70; ++row)
        for (std::size_t column = 0; column < 20; ++column)
            ASSERT_EQ(got[row * 20 + column], wanted[(3 + column) * 96 + 10 + row]);
}

TEST(PartSource, fault_088_names_the_place_of_a_number_that_is_none) {
    Table table({5, 3});
    table.numbers[7] = 0xFF80;
    const auto source = PartSource::read(table.view, whole(5, 3), WeightShape::Matrix);
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().field, "t");
    EXPECT_NE(source.error().detail.find("row 2, column 1"), std::string::npos);
    // Another rank's rows are its own affair.
    TensorPart part = whole(5, 3);
    part.rowCount = 2;
    EXPECT_TRUE(PartSource::read(table.view, part, WeightShape::Matrix));
}
