#pragma once

#include "view/components/card.h"

#include <QList>
#include <QPointer>

namespace hearth::ui {

class Label;
class Settings;

/// A titled card of the settings page: lines of a name, what it means, and a control. The control
/// gets an object name, by which the page finds it again after it was built anew.
class SettingsSection : public Card {
    Q_OBJECT

public:
    /// `key`: as `showSection()` takes it.
    SettingsSection(const QString& key, const QString& title, QWidget* parent);

    [[nodiscard]] QString key() const { return m_key; }
    [[nodiscard]] QString title() const { return m_title; }

protected:
    struct Line {
        const char* key; ///< Unique within the section.
        QString name;
        QString hint = {}; ///< What it does, or costs, in a sentence; empty: none.
    };
    /// Name and hint at the left, the control at the right. Gives the hint's label.
    Label* addLine(const Line& line, QWidget* control);
    /// The control over the whole width, with its own name, the hint below.
    Label* addWide(const Line& line, QWidget* control);
    Label* addText(const QString& text);
    void addHeading(const QString& text);
    /// Keeps `name` as the place of the focus while the page is built anew.
    void mark(QWidget* control, const QString& name);

private:
    const QString m_key;
    const QString m_title;
};

} // namespace hearth::ui
