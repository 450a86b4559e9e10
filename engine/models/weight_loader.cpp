#include "models/weight_loader.h"

#include "models/page_advisor.h"
#include "models/workspace_weights.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace hearth {

namespace {

using namespace kernels;

/// The failure, with the checkpoint's path where it names none.
Failure atPath(const Checkpoint& checkpoint, Error error) {
    if (error.path.empty())
        error.path = checkpoint.path().string();
    return fail(std::move(error));
}

Failure backendFailure(const Checkpoint& checkpoint, const WeightRequest& request, Status status,
                       std::uint64_t bytes) {
    Error error;
    error.path = checkpoint.path().string();
    error.field = request.parts.front().name;
    switch (status) {
    case Status::OutOfMemory:
        error.code = ErrorCode::OutOfMemory;
        error.needed = bytes;
        break;
    case Status::Unsupported:
        error.code = ErrorCode::Unsupported;
        error.detail = "this device cannot multiply weights of this type";
        break;
    case Status::DeviceLost:
        error.code = ErrorCode::DeviceLost;
        break;
    default:
        error.code = ErrorCode::Internal;
        error.detail = "the backend refused the weight";
        break;
    }
    return fail(std::move(error));
}

/// One weight of the program on its way from the file to the backend.
struct Parcel {
    std::vector<std::unique_ptr<PartSource>> parts;
    std::unique_ptr<WorkspaceParcel> converted; ///< Of a workspace, instead.
    WeightSize size;                            ///< In the file.

    [[nodiscard]] std::vector<WeightSource> sources() const {
        if (converted)
            return converted->sources;
        std::vector<WeightSource> sources;
        for (const std::unique_ptr<PartSource>& part : parts)
            sources.push_back(part->source());
        return sources;
    }
};

/// The part's share of the tensor's bytes.
std::uint64_t bytesOf(const TensorView& tensor, const TensorPart& part) {
    const std::uint64_t all = static_cast<std::uint64_t>(part.rows * part.columns);
    const auto taken = static_cast<std::uint64_t>(part.takenNumbers());
    return static_cast<std::uint64_t>(double(tensor.bytes()) * double(taken) / double(all));
}

bool isConverted(const Checkpoint& checkpoint) {
    return checkpoint.kind() == Checkpoint::Kind::Workspace;
}

/// Bytes that the request takes in the file.
std::uint64_t fileBytes(const Checkpoint& checkpoint, const WeightRequest& request) {
    if (isConverted(checkpoint))
        return workspaceBytes(checkpoint.workspace(), request, {});
    std::uint64_t bytes = 0;
    for (const TensorPart& part : request.parts)
        if (const std::optional<TensorView> tensor = checkpoint.find(part.name))
            bytes += bytesOf(*tensor, part);
    return bytes;
}

Result<Parcel> gatherConverted(const Workspace& workspace, const WeightRequest& request) {
    Parcel parcel;
    HEARTH_TRY_ASSIGN(WorkspaceParcel from, gatherFromWorkspace(workspace, request));
    parcel.size.bytes = from.bytes;
    parcel.size.parameters = from.parameters;
    parcel.converted = std::make_unique<WorkspaceParcel>(std::move(from));
    return Result<Parcel>(std::move(parcel));
}

NumberCheck checkOf(const TensorView& tensor, const WeightRequest& request,
                    const Backend& backend) {
    return request.shape == WeightShape::Matrix && backend.looksForNonFinite(tensor.type)
               ? NumberCheck::Backend
               : NumberCheck::Reader;
}

Result<Parcel> gather(const Checkpoint& checkpoint, const WeightRequest& request,
                      const Backend& backend) {
    if (isConverted(checkpoint))
        return gatherConverted(checkpoint.workspace(), request);
    Parcel parcel;
    for (const TensorPart& part : request.parts) {
        HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor(part.name));
        auto read =
            PartSource::read(tensor, part, request.shape, checkOf(tensor, request, backend));
        if (!read)
            return atPath(checkpoint, std::move(read).error());
        parcel.parts.push_back(*std::move(read));
        parcel.size.bytes += bytesOf(tensor, part);
        parcel.size.parameters += static_cast<std::uint64_t>(part.takenNumbers());
    }
    return Result<Parcel>(std::move(parcel));
}

