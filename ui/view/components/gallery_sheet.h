#pragma once

#include "view/components/gallery.h"

#include <QVBoxLayout>

class QHBoxLayout;

namespace hearth::ui {

/// The gallery's one page: a captioned row for each component. Only for gallery*.cpp.
class GallerySheet : public QWidget {
public:
    explicit GallerySheet(QWidget* parent);

    QHBoxLayout* row(const QString& caption);

private:
    QVBoxLayout* m_column;
};

enum class Pose { Hovered, Pressed, Focused };

/// Draws a widget in a state that else needs a pointer or a keyboard.
void pose(QWidget* widget, Pose how);

void addButtonSamples(GallerySheet& sheet);
void addChoiceSamples(GallerySheet& sheet);
void addInputSamples(GallerySheet& sheet);
void addFactSamples(GallerySheet& sheet);
void addListSamples(GallerySheet& sheet);
void addNoticeSamples(GallerySheet& sheet);
void addOverlaySamples(GallerySheet& sheet);
void addTypeSamples(GallerySheet& sheet);

} // namespace hearth::ui
