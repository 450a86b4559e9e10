#pragma once

#include <QButtonGroup>
#include <QScrollArea>
#include <QWidget>

#include <functional>

namespace hearth::ui {

class Row;
class SettingsSection;
class Shortcuts;
class Workspace;

/// What can be chosen for the window and the engine: an index at the left, where there is room, and
/// the sections. Built when it is first shown, and anew when the language changes, with the place,
/// the focus and what is typed as they were.
class SettingsPage : public QWidget {
    Q_OBJECT

public:
    SettingsPage(Workspace& workspace, Shortcuts& shortcuts, QWidget* parent = nullptr);

    /// By its key: "appearance", "engine", "chats", "downloads", "shortcuts", "desktop", "data",
    /// "privacy". An unknown one changes nothing.
    void showSection(const QString& key);

signals:
    void undoOffered(const QString& text, const std::function<void()>& undo,
                     const std::function<void()>& expired);

protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void build();
    void rebuild();
    void makeSections(QWidget* page);
    void makeIndex();
    void scrollTo(const SettingsSection& section);
    void markSection();
    void fitIndex();

    Workspace& m_workspace;
    Shortcuts& m_shortcuts;
    QWidget* m_index;
    QScrollArea* m_scroll;
    QButtonGroup* m_group = nullptr;
    QList<SettingsSection*> m_sections;
    QList<Row*> m_rows; ///< One a section.
    int m_chosen = -1;  ///< The section that the person went to; -1 once they scroll.
};

} // namespace hearth::ui
