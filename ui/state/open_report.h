#pragma once

#include <QString>

namespace hearth::ui {

/// What became of the file when it was opened.
enum class OpenOutcome {
    Opened,
    Damaged,    ///< Set aside; what could be read was taken over.
    Newer,      ///< Written by a newer Hearth; set aside untouched.
    Unwritable, ///< Opened for reading only, or not at all: nothing can be saved.
};

struct OpenReport {
    OpenOutcome outcome = OpenOutcome::Opened;
    QString backup; ///< Where the file before is now, or empty.
    QString detail; ///< The database's own words, or empty.
    int salvagedMessages = 0;
};

} // namespace hearth::ui
