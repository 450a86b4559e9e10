#pragma once

#include "view/components/section.h"

#include <QList>
#include <QString>

class QVBoxLayout;

namespace hearth::ui {

class Label;
class Workspace;

/// What the server can serve: the window's model and the library's, which are loaded when a
/// request names them and unloaded again when nobody has for a while.
class ServerModels : public Section {
    Q_OBJECT

public:
    explicit ServerModels(Workspace& workspace, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;

private:
    /// What a line shows; a line is made anew when it changes.
    struct Line {
        QString name;
        QString detail;
        QString state;      ///< Empty: not loaded.
        bool isOwn = false; ///< The window's.
        bool canUnload = false;

        bool operator==(const Line&) const = default;
    };

    void refresh();
    void retranslate();
    [[nodiscard]] QList<Line> lines() const;
    QWidget* makeLine(const Line& line);

    Workspace& m_workspace;
    Label* m_hint;
    QVBoxLayout* m_list;
    QList<Line> m_shown;
};

} // namespace hearth::ui
