#pragma once

#include <QString>

#include <functional>

class QWidget;

namespace hearth::ui {

struct NameQuestion {
    QString title;
    QString label;
    QString action; ///< On the button.
    QString name;   ///< At first; may be empty.
};

/// Asks for the name of something of the person's and returns at once. `named` gets one that is not
/// blank, on one line; it is not called if the question is cancelled.
void askForName(QWidget* context, const NameQuestion& question,
                std::function<void(const QString&)> named);

} // namespace hearth::ui
