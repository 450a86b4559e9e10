#pragma once

#include <QScrollArea>

namespace hearth::ui {

/// Every component in every state, for `hearth-desktop --gallery` and for looking at a change.
class Gallery : public QScrollArea {
    Q_OBJECT

public:
    explicit Gallery(QWidget* parent = nullptr);

    /// The whole gallery at once, however long; for a picture of it.
    QSize contentSize() const;
};

} // namespace hearth::ui
