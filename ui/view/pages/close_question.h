#pragma once

#include <functional>

class QWidget;

namespace hearth::ui {

/// What would be cut short if the window closed now.
struct WorkInProgress {
    int replies = 0;
    int downloads = 0;
    int requests = 0; ///< Of other programs.

    [[nodiscard]] bool isAny() const { return replies > 0 || downloads > 0 || requests > 0; }
};

enum class CloseAnswer { Close, KeepInTray, Stay };

/// Asks inside the window what to do with the work, and returns at once. Nothing is lost with any
/// answer.
void askBeforeClosing(QWidget& window, const WorkInProgress& work, bool hasTray,
                      std::function<void(CloseAnswer)> answered);

} // namespace hearth::ui
