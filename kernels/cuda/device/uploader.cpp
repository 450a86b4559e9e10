#include "cuda/device/uploader.h"

#include "cuda/device/memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace hearth::kernels::cuda {

namespace {

constexpr std::size_t kSlots = 8;
constexpr std::size_t kSlotBytes = std::size_t{8} << 20;
constexpr unsigned kMaxThreads = 8;

/// Reads a mapped file's pages ahead in one call instead of a fault for every few. It only hints:
/// errors show when the bytes are read.
void populate(const std::byte* data, std::size_t bytes) {
#ifdef MADV_POPULATE_READ
    static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(data) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(data) + bytes;
    static_cast<void>(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ));
#else
    static_cast<void>(data);
    static_cast<void>(bytes);
#endif
}

struct Slot {
    PinnedBuffer<std::byte> host;
    DeviceBuffer<std::byte> device; ///< For convert() only.
    cudaEvent_t emptied = nullptr;  ///< The device has taken what was in `host`.
};

class RingUploader final : public Uploader {
public:
    ~RingUploader() override {
        for (const Slot& slot : m_slots)
            if (slot.emptied)
                static_cast<void>(cudaEventDestroy(slot.emptied));
        if (m_stream)
            static_cast<void>(cudaStreamDestroy(m_stream));
    }

    Status open() {
        HEARTH_CUDA_TRY(toStatus(cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking)));
        for (Slot& slot : m_slots)
            HEARTH_CUDA_TRY(
                toStatus(cudaEventCreateWithFlags(&slot.emptied, cudaEventDisableTiming)));
        return Status::Ok;
    }

    Status copy(const Source& source, std::byte* device, std::size_t devicePitch) override {
        const auto issue = [&](const Slot& slot, std::size_t firstRow, std::size_t rows) {
            std::byte* const target = device + firstRow * devicePitch;
            if (devicePitch == source.rowBytes)
                return toStatus(cudaMemcpyAsync(target, slot.host.data(), rows * source.rowBytes,
                                                cudaMemcpyHostToDevice, m_stream));
            return toStatus(cudaMemcpy2DAsync(target, devicePitch, slot.host.data(),
                                              source.rowBytes, source.rowBytes, rows,
                                              cudaMemcpyHostToDevice, m_stream));
        };
        return transfer(source, false, issue);
    }

    Status convert(const Source& source, const Consumer& consumer) override {
        const auto issue = [&](const Slot& slot, std::size_t firstRow, std::size_t rows) {
            HEARTH_CUDA_TRY(toStatus(cudaMemcpyAsync(slot.device.data(), slot.host.data(),
                                                     rows * source.rowBytes,
                                                     cudaMemcpyHostToDevice, m_stream)));
            return consumer(slot.device.data(), firstRow, rows, m_stream);
        };
        return transfer(source, true, issue);
    }

    [[nodiscard]] cudaStream_t stream() const override { return m_stream; }

