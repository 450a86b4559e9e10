#pragma once

#include "state/chat_records.h"

#include <QString>

#include <optional>

namespace hearth::ui {

/// What a program that restarts itself tells the next one, which waits for its end first.
struct ResumePoint {
    qint64 process = 0;     ///< Of the one that ends.
    qint64 restartedMs = 0; ///< As nowMilliseconds().
    RecordId chat = 0;
    RecordId message = 0; ///< At the top of the view; 0: the view was at the bottom.
    int block = -1;
    int offset = 0; ///< From there down to the top of the view, logical pixels.

    bool operator==(const ResumePoint&) const = default;

    [[nodiscard]] QString toText() const;
    [[nodiscard]] static std::optional<ResumePoint> fromText(const QString& text);
};

} // namespace hearth::ui
