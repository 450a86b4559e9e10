#pragma once

#include "base/bounded_queue.h"
#include "formats/checkpoint.h"
#include "models/weight_request.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace hearth {

/// Says of a checkpoint's pages what is needed next and what no more, on a thread of its own: for
/// large tensors that takes nearly as long as copying them. Its end waits for what was asked.
/// A tensor of which many requests take some rows each (all experts of a layer) is read and given
/// back by those rows; one that lies in several parts from its first to its last request.
class PageAdvisor {
public:
    /// Both must outlive it.
    PageAdvisor(const Checkpoint& checkpoint, const std::vector<WeightRequest>& requests);
    ~PageAdvisor() { m_queue.close(); }
    PageAdvisor(const PageAdvisor&) = delete;
    PageAdvisor& operator=(const PageAdvisor&) = delete;

    // One thread may read ahead while another drops.

    /// Lets the disk read what is needed next while the backend is busy.
    void readAhead(const WeightRequest& request);
    /// The request has been served, and nothing refers to the file's numbers for it.
    void drop(const WeightRequest& request);

private:
    struct Advice {
        TensorView tensor;
        PageAdvice advice;
    };
    struct Use {
        std::size_t asked = 0; ///< Parts for which pages have been asked.
        std::size_t left = 0;  ///< Parts that are still to be served.
    };

    /// A workspace keeps each weight in segments of its own.
    void adviseSegments(const WeightRequest& request, PageAdvice advice);
    void push(const TensorView& tensor, PageAdvice advice) {
        m_queue.pushAlways({tensor, advice});
    }
    /// Only the rows that a part takes; of a tensor in one piece.
    void pushRows(TensorView tensor, const TensorPart& part, PageAdvice advice);

    const Checkpoint& m_checkpoint;
    std::unordered_map<std::string_view, Use> m_uses; ///< By tensor.
    BoundedQueue<Advice> m_queue{1024};
    std::jthread m_thread;
};

/// The bytes from the first to the last that a part takes of a tensor that lies in one piece.
[[nodiscard]] std::span<const std::byte> bytesOfPart(const TensorView& tensor,
                                                     const TensorPart& part);

} // namespace hearth
