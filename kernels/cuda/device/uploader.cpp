#include "cuda/device/uploader.h"

#include "cuda/device/memory.h"

#include <algorithm>
#include <array>
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

constexpr std::size_t kSlots = 16;
constexpr std::size_t kSlotBytes = std::size_t{4} << 20;
constexpr std::size_t kLeastSlotBytes = std::size_t{64} << 10;
constexpr unsigned kMaxThreads = 12;

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

/// Piece i of a job goes through slot (firstSlot + i) % kSlots.
struct Job {
    const Uploader::Source& source;
    std::size_t firstSlot = 0;
    std::size_t rowsPerPiece = 0;
    std::size_t pieces = 0;
    std::size_t next = 0;                     ///< The next piece to be filled.
    std::size_t issued = 0;                   ///< Pieces handed to the device.
    std::array<std::size_t, kSlots> filled{}; ///< 1 + the piece that a slot holds.
    std::size_t filling = 0;                  ///< Threads at work on a piece.

    [[nodiscard]] std::size_t slotOf(std::size_t piece) const {
        return (firstSlot + piece) % kSlots;
    }
    [[nodiscard]] std::size_t rowsOf(std::size_t piece) const {
        return std::min(rowsPerPiece, source.rows - piece * rowsPerPiece);
    }
};

class RingUploader final : public Uploader {
public:
    ~RingUploader() override {
        {
            const std::scoped_lock lock(m_mutex);
            m_stopped = true;
        }
        m_changed.notify_all();
        m_threads.clear();
        if (m_stream)
            static_cast<void>(cudaStreamSynchronize(m_stream));
        for (const Slot& slot : m_slots)
            if (slot.emptied)
                static_cast<void>(cudaEventDestroy(slot.emptied));
        if (m_stream)
            static_cast<void>(cudaStreamDestroy(m_stream));
    }

    Status open() {
        HEARTH_CUDA_TRY(toStatus(cudaGetDevice(&m_device)));
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
                                                     rows * source.rowBytes, cudaMemcpyHostToDevice,
                                                     m_stream)));
            return consumer(slot.device.data(), firstRow, rows, m_stream);
        };
        return transfer(source, true, issue);
    }

    Status finish() override {
        const std::scoped_lock turn(m_turn);
        HEARTH_CUDA_TRY(toStatus(cudaStreamSynchronize(m_stream)));
        for (Slot& slot : m_slots) {
            slot.host = {};
            slot.device = {};
        }
        m_slabs.close();
        return Status::Ok;
    }
    [[nodiscard]] Slabs& slabs() override { return m_slabs; }
    [[nodiscard]] NumberCheck& numbers() override { return m_numbers; }

    [[nodiscard]] cudaStream_t stream() const override { return m_stream; }

