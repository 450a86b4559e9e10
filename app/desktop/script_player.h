#pragma once

#include "script.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace hearth::ui {
class MainWindow;
class Workspace;
} // namespace hearth::ui

namespace hearth::desktop {

/// Takes the steps of a script in a window, as a person would with the keyboard and the mouse.
/// Ends with 0, or with 1 and a sentence at the first step that can't be taken or whose wait takes
/// more than two minutes.
class ScriptPlayer : public QObject {
    Q_OBJECT

public:
    ScriptPlayer(ui::Workspace& workspace, ui::MainWindow& window, Script script,
                 const QString& pictureFolder);

signals:
    void finished(int status);

private:
    void advance();
    /// False: nothing like it is there.
    [[nodiscard]] bool take(const ScriptStep& step);
    [[nodiscard]] bool isOver(const QString& wait) const;
    [[nodiscard]] bool sendPrompt(const QString& text);
    [[nodiscard]] bool click(const QString& name);
    [[nodiscard]] bool choose(const ScriptStep& step);
    [[nodiscard]] bool takePicture(const QString& name);
    void end(int status, const QString& sentence = {});

    ui::Workspace& m_workspace;
    ui::MainWindow& m_window;
    const Script m_script;
    const QString m_folder;
    QTimer m_next;
    QElapsedTimer m_waited;
    qsizetype m_step = 0;
    QString m_waitsFor; ///< Empty: for nothing.
    int m_calmLooks = 0;
};

} // namespace hearth::desktop
