#include "cuda/device/memory.h"
#include "cuda/device/uploader.h"

#include <cuda_runtime.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace hearth::kernels::cuda::testing {

namespace {

std::vector<std::byte> randomBytes(std::size_t count, std::uint32_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> bytes((count + 7) / 8 * 8);
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        const std::uint64_t word = random();
        std::memcpy(bytes.data() + i, &word, 8);
    }
    bytes.resize(count);
    return bytes;
}

std::vector<std::byte> download(const DeviceBuffer<std::byte>& buffer) {
    std::vector<std::byte> bytes(buffer.size());
    EXPECT_EQ(cudaMemcpy(bytes.data(), buffer.data(), bytes.size(), cudaMemcpyDeviceToHost),
              cudaSuccess);
    return bytes;
}

class CudaUploader : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(Uploader::create(uploader), Status::Ok); }
    void TearDown() override { injectErrorAfter(-1, cudaSuccess); }

    std::unique_ptr<Uploader> uploader;
};

} // namespace

TEST_F(CudaUploader, TakesManyPiecesInOrderAndMatricesWithoutAPause) {
    // Beyond the ring's slots, then small ones between, with and without a pitch.
    struct Matrix {
        std::size_t rowBytes;
        std::size_t rowPitch;
        std::size_t rows;
        std::size_t devicePitch;
    };
    const Matrix matrices[] = {
        {4096, 4096, 20000, 4096},
        {100, 100, 3, 128},
        {6000, 6144, 4001, 6016},
        {70, 70, 1, 70},
        {std::size_t{5} << 20, std::size_t{5} << 20, 3, std::size_t{5} << 20}};
    std::vector<std::vector<std::byte>> sources;
    std::vector<DeviceBuffer<std::byte>> targets;
    for (const Matrix& matrix : matrices) {
        sources.push_back(
            randomBytes(matrix.rowPitch * matrix.rows, std::uint32_t(sources.size() + 1)));
        ASSERT_EQ(targets.emplace_back().allocate(matrix.devicePitch * matrix.rows), Status::Ok);
        std::vector<std::byte> copy = sources.back();
        ASSERT_EQ(uploader->copy({copy.data(), matrix.rowBytes, matrix.rowPitch, matrix.rows},
                                 targets.back().data(), matrix.devicePitch),
                  Status::Ok);
        // The source has been read when copy() returns.
        std::fill(copy.begin(), copy.end(), std::byte{0});
    }
    ASSERT_EQ(uploader->finish(), Status::Ok);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const Matrix& matrix = matrices[i];
        const std::vector<std::byte> there = download(targets[i]);
        for (std::size_t row = 0; row < matrix.rows; ++row)
            ASSERT_EQ(std::memcmp(there.data() + row * matrix.devicePitch,
                                  sources[i].data() + row * matrix.rowPitch, matrix.rowBytes),
                      0)
                << "matrix " << i << ", row " << row;
    }
}

TEST_F(CudaUploader, HandsEveryRowToTheConsumerOnce) {
    constexpr std::size_t kRowBytes = 3000;
    constexpr std::size_t kRows = 30000;
    const std::vector<std::byte> source = randomBytes(kRowBytes * kRows, 7);
    DeviceBuffer<std::byte> target;
    ASSERT_EQ(target.allocate(source.size()), Status::Ok);
    std::size_t next = 0;
    ASSERT_EQ(uploader->convert({source.data(), kRowBytes, kRowBytes, kRows},
                                [&](const std::byte* raw, std::size_t firstRow, std::size_t rows,
                                    cudaStream_t stream) {
                                    EXPECT_EQ(firstRow, next);
                                    next += rows;
                                    return toStatus(cudaMemcpyAsync(
                                        target.data() + firstRow * kRowBytes, raw, rows * kRowBytes,
                                        cudaMemcpyDeviceToDevice, stream));
                                }),
              Status::Ok);
    EXPECT_EQ(next, kRows);
    ASSERT_EQ(uploader->finish(), Status::Ok);
    EXPECT_EQ(download(target), source);
}

