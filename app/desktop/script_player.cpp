#include "script_player.h"

#include "keyboard.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/pages/composer.h"
#include "view/pages/main_window.h"
#include "view/pages/shortcuts.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDir>
#include <QJsonArray>
#include <QPainter>
#include <QPixmap>

#include <cstdio>

namespace hearth::desktop {

namespace {

constexpr int kLookMilliseconds = 30;
constexpr qint64 kLongestWaitMilliseconds = 120'000;
/// Fades and layouts end some frames after the last event.
constexpr int kCalmLooks = 8;

QList<QWidget*> surfacesOf(const QWidget& window) {
    QList<QWidget*> surfaces;
    for (QWidget* widget : QApplication::topLevelWidgets())
        if (widget->isVisible() && widget != &window)
            surfaces += widget;
    return surfaces;
}

/// The window with what stands over it: popovers, menus, tooltips.
QPixmap picture(QWidget& window) {
    QPixmap all = window.grab();
    QPainter painter(&all);
    for (QWidget* surface : surfacesOf(window)) {
        QPixmap part = surface->grab();
        painter.drawPixmap(surface->mapToGlobal(QPoint()) - window.mapToGlobal(QPoint()), part);
    }
    return all;
}

/// Texts carry & marks for the keyboard.
QString plain(QString text) {
    return text.remove(QLatin1Char('&'));
}

} // namespace

ScriptPlayer::ScriptPlayer(ui::Workspace& workspace, ui::MainWindow& window, Script script,
                           const QString& pictureFolder)
    : m_workspace(workspace)
    , m_window(window)
    , m_script(std::move(script))
    , m_folder(pictureFolder) {
    connect(&m_next, &QTimer::timeout, this, &ScriptPlayer::advance);
    m_next.start(kLookMilliseconds);
}

void ScriptPlayer::advance() {
    if (!m_waitsFor.isEmpty()) {
        if (!isOver(m_waitsFor))
            m_calmLooks = 0;
        const bool isCalm = isOver(m_waitsFor) && ++m_calmLooks > kCalmLooks;
        if (!isCalm && m_waited.elapsed() > kLongestWaitMilliseconds)
            return end(1, QStringLiteral("waited two minutes for \"%1\"").arg(m_waitsFor));
        if (!isCalm)
            return;
        m_waitsFor.clear();
    }
    if (m_step == m_script.steps.size())
        return end(0);
    const ScriptStep& step = m_script.steps.at(m_step++);
    m_next.setInterval(kLookMilliseconds);
    if (!take(step))
        end(1, QStringLiteral("nothing to do \"%1\" with").arg(step.verb));
}

bool ScriptPlayer::take(const ScriptStep& step) {
    const QString text = step.argument.toString();
    if (step.verb == QLatin1String("type"))
        return typeText(m_window, text);
    if (step.verb == QLatin1String("send"))
        return sendPrompt(text);
    if (step.verb == QLatin1String("keys"))
        return pressKeys(m_window, QKeySequence(text, QKeySequence::PortableText));
    if (step.verb == QLatin1String("click"))
        return click(text);
    if (step.verb == QLatin1String("screenshot"))
        return takePicture(text);
    if (step.verb == QLatin1String("wait")) {
        if (step.argument.isDouble()) {
            m_next.setInterval(step.argument.toInt());
            return true;
        }
        m_waitsFor = text;
        m_calmLooks = 0;
        m_waited.start();
        return QStringList{"model", "reply", "text", "settled"}.contains(text);
    }
    return choose(step);
}

bool ScriptPlayer::choose(const ScriptStep& step) {
    const QString text = step.argument.toString();
    ui::Settings::Values values = m_workspace.settings().values();
    ui::ChatSession& chat = m_workspace.chats().current();
    ui::ChatSettings settings = chat.record().settings;
    if (step.verb == QLatin1String("action")) {
        const auto action = ui::actionFromName(text);
        if (action)
            m_window.shortcuts().trigger(*action);
        return action.has_value();
    }
    if (step.verb == QLatin1String("page")) {
        for (int page = 0; page < ui::kPageCount; ++page)
            if (ui::pageName(static_cast<ui::Page>(page)) == text)
                m_window.showPage(static_cast<ui::Page>(page));
        return ui::pageName(m_window.page()) == text;
    }
    if (step.verb == QLatin1String("section")) {
        m_window.showSettings(text);
    } else if (step.verb == QLatin1String("theme")) {
        const QStringList names{"system", "light", "dark"};
        values.theme = static_cast<ui::ThemeChoice>(std::max<qsizetype>(0, names.indexOf(text)));
    } else if (step.verb == QLatin1String("language")) {
        values.language = text;
    } else if (step.verb == QLatin1String("size")) {
        m_window.resize(step.argument[0].toInt(), step.argument[1].toInt());
    } else if (step.verb == QLatin1String("temperature")) {
        settings.temperature = step.argument.toDouble();
    } else if (step.verb == QLatin1String("seed")) {
        settings.seed = step.argument.toInteger();
    }
    m_workspace.settings().set(values);
    chat.setSettings(settings);
    return true;
}

bool ScriptPlayer::sendPrompt(const QString& text) {
    m_window.showPage(ui::Page::Chat);
    auto* const composer = m_window.findChild<ui::Composer*>();
    composer->setText(text);
    composer->focusField();
    return pressKeys(m_window, QKeySequence(Qt::Key_Return));
}

bool ScriptPlayer::click(const QString& name) {
    QList<QWidget*> places = surfacesOf(m_window);
    places += &m_window;
    for (QWidget* place : places)
        for (QAbstractButton* button : place->findChildren<QAbstractButton*>())
            if (button->isVisible() && button->isEnabled() &&
                (button->accessibleName() == name || plain(button->text()) == name)) {
                button->setFocus(Qt::MouseFocusReason);
                button->click();
                return true;
            }
    return false;
}

bool ScriptPlayer::isOver(const QString& wait) const {
    const auto state = m_workspace.model().state();
    const bool isLoading =
        state == ui::ModelSession::State::Loading || state == ui::ModelSession::State::Looking;
    if (wait == QLatin1String("model"))
        return !isLoading;
    if (wait == QLatin1String("text"))
        return m_workspace.chats().current().progress().generated > 0;
    if (wait == QLatin1String("reply"))
        return !m_workspace.chats().current().isBusy();
    return m_window.isSettled();
}

bool ScriptPlayer::takePicture(const QString& name) {
    // A name, not a way out of the folder.
    if (name.isEmpty() || name.contains(QLatin1Char('/')))
        return false;
    QDir().mkpath(m_folder);
    return picture(m_window).save(QDir(m_folder).filePath(name + QStringLiteral(".png")), "PNG");
}

void ScriptPlayer::end(int status, const QString& sentence) {
    m_next.stop();
    if (!sentence.isEmpty())
        std::fprintf(stderr, "hearth-desktop: step %lld of the script: %s\n",
                     static_cast<long long>(m_step), qPrintable(sentence));
    emit finished(status);
}

} // namespace hearth::desktop