private:
    using Issue = std::function<Status(const Slot&, std::size_t firstRow, std::size_t rows)>;

    /// One transfer: pieces of whole rows, piece i through slot i % kSlots.
    struct Job {
        explicit Job(const Source& wanted) : source(wanted) {}

        const Source& source;
        std::size_t rowsPerPiece = 0;
        std::size_t pieces = 0;
        std::atomic<std::size_t> next{0};
        std::mutex mutex;
        std::condition_variable changed;
        std::array<std::size_t, kSlots> filled{}; ///< 1 + the piece that a slot holds.
        std::size_t issued = 0;                   ///< Pieces handed to the device.
        bool failed = false;
    };

    Status transfer(const Source& source, bool onDevice, const Issue& issue) {
        if (source.rows == 0 || source.rowBytes == 0)
            return Status::Ok;
        const std::scoped_lock turn(m_mutex);
        const std::size_t slotBytes = std::max(kSlotBytes, source.rowBytes);
        Job job(source);
        job.rowsPerPiece = slotBytes / source.rowBytes;
        job.pieces = (source.rows + job.rowsPerPiece - 1) / job.rowsPerPiece;
        const std::size_t needed = job.pieces == 1 ? source.rows * source.rowBytes : slotBytes;
        HEARTH_CUDA_TRY(reserve(std::min(job.pieces, kSlots), needed, onDevice));
        Status status = Status::Ok;
        if (job.pieces == 1) {
            fill(job, 0);
            status = issue(m_slots[0], 0, source.rows);
        } else {
            status = run(job, issue);
        }
        const Status finished = toStatus(cudaStreamSynchronize(m_stream));
        return status == Status::Ok ? finished : status;
    }

    Status reserve(std::size_t slots, std::size_t bytes, bool onDevice) {
        for (std::size_t i = 0; i < slots; ++i) {
            if (m_slots[i].host.size() < bytes)
                HEARTH_CUDA_TRY(m_slots[i].host.allocate(bytes));
            if (onDevice && m_slots[i].device.size() < bytes)
                HEARTH_CUDA_TRY(m_slots[i].device.allocate(bytes));
        }
        return Status::Ok;
    }

    void fill(const Job& job, std::size_t piece) {
        const Source& source = job.source;
        const std::size_t first = piece * job.rowsPerPiece;
        const std::size_t rows = std::min(job.rowsPerPiece, source.rows - first);
        const std::byte* const from = source.data + first * source.rowPitch;
        std::byte* const to = m_slots[piece % kSlots].host.data();
        populate(from, (rows - 1) * source.rowPitch + source.rowBytes);
        if (source.rowPitch == source.rowBytes) {
            std::memcpy(to, from, rows * source.rowBytes);
            return;
        }
        for (std::size_t row = 0; row < rows; ++row)
            std::memcpy(to + row * source.rowBytes, from + row * source.rowPitch, source.rowBytes);
    }

    Status run(Job& job, const Issue& issue) {
        std::vector<std::jthread> threads;
        const std::size_t count = std::min<std::size_t>(
            job.pieces, std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads));
        for (std::size_t i = 0; i < count; ++i)
            threads.emplace_back([this, &job] { fillPieces(job); });
        Status status = Status::Ok;
        for (std::size_t piece = 0; piece < job.pieces && status == Status::Ok; ++piece) {
            const Slot& slot = m_slots[piece % kSlots];
            {
                std::unique_lock lock(job.mutex);
                job.changed.wait(lock, [&] { return job.filled[piece % kSlots] == piece + 1; });
            }
            const std::size_t first = piece * job.rowsPerPiece;
            status = issue(slot, first, std::min(job.rowsPerPiece, job.source.rows - first));
            if (status == Status::Ok)
                status = toStatus(cudaEventRecord(slot.emptied, m_stream));
            const std::scoped_lock lock(job.mutex);
            ++job.issued;
            job.failed = status != Status::Ok;
            job.changed.notify_all();
        }
        return status;
    }

    void fillPieces(Job& job) {
        for (;;) {
            const std::size_t piece = job.next.fetch_add(1);
            if (piece >= job.pieces)
                return;
            if (piece >= kSlots) {
                std::unique_lock lock(job.mutex);
                job.changed.wait(lock,
                                 [&] { return job.failed || job.issued > piece - kSlots; });
                if (job.failed)
                    return;
            }
            // An error here is one of the whole device, and the next call reports it.
            if (piece >= kSlots)
                static_cast<void>(cudaEventSynchronize(m_slots[piece % kSlots].emptied));
            fill(job, piece);
            const std::scoped_lock lock(job.mutex);
            job.filled[piece % kSlots] = piece + 1;
            job.changed.notify_all();
        }
    }

    std::mutex m_mutex;
    cudaStream_t m_stream = nullptr;
    std::array<Slot, kSlots> m_slots;
};

} // namespace

Status Uploader::create(std::unique_ptr<Uploader>& out) {
    if (!mayAllocate())
        return Status::OutOfMemory;
    std::unique_ptr<RingUploader> uploader(new (std::nothrow) RingUploader);
    if (!uploader)
        return Status::OutOfMemory;
    HEARTH_CUDA_TRY(uploader->open());
    out = std::move(uploader);
    return Status::Ok;
}

} // namespace hearth::kernels::cuda
