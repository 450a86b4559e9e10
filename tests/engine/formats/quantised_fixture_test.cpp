#include "formats/checkpoint.h"
#include "formats/quantised/unpacked_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

using namespace hearth;

namespace {

namespace fs = std::filesystem;

struct Case {
    const char* folder;
    const char* typeName;
    bool exact; ///< (q - z) * s of halves and small integers is exact in float32.
};

fs::path folderOf(const Case& test) {
    return fs::path(HEARTH_TEST_DATA) / "formats" / "quantised" / test.folder;
}

/// The fixture's only matrix and what the reference makes of it.
class QuantisedFixture : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        auto checkpoint = Checkpoint::open(folderOf(GetParam()));
        ASSERT_TRUE(checkpoint) << checkpoint.error().message();
        m_checkpoint = std::make_unique<Checkpoint>(*std::move(checkpoint));
        auto reference = SafetensorsFile::open(folderOf(GetParam()) / "reference.safetensors");
        ASSERT_TRUE(reference);
        ASSERT_EQ(reference->tensors().size(), 1u);
        const SafetensorsTensor& wanted = reference->tensors().front();
        const auto tensor = m_checkpoint->tensor(wanted.name);
        ASSERT_TRUE(tensor) << tensor.error().message();
        ASSERT_EQ(tensor->shape, wanted.shape);
        m_tensor = *tensor;
        m_columns = wanted.shape.back();
        m_wanted.resize(wanted.data.size() / sizeof(float));
        std::memcpy(m_wanted.data(), wanted.data.data(), wanted.data.size());
        for (const float value : m_wanted)
            m_largest = std::max(m_largest, std::fabs(value));
    }

    /// Unpacks a cut and compares it with the reference.
    void check(const MatrixCut& cut, std::int64_t rowStep = 1) const {
        const auto rows = UnpackedMatrix::unpack(*m_tensor.stored, cut, rowStep);
        ASSERT_TRUE(rows) << rows.error().message();
        ASSERT_EQ((*rows)->source().rows, cut.rowCount);
        ASSERT_EQ((*rows)->source().columns, cut.columnCount);
        std::vector<float> got(std::size_t(cut.columnCount));
        for (std::int64_t row = 0; row < cut.rowCount; ++row) {
            (*rows)->expandRow(row, got.data());
            const std::int64_t from = (cut.firstRow + row * rowStep) * m_columns + cut.firstColumn;
            for (std::int64_t column = 0; column < cut.columnCount; ++column) {
                const float wanted = m_wanted[std::size_t(from + column)];
                const float tolerance = GetParam().exact ? 0.0F : 1e-6F * m_largest;
                ASSERT_NEAR(got[std::size_t(column)], wanted, tolerance)
                    << "row " << row << ", column " << column;
            }
        }
    }
    [[nodiscard]] std::int64_t rows() const { return m_tensor.stored->rows(); }

    std::unique_ptr<Checkpoint> m_checkpoint;
    TensorView m_tensor;
    std::vector<float> m_wanted;
    std::int64_t m_columns = 0;
    float m_largest = 0.0F;
};

} // namespace

TEST_P(QuantisedFixture, IsTheReferencesMatrix) {
    EXPECT_EQ(m_tensor.typeName(), GetParam().typeName);
    EXPECT_GT(m_tensor.bytes(), 0u);
    EXPECT_LT(m_tensor.bytes(), m_tensor.elements() * 2);
    check({0, rows(), 0, m_columns});
}

TEST_P(QuantisedFixture, CutsRowsAnywhere) {
    check({3, rows() - 5, 0, m_columns});
    check({rows() - 1, 1, 0, m_columns});
    check({1, (rows() - 1) / 2, 0, m_columns}, 2);
    check({0, (rows() + 2) / 3, 0, m_columns}, 3);
}

TEST_P(QuantisedFixture, CutsColumnsAnywhereUnlessTheirOrderIsChanged) {
    const auto form = m_tensor.stored->form(0, m_columns);
    ASSERT_TRUE(form) << form.error().message();
    if (!form->permutation.empty()) {
        const auto cut = m_tensor.stored->form(0, m_columns / 2);
        ASSERT_FALSE(cut);
        EXPECT_EQ(cut.error().code, ErrorCode::Unsupported);
        EXPECT_EQ(cut.error().field, "m.weight");
        return;
    }
    check({0, rows(), 0, m_columns / 2});
    check({0, rows(), m_columns / 2, m_columns / 2});
    check({1, rows() - 2, 32, m_columns - 32});
    check({2, rows() - 2, 12, m_columns - 21});
    check({0, rows(), 7, 9});
}

INSTANTIATE_TEST_SUITE_P(
    Formats, QuantisedFixture,
    testing::Values(Case{"awq_g32", "W4G32", true}, Case{"awq_rows", "W4", true},
                    Case{"gptq_2", "W2G32", true}, Case{"gptq_2_order", "W2G32", true},
                    Case{"gptq_3", "W3G32", true}, Case{"gptq_3_order", "W3G32", true},
                    Case{"gptq_4", "W4G32", true}, Case{"gptq_4_order", "W4G32", true},
                    Case{"gptq_8", "W8G32", true}, Case{"gptq_8_order", "W8G32", true},
                    Case{"gptq_v2", "W4G32", true}, Case{"gptq_mislabelled", "W4G32", true},
                    Case{"gptq_old", "W4", true}, Case{"ct_w4", "W4G32", false},
                    Case{"ct_w4_asym", "W4G32", false}, Case{"ct_w4_rows", "W4", false},
                    Case{"ct_w8", "W8", false}, Case{"ct_w4_tensor", "W4", false},
                    Case{"ct_w3", "W3G32", false}, Case{"ct_order", "W4G32", true},
                    Case{"ct_int8", "W8", false}, Case{"ct_int8_tensor", "W8", false},
                    Case{"ct_fp8", "FP8", true}, Case{"ct_fp8_tensor", "FP8", true},
                    Case{"ct_fp8_block", "FP8", true}, Case{"fp8_block", "FP8", true},
                    Case{"fp8_tensor", "FP8", true}, Case{"fp8_rows", "FP8", true},
                    Case{"bnb_nf4", "NF4", true}, Case{"bnb_nf4_odd", "NF4", true},
                    Case{"bnb_fp4", "FP4", true}, Case{"bnb_int8", "W8", false},
                    Case{"mxfp4", "MXFP4", true}),
    [](const testing::TestParamInfo<Case>& test) { return std::string(test.param.folder); });