/// Gathers weights ahead of the backend, on a thread of its own: one more than is being packed, or
/// several small ones (experts), so that the threads seldom wait for each other.
class ParcelQueue {
public:
    ParcelQueue(const Checkpoint& checkpoint, const std::vector<WeightRequest>& requests,
                const Backend& backend)
        : m_checkpoint(checkpoint)
        , m_requests(requests)
        , m_backend(backend)
        , m_pages(checkpoint, requests)
        , m_thread([this](const std::stop_token& stop) { gatherAll(stop); }) {}

    /// The next weight; as often as there are requests, none behind a failure.
    Result<Parcel> take() {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_ready.empty() || m_thrown; });
        if (m_ready.empty())
            std::rethrow_exception(m_thrown);
        Result<Parcel> parcel = std::move(m_ready.front());
        m_ready.pop_front();
        m_readyBytes -= sizeOf(parcel);
        m_changed.notify_one();
        return parcel;
    }
    PageAdvisor& pages() { return m_pages; }

private:
    static constexpr std::uint64_t kReadyBytes = 8 << 20;
    static constexpr std::uint64_t kReadAheadBytes = 512 << 20;

    static std::uint64_t sizeOf(const Result<Parcel>& parcel) {
        return parcel ? parcel->size.bytes : 0;
    }
    /// Keeps the disk busy while weights are packed.
    void readAhead() {
        while (m_asked < m_requests.size() && m_askedBytes < m_gatheredBytes + kReadAheadBytes) {
            m_pages.readAhead(m_requests[m_asked]);
            m_askedBytes += fileBytes(m_checkpoint, m_requests[m_asked]);
            ++m_asked;
        }
    }
    void gatherAll(const std::stop_token& stop) {
        try {
            for (std::size_t i = 0; i < m_requests.size(); ++i) {
                m_gatheredBytes += fileBytes(m_checkpoint, m_requests[i]);
                readAhead();
                Result<Parcel> parcel = gather(m_checkpoint, m_requests[i], m_backend);
                const bool last = !parcel;
                if (!put(std::move(parcel), stop) || last)
                    return;
            }
        } catch (...) {
            const std::lock_guard lock(m_mutex);
            m_thrown = std::current_exception();
            m_changed.notify_one();
        }
    }
    /// Waits until there is room for the next; false if nobody will take any more.
    bool put(Result<Parcel> parcel, const std::stop_token& stop) {
        std::unique_lock lock(m_mutex);
        m_readyBytes += sizeOf(parcel);
        m_ready.push_back(std::move(parcel));
        m_changed.notify_one();
        return m_changed.wait(lock, stop, [this] {
            return m_ready.empty() || m_readyBytes < kReadyBytes;
        });
    }

    const Checkpoint& m_checkpoint;
    const std::vector<WeightRequest>& m_requests;
    const Backend& m_backend;
    PageAdvisor m_pages;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Result<Parcel>> m_ready;
    std::uint64_t m_readyBytes = 0; ///< Of the weights in m_ready, in the file.
    std::exception_ptr m_thrown;
    // Of the gathering thread: requests whose pages were asked for, bytes in the file.
    std::size_t m_asked = 0;
    std::uint64_t m_askedBytes = 0;
    std::uint64_t m_gatheredBytes = 0;
    std::jthread m_thread; ///< Last: its end stops it first.
};

/// Keeps what a packed weight refers to. Pages of the file that were unpacked are needed no more.
void keepOwned(Parcel& parcel, LoadedWeights& loaded) {
    for (std::unique_ptr<PartSource>& part : parcel.parts)
        if (part->ownsNumbers())
            loaded.buffers.push_back(std::move(part));
    if (parcel.converted)
        loaded.gathered.push_back(std::move(parcel.converted));
}

/// Bytes of a part on a device that computes in `compute`.
std::uint64_t bytesOn(DType compute, const TensorView& tensor, const TensorPart& part,
                      WeightShape shape) {
    const auto taken = static_cast<std::uint64_t>(part.rowCount * part.columnCount);
    if (shape == WeightShape::Vector)
        return taken * blockSize(DType::F32).bytes;
    const bool plain =
        tensor.type == DType::F32 || tensor.type == DType::F16 || tensor.type == DType::BF16;
    return plain ? taken * blockSize(compute).bytes : bytesOf(tensor, part);
}

