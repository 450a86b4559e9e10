#include "models/page_advisor.h"

#include "models/workspace_weights.h"

#include <optional>

namespace hearth {

std::span<const std::byte> bytesOfPart(const TensorView& tensor, const TensorPart& part) {
    const bool transposed = part.transform == TensorTransform::Transposed;
    // Rows as they lie in the file.
    const std::int64_t rows = transposed ? part.columns : part.rows;
    const std::int64_t first = transposed ? part.firstColumn : part.firstRow;
    const std::int64_t count =
        transposed ? part.columnCount : (part.rowCount - 1) * part.rowStep + 1;
    if (rows < 1 || first < 0 || count < 1 || first > rows - count)
        return tensor.data;
    const std::size_t rowBytes = tensor.data.size() / static_cast<std::size_t>(rows);
    return tensor.data.subspan(static_cast<std::size_t>(first) * rowBytes,
                               static_cast<std::size_t>(count) * rowBytes);
}

PageAdvisor::PageAdvisor(const Checkpoint& checkpoint, const std::vector<WeightRequest>& requests)
    : m_checkpoint(checkpoint) {
    for (const WeightRequest& request : requests)
        for (const TensorPart& part : request.parts)
            ++m_uses[part.name].left;
    m_thread = std::jthread([this] {
        while (const std::optional<Advice> next = m_queue.waitPop())
            m_checkpoint.advise(next->tensor, next->advice);
    });
}

void PageAdvisor::pushRows(TensorView tensor, const TensorPart& part, PageAdvice advice) {
    tensor.data = bytesOfPart(tensor, part);
    push(tensor, advice);
}

void PageAdvisor::adviseSegments(const WeightRequest& request, PageAdvice advice) {
    for (const TensorView& segment : segmentsOf(m_checkpoint.workspace(), request))
        push(segment, advice);
}

void PageAdvisor::readAhead(const WeightRequest& request) {
    if (m_checkpoint.kind() == Checkpoint::Kind::Workspace)
        return adviseSegments(request, PageAdvice::WillNeed);
    for (const TensorPart& part : request.parts) {
        const std::optional<TensorView> tensor = m_checkpoint.find(part.name);
        if (!tensor || tensor->seed)
            continue;
        const bool isFirst = m_uses.at(part.name).asked++ == 0;
        if (!tensor->stored)
            pushRows(*tensor, part, PageAdvice::WillNeed);
        else if (isFirst)
            push(*tensor, PageAdvice::WillNeed);
    }
}

void PageAdvisor::drop(const WeightRequest& request) {
    if (m_checkpoint.kind() == Checkpoint::Kind::Workspace)
        return adviseSegments(request, PageAdvice::Drop);
    for (const TensorPart& part : request.parts) {
        const std::optional<TensorView> tensor = m_checkpoint.find(part.name);
        if (!tensor || tensor->seed)
            continue;
        // Pages that hold two parts go with the last of them.
        if (--m_uses.at(part.name).left == 0)
            push(*tensor, PageAdvice::Drop);
        else if (!tensor->stored)
            pushRows(*tensor, part, PageAdvice::Drop);
    }
}

} // namespace hearth