private:
    using Issue = std::function<Status(const Slot&, std::size_t firstRow, std::size_t rows)>;

    Status transfer(const Source& source, bool onDevice, const Issue& issue) {
        if (source.rows == 0 || source.rowBytes == 0)
            return Status::Ok;
        const std::scoped_lock turn(m_turn);
        const std::size_t slotBytes = std::max(kSlotBytes, source.rowBytes);
        Job job{source, m_nextSlot, slotBytes / source.rowBytes};
        job.pieces = (source.rows + job.rowsPerPiece - 1) / job.rowsPerPiece;
        m_nextSlot = job.slotOf(job.pieces);
        HEARTH_CUDA_TRY(reserve(job, onDevice));
        if (job.pieces == 1) {
            Slot& slot = m_slots[job.slotOf(0)];
            HEARTH_CUDA_TRY(toStatus(cudaEventSynchronize(slot.emptied)));
            fill(job, 0);
            HEARTH_CUDA_TRY(issue(slot, 0, source.rows));
            return toStatus(cudaEventRecord(slot.emptied, m_stream));
        }
        return run(job, issue);
    }

    /// Memory for the slots that the job uses: little for little jobs.
    Status reserve(const Job& job, bool onDevice) {
        const std::size_t bytes = job.rowsOf(0) * job.source.rowBytes;
        for (std::size_t piece = 0; piece < std::min(job.pieces, kSlots); ++piece) {
            Slot& slot = m_slots[job.slotOf(piece)];
            if (slot.host.size() >= bytes && (!onDevice || slot.device.size() >= bytes))
                continue;
            HEARTH_CUDA_TRY(toStatus(cudaEventSynchronize(slot.emptied)));
            const std::size_t wanted =
                std::max(bytes, job.pieces == 1 ? kLeastSlotBytes : kSlotBytes);
            if (slot.host.size() < bytes)
                HEARTH_CUDA_TRY(slot.host.allocate(wanted));
            // Freeing device memory waits for what still reads it.
            if (onDevice && slot.device.size() < bytes)
                HEARTH_CUDA_TRY(slot.device.allocate(wanted));
        }
        return Status::Ok;
    }

    void fill(const Job& job, std::size_t piece) {
        const Source& source = job.source;
        const std::size_t first = piece * job.rowsPerPiece;
        const std::size_t rows = job.rowsOf(piece);
        const std::byte* const from = source.data + first * source.rowPitch;
        std::byte* const to = m_slots[job.slotOf(piece)].host.data();
        populate(from, (rows - 1) * source.rowPitch + source.rowBytes);
        if (source.rowPitch == source.rowBytes) {
            std::memcpy(to, from, rows * source.rowBytes);
            return;
        }
        for (std::size_t row = 0; row < rows; ++row)
            std::memcpy(to + row * source.rowBytes, from + row * source.rowPitch, source.rowBytes);
    }

    /// Issues the pieces in order while the threads fill them.
    Status run(Job& job, const Issue& issue) {
        std::unique_lock lock(m_mutex);
        if (m_threads.empty())
            startThreads();
        m_job = &job;
        m_changed.notify_all();
        Status status = Status::Ok;
        for (std::size_t piece = 0; piece < job.pieces && status == Status::Ok; ++piece) {
            const std::size_t slot = job.slotOf(piece);
            m_changed.wait(lock, [&] { return job.filled[slot] == piece + 1; });
            lock.unlock();
            status = issue(m_slots[slot], piece * job.rowsPerPiece, job.rowsOf(piece));
            if (status == Status::Ok)
                status = toStatus(cudaEventRecord(m_slots[slot].emptied, m_stream));
            lock.lock();
            ++job.issued;
            m_changed.notify_all();
        }
        m_job = nullptr;
        m_changed.wait(lock, [&] { return job.filling == 0; });
        return status;
    }

    void startThreads() {
        const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
        for (unsigned i = 0; i < count; ++i)
            m_threads.emplace_back([this] { fillPieces(); });
    }

    /// A thread's life: takes the next piece of the job at hand whose slot the job has given away.
    void fillPieces() {
        // An error shows in the calls of the thread that issues.
        static_cast<void>(cudaSetDevice(m_device));
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_changed.wait(lock, [this] {
                return m_stopped || (m_job && m_job->next < m_job->pieces &&
                                     m_job->next < m_job->issued + kSlots);
            });
            if (m_stopped)
                return;
            Job& job = *m_job;
            const std::size_t piece = job.next++;
            ++job.filling;
            lock.unlock();
            // An error here is one of the whole device, and the next call reports it.
            static_cast<void>(cudaEventSynchronize(m_slots[job.slotOf(piece)].emptied));
            fill(job, piece);
            lock.lock();
            job.filled[job.slotOf(piece)] = piece + 1;
            --job.filling;
            m_changed.notify_all();
        }
    }

    int m_device = 0;  ///< Set in open(), for the threads.
    std::mutex m_turn; ///< Held for the length of a transfer.
    cudaStream_t m_stream = nullptr;
    std::array<Slot, kSlots> m_slots;
    std::size_t m_nextSlot = 0;
    Slabs m_slabs;
    NumberCheck m_numbers;

    std::mutex m_mutex; ///< Guards what follows, and the job.
    std::condition_variable m_changed;
    Job* m_job = nullptr;
    bool m_stopped = false;
    std::vector<std::jthread> m_threads;
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