/// Names the number that the backend has found.
Failure findNonFinite(const Checkpoint& checkpoint, const std::vector<WeightRequest>& requests,
                      const Backend& backend) {
    for (const WeightRequest& request : requests)
        for (const TensorPart& part : request.parts) {
            HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor(part.name));
            if (checkOf(tensor, request, backend) == NumberCheck::Reader)
                continue;
            if (auto read = PartSource::read(tensor, part, request.shape); !read)
                return atPath(checkpoint, std::move(read).error());
        }
    return atPath(checkpoint, fail(ErrorCode::Corrupt, "holds NaN or infinity").error);
}

} // namespace

Result<void> checkWeights(const Checkpoint& checkpoint,
                          const std::vector<WeightRequest>& requests) {
    for (const WeightRequest& request : requests) {
        if (isConverted(checkpoint)) {
            HEARTH_TRY(checkWorkspaceRequest(checkpoint.workspace(), request));
            continue;
        }
        for (const TensorPart& part : request.parts) {
            HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor(part.name));
            if (Result<void> checked = checkPart(tensor, part, request.shape); !checked)
                return atPath(checkpoint, std::move(checked).error());
        }
    }
    return {};
}

std::uint64_t weightBytes(const Checkpoint& checkpoint,
                          const std::vector<WeightRequest>& requests) {
    std::uint64_t bytes = 0;
    for (const WeightRequest& request : requests)
        bytes += fileBytes(checkpoint, request);
    return bytes;
}

std::uint64_t weightBytesOn(DType compute, const Checkpoint& checkpoint,
                            const std::vector<WeightRequest>& requests) {
    std::uint64_t bytes = 0;
    for (const WeightRequest& request : requests) {
        if (isConverted(checkpoint)) {
            bytes += workspaceBytes(checkpoint.workspace(), request, compute);
            continue;
        }
        for (const TensorPart& part : request.parts)
            if (const std::optional<TensorView> tensor = checkpoint.find(part.name))
                bytes += bytesOn(compute, *tensor, part, request.shape);
    }
    return bytes;
}

Result<LoadedWeights> loadWeights(const Checkpoint& checkpoint,
                                  const std::vector<WeightRequest>& requests, Backend& backend,
                                  const LoadObserver& observer, const std::stop_token& stop) {
    HEARTH_TRY(checkWeights(checkpoint, requests));
    LoadProgress progress{LoadPhase::Weights, 0, weightBytes(checkpoint, requests)};
    LoadedWeights loaded;
    ParcelQueue parcels(checkpoint, requests, backend);
    for (const WeightRequest& request : requests) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled);
        HEARTH_TRY_ASSIGN(Parcel parcel, parcels.take());
        std::unique_ptr<PackedWeight> packed;
        const Status status = request.shape == WeightShape::Matrix
                                  ? backend.packMatrix(parcel.sources(), packed)
                                  : backend.packVector(parcel.sources(), packed);
        if (status != Status::Ok)
            return backendFailure(checkpoint, request, status, parcel.size.bytes);
        WeightSize size = parcel.size;
        if (packed->refersToSource()) {
            keepOwned(parcel, loaded);
        } else {
            size.bytes = packed->ownedBytes();
            parcels.pages().drop(request);
        }
        loaded.bytes += size.bytes;
        loaded.parameters += size.parameters;
        loaded.sizes.push_back(size);
        loaded.weights.push_back(std::move(packed));
        progress.doneBytes += parcel.size.bytes;
        if (observer)
            observer(progress);
    }
    bool nonFinite = false;
    if (const Status status = backend.foundNonFinite(nonFinite); status != Status::Ok)
        return backendFailure(checkpoint, requests.back(), status, 0);
    if (checkpoint.wasTruncated()) {
        Error error;
        error.code = ErrorCode::Corrupt;
        error.path = checkpoint.path().string();
        error.detail = "the file was cut off while it was read";
        return fail(std::move(error));
    }
    // A workspace's numbers were checked when they were converted.
    if (nonFinite && !isConverted(checkpoint))
        return findNonFinite(checkpoint, requests, backend);
    return loaded;
}

} // namespace hearth
