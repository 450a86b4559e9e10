#include "hearth/result.h"

#include <gtest/gtest.h>

using namespace hearth;

namespace {

Result<int> half(int value) {
    if (value % 2 != 0)
        return fail(ErrorCode::InvalidArgument, "odd");
    return value / 2;
}

Result<int> quarter(int value) {
    HEARTH_TRY_ASSIGN(const int once, half(value));
    HEARTH_TRY_ASSIGN(const int twice, half(once));
    return twice;
}

} // namespace

TEST(Result, CarriesValuesAndFailures) {
    EXPECT_EQ(*quarter(12), 3);
    ASSERT_FALSE(quarter(6));
    EXPECT_EQ(quarter(6).error().detail, "odd");
}

TEST(Error, SentenceNamesFileFieldOffsetAndNumbers) {
    Error error;
    error.code = ErrorCode::Corrupt;
    error.path = "m.gguf";
    error.field = "general.alignment";
    error.detail = "must be a power of two";
    error.offset = 24;
    EXPECT_EQ(error.message(),
              "m.gguf: the file is damaged: general.alignment: must be a power of two at byte 24");
    Error context;
    context.code = ErrorCode::ContextExceeded;
    context.needed = 40112;
    context.available = 32768;
    EXPECT_EQ(context.message(),
              "the prompt is longer than the context (40112 tokens needed, 32768 available)");
}

TEST(Result, MemoryIsToldInUnitsForPeople) {
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.field = "cuda:0";
    error.detail = "the model's weights";
    error.needed = 16'061'054'976;
    error.available = 3'596'156'928;
    EXPECT_EQ(error.message(), "not enough memory on cuda:0 for the model's weights: 16.1 GB "
                               "needed, 3.6 GB available");
    Error cache;
    cache.code = ErrorCode::OutOfMemory;
    cache.field = "KV cache";
    cache.needed = 9'437'184;
    EXPECT_EQ(cache.message(), "not enough memory for KV cache: 9 MB needed");
}

TEST(Error, AnUnknownArchitectureSaysWhereTheKnownOnesAre) {
    Error error;
    error.code = ErrorCode::Unsupported;
    error.path = "m";
    error.field = "architecture";
    error.detail = "mamba";
    EXPECT_EQ(error.message(), "m: not supported: architecture: mamba (\"hearth list "
                               "--architectures\" prints those that are)");
}
