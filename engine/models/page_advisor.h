#pragma once

#include "base/bounded_queue.h"
#include "formats/checkpoint.h"
#include "models/weight_request.h"
#include "models/workspace_weights.h"

#include <optional>
#include <thread>

namespace hearth {

/// Says of a checkpoint's pages what is needed next and what no more, on a thread of its own: for
/// large tensors that takes nearly as long as copying them. Its end waits for what was asked.
class PageAdvisor {
public:
    explicit PageAdvisor(const Checkpoint& checkpoint) : m_checkpoint(checkpoint) {}
    ~PageAdvisor() { m_queue.close(); }
    PageAdvisor(const PageAdvisor&) = delete;
    PageAdvisor& operator=(const PageAdvisor&) = delete;

    /// Lets the disk read what is needed next while the backend is busy.
    void readAhead(const WeightRequest& request) {
        if (m_checkpoint.kind() == Checkpoint::Kind::Workspace)
            for (const TensorView& segment : segmentsOf(m_checkpoint.workspace(), request))
                m_queue.pushAlways({segment, PageAdvice::WillNeed});
        for (const TensorPart& part : request.parts)
            if (const std::optional<TensorView> tensor = m_checkpoint.find(part.name))
                m_queue.pushAlways({*tensor, PageAdvice::WillNeed});
    }
    void drop(const TensorView& tensor) { m_queue.pushAlways({tensor, PageAdvice::Drop}); }

private:
    struct Advice {
        TensorView tensor;
        PageAdvice advice;
    };

    const Checkpoint& m_checkpoint;
    BoundedQueue<Advice> m_queue{1024};
    std::jthread m_thread{[this] {
        while (const std::optional<Advice> next = m_queue.waitPop())
            m_checkpoint.advise(next->tensor, next->advice);
    }};
};

} // namespace hearth