TEST_F(CudaUploader, fault_059_a_device_lost_in_the_middle_ends_the_transfer) {
    const std::vector<std::byte> source = randomBytes(std::size_t{80} << 20, 9);
    DeviceBuffer<std::byte> target;
    ASSERT_EQ(target.allocate(source.size()), Status::Ok);
    const Uploader::Source rows{source.data(), 4096, 4096, source.size() / 4096};
    for (const std::int64_t call : {0, 5, 20, 33, 40}) {
        injectErrorAfter(call, cudaErrorLaunchFailure);
        EXPECT_EQ(uploader->copy(rows, target.data(), 4096), Status::DeviceLost);
        injectErrorAfter(-1, cudaSuccess);
        ASSERT_EQ(uploader->copy(rows, target.data(), 4096), Status::Ok);
        ASSERT_EQ(uploader->finish(), Status::Ok);
    }
    EXPECT_EQ(download(target), source);
}

TEST_F(CudaUploader, fault_088_finds_the_one_number_that_is_none) {
    struct Form {
        DType type;
        std::size_t bytes;
        std::vector<std::uint32_t> finite; ///< The largest, the smallest, zero.
        std::vector<std::uint32_t> bad;    ///< Infinities and NaN.
    };
    const Form forms[] = {
        {DType::F32, 4, {0x7f7fffff, 0xff7fffff, 0x00000001, 0}, {0x7f800000, 0xff800000, 0x7fc00000}},
        {DType::F16, 2, {0x7bff, 0xfbff, 0x0001, 0}, {0x7c00, 0xfc00, 0x7e00}},
        {DType::BF16, 2, {0x7f7f, 0xff7f, 0x0001, 0}, {0x7f80, 0xff80, 0xffc1}}};
    std::mt19937 random(88);
    for (const Form& form : forms)
        for (const std::size_t count : {1, 2, 7, 9, 1003, 300'001}) {
            std::vector<std::byte> numbers(count * form.bytes);
            const auto put = [&](std::size_t index, std::uint32_t number) {
                std::memcpy(numbers.data() + index * form.bytes, &number, form.bytes);
            };
            for (std::size_t i = 0; i < count; ++i)
                put(i, form.finite[random() % form.finite.size()]);
            DeviceBuffer<std::byte> device;
            ASSERT_EQ(device.allocate(numbers.size()), Status::Ok);
            const auto isFound = [&] {
                EXPECT_EQ(uploader->copy({numbers.data(), numbers.size(), numbers.size(), 1},
                                         device.data(), numbers.size()),
                          Status::Ok);
                EXPECT_EQ(uploader->numbers().look(uploader->stream(), form.type, device.data(),
                                                   std::int64_t(numbers.size())),
                          Status::Ok);
                bool found = false;
                EXPECT_EQ(uploader->numbers().take(uploader->stream(), found), Status::Ok);
                return found;
            };
            EXPECT_FALSE(isFound()) << int(form.type) << " " << count;
            for (const std::size_t place : {std::size_t{0}, count - 1, random() % count}) {
                put(place, form.bad[random() % form.bad.size()]);
                EXPECT_TRUE(isFound()) << int(form.type) << " " << place << " of " << count;
                put(place, form.finite[0]);
            }
            EXPECT_FALSE(isFound()) << "after it was mended";
        }
}

TEST(CudaSlabs, SmallPartsShareAllocationsThatGoWithTheLast) {
    const auto freeBytes = [] {
        std::size_t free = 0;
        std::size_t total = 0;
        EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
        return free;
    };
    const std::size_t before = freeBytes();
    Slabs slabs;
    const std::int64_t allocations = allocationCount();
    std::vector<SlabPart> parts(3000);
    for (std::size_t i = 0; i < parts.size(); ++i)
        ASSERT_EQ(slabs.allocate(1 + 5000 * (i % 3), parts[i]), Status::Ok);
    EXPECT_LT(allocationCount() - allocations, 8);
    SlabPart large;
    ASSERT_EQ(slabs.allocate(std::size_t{20} << 20, large), Status::Ok);
    std::sort(parts.begin(), parts.end(),
              [](const SlabPart& a, const SlabPart& b) { return a.data() < b.data(); });
    for (std::size_t i = 0; i < parts.size(); ++i) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(parts[i].data()) % 256, 0U);
        if (i > 0) {
            EXPECT_GE(parts[i].data(), parts[i - 1].data() + parts[i - 1].bytes());
        }
    }
    slabs.close();
    const SlabPart last = parts.front();
    parts.clear();
    large = {};
    EXPECT_GE(freeBytes() + (std::size_t{10} << 20), before); // One slab is left.
    EXPECT_EQ(cudaMemset(last.data(), 1, last.bytes()), cudaSuccess);
}

} // namespace hearth::kernels::cuda::testing
