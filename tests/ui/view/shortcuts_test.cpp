#include "view/pages/shortcuts.h"

#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/label.h"
#include "view/pages/chat_list_panel.h"
#include "view/pages/rail.h"
#include "view/pages/settings/key_recorder.h"
#include "view/pages/settings_page.h"
#include "view/theme/theme.h"

#include "ui/view/window_fixture.h"

#include <QApplication>
#include <QHelpEvent>
#include <QLineEdit>
#include <QSet>
#include <QSignalSpy>
#include <QToolTip>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

/// The table of actions, its keys in a window, and how they are bound anew.
class ShortcutsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() {
        m_fixture = std::make_unique<WindowFixture>();
        m_fixture->openReady();
    }
    void cleanup() { m_fixture->close(); }

    void namesAndDefaultKeysAreUnique();
    void everyActionHasItsKeysInTheWindow();
    void keysWorkWhileWriting();
    void newKeysTakeThePlaceOfOldOnes();
    void keysOfAnotherAreNamedAndSwapped();
    void keysForWritingAreRefused_data();
    void keysForWritingAreRefused();
    void escapeKeepsAndBackspaceRemoves();
    void resetOneAndAll();
    void keysSurviveARestart();
    void strangeSettingsDoNoHarm();
    void helpListsWhatIsBoundNow();
    void tooltipsFollowTheBinding();
    void escapeClosesTheInnermostFirst();

private:
    [[nodiscard]] MainWindow& window() const { return *m_fixture->window; }
    [[nodiscard]] Shortcuts& shortcuts() const { return window().shortcuts(); }
    void press(QKeyCombination keys) const {
        QWidget* const focus = QApplication::focusWidget();
        QTest::keyClick(focus != nullptr ? focus : &window(), keys.key(), keys.keyboardModifiers());
    }
    QAbstractButton* recorder(const QString& action) const {
        window().showSettings(QStringLiteral("shortcuts"));
        auto* const found =
            m_fixture->child<QAbstractButton>(QStringLiteral("shortcuts/") + action);
        QTest::mouseClick(found, Qt::LeftButton);
        return found;
    }

    std::unique_ptr<WindowFixture> m_fixture;
};

void ShortcutsTest::namesAndDefaultKeysAreUnique() {
    QSet<QString> names;
    QSet<QString> keys;
    for (int i = 0; i < kActionCount; ++i) {
        const auto action = static_cast<Action>(i);
        QCOMPARE(actionFromName(actionName(action)), action);
        QVERIFY(!names.contains(actionName(action)));
        names.insert(actionName(action));
        QVERIFY(!actionText(action).isEmpty());
        QVERIFY(!defaultKeys(action).isEmpty());
        for (const QKeySequence& sequence : defaultKeys(action)) {
            QVERIFY(!sequence.isEmpty());
            QVERIFY2(!keys.contains(sequence.toString()), qPrintable(sequence.toString()));
            keys.insert(sequence.toString());
            QCOMPARE(shortcuts().refusal(action, sequence), Shortcuts::Refusal::None);
        }
    }
    QVERIFY(!actionFromName(QStringLiteral("nothing")));
}

void ShortcutsTest::everyActionHasItsKeysInTheWindow() {
    QVERIFY(m_fixture->child<ChatListPanel>()->isVisible());
    press(Qt::CTRL | Qt::Key_B);
    QVERIFY(!m_fixture->child<ChatListPanel>()->isVisible());
    press(Qt::CTRL | Qt::Key_K);
    QVERIFY(m_fixture->child<ChatListPanel>()->isVisible());
    QVERIFY(m_fixture->child<ChatListPanel>()->findChild<QLineEdit*>()->hasFocus());
    press(Qt::CTRL | Qt::Key_Comma);
    QCOMPARE(window().page(), Page::Settings);
    press(Qt::CTRL | Qt::Key_2);
    QCOMPARE(window().page(), Page::Models);
    press(Qt::CTRL | Qt::Key_3);
    QCOMPARE(window().page(), Page::Server);
    press(Qt::CTRL | Qt::Key_4);
    QCOMPARE(window().page(), Page::Settings);
    press(Qt::CTRL | Qt::Key_1);
    QCOMPARE(window().page(), Page::Chat);
    press(Qt::CTRL | Qt::Key_Plus);
    press(Qt::CTRL | Qt::Key_Equal);
    QCOMPARE(m_fixture->values().textScale, 1.1);
    press(Qt::CTRL | Qt::Key_Minus);
    QCOMPARE(m_fixture->values().textScale, 1.05);
    press(Qt::CTRL | Qt::Key_0);
    QCOMPARE(m_fixture->values().textScale, 1.0);
}

void ShortcutsTest::keysWorkWhileWriting() {
    m_fixture->send(QStringLiteral("first"));
    QTRY_VERIFY(!m_fixture->chat().isBusy());
    const RecordId first = m_fixture->chat().record().id;
    press(Qt::CTRL | Qt::Key_N);
    m_fixture->send(QStringLiteral("second"));
    QTRY_VERIFY(!m_fixture->chat().isBusy());
    QVERIFY(m_fixture->field()->hasFocus());
    press(Qt::CTRL | Qt::Key_PageDown);
    QCOMPARE(m_fixture->chat().record().id, first);
    press(Qt::CTRL | Qt::Key_PageUp);
    QVERIFY(m_fixture->chat().record().id != first);
    press(Qt::CTRL | Qt::Key_Tab);
    QCOMPARE(m_fixture->chat().record().id, first);
    QTest::keyClick(m_fixture->field(), Qt::Key_Backtab, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(m_fixture->chat().record().id != first);
    QTRY_COMPARE(m_fixture->chat().count(), 2);
    press(Qt::CTRL | Qt::Key_R);
    QTRY_COMPARE(m_fixture->chat().version(1), std::pair(2, 2));
}

void ShortcutsTest::newKeysTakeThePlaceOfOldOnes() {
    recorder(QStringLiteral("toggle-sidebar"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Control, Qt::ControlModifier);
    press(Qt::CTRL | Qt::SHIFT | Qt::Key_L);
    QCOMPARE(shortcuts().keyText(Action::ToggleSidebar), QStringLiteral("Ctrl+Shift+L"));
    QCOMPARE(m_fixture->values().shortcuts.value(QStringLiteral("toggle-sidebar")),
             QStringLiteral("Ctrl+Shift+L"));
    window().showPage(Page::Chat);
    press(Qt::CTRL | Qt::Key_B);
    QVERIFY(m_fixture->child<ChatListPanel>()->isVisible());
    press(Qt::CTRL | Qt::SHIFT | Qt::Key_L);
    QVERIFY(!m_fixture->child<ChatListPanel>()->isVisible());
}

void ShortcutsTest::keysOfAnotherAreNamedAndSwapped() {
    recorder(QStringLiteral("toggle-sidebar"));
    press(Qt::CTRL | Qt::Key_N);
    // Refused, and nothing was done with them meanwhile.
    QCOMPARE(window().page(), Page::Settings);
    QCOMPARE(shortcuts().keyText(Action::ToggleSidebar), QStringLiteral("Ctrl+B"));
    QString sentence;
    for (const Label* label : m_fixture->child<SettingsPage>()->findChildren<Label*>())
        if (label->isVisible() && label->text().contains(QStringLiteral("belongs to")))
            sentence = label->text();
    QCOMPARE(sentence, QStringLiteral("Ctrl+N belongs to “New chat”."));
    QAbstractButton* const swap = m_fixture->button(QStringLiteral("Swap"));
    QVERIFY(swap != nullptr);
    QTest::mouseClick(swap, Qt::LeftButton);
    QCOMPARE(shortcuts().keyText(Action::ToggleSidebar), QStringLiteral("Ctrl+N"));
    QCOMPARE(shortcuts().keyText(Action::NewChat), QStringLiteral("Ctrl+B"));
    QVERIFY(m_fixture->button(QStringLiteral("Swap")) == nullptr);
}

void ShortcutsTest::keysForWritingAreRefused_data() {
    QTest::addColumn<QKeySequence>("keys");
    QTest::addColumn<int>("refusal");
    const auto row = [](const char* keys, Shortcuts::Refusal refusal) {
        QTest::newRow(keys) << QKeySequence(QString::fromLatin1(keys)) << static_cast<int>(refusal);
    };
    row("A", Shortcuts::Refusal::Writing);
    row("Shift+A", Shortcuts::Refusal::Writing);
    row("Ctrl+C", Shortcuts::Refusal::Writing);
    row("Ctrl+Shift+Z", Shortcuts::Refusal::Writing);
    row("Left", Shortcuts::Refusal::Writing);
    row("Esc", Shortcuts::Refusal::Reserved);
    row("Ctrl+Return", Shortcuts::Refusal::Reserved);
    row("Enter", Shortcuts::Refusal::Reserved);
    row("Tab", Shortcuts::Refusal::Reserved);
    row("Ctrl+K", Shortcuts::Refusal::Taken);
    row("F5", Shortcuts::Refusal::None);
    row("Alt+N", Shortcuts::Refusal::None);
}

void ShortcutsTest::keysForWritingAreRefused() {
    QFETCH(QKeySequence, keys);
    QFETCH(int, refusal);
    QCOMPARE(static_cast<int>(shortcuts().refusal(Action::NewChat, keys)), refusal);
    const bool isBound = shortcuts().rebind(Action::NewChat, keys);
    QCOMPARE(isBound, refusal == static_cast<int>(Shortcuts::Refusal::None));
    QCOMPARE(shortcuts().keys(Action::NewChat).first(),
             isBound ? keys : QKeySequence(QStringLiteral("Ctrl+N")));
}

void ShortcutsTest::escapeKeepsAndBackspaceRemoves() {
    QAbstractButton* const button = recorder(QStringLiteral("quit"));
    QCOMPARE(button->text(), QStringLiteral("Press keys…"));
    press(Qt::Key_Escape);
    QCOMPARE(button->text(), QStringLiteral("Ctrl+Q"));
    QCOMPARE(window().page(), Page::Settings);
    QTest::mouseClick(button, Qt::LeftButton);
    press(Qt::Key_Backspace);
    QCOMPARE(button->text(), QStringLiteral("None"));
    QVERIFY(shortcuts().keys(Action::Quit).isEmpty());
    press(Qt::CTRL | Qt::Key_Q);
    QVERIFY(window().isVisible());
}

void ShortcutsTest::resetOneAndAll() {
    QVERIFY(shortcuts().rebind(Action::Help, QKeySequence(Qt::Key_F2)));
    QVERIFY(shortcuts().rebind(Action::NewChat, QKeySequence(Qt::CTRL | Qt::Key_Slash)));
    shortcuts().reset(Action::Help);
    // One of its defaults is another's now.
    QCOMPARE(shortcuts().keys(Action::Help), QList<QKeySequence>{QKeySequence(Qt::Key_F1)});
    shortcuts().reset(Action::NewChat);
    QCOMPARE(shortcuts().keyText(Action::NewChat), QStringLiteral("Ctrl+N"));
    window().showSettings(QStringLiteral("shortcuts"));
    auto* const all = m_fixture->child<QAbstractButton>(QStringLiteral("shortcuts/reset_all"));
    QVERIFY(all->isEnabled());
    QTest::mouseClick(all, Qt::LeftButton);
    QVERIFY(!all->isEnabled());
    for (int action = 0; action < kActionCount; ++action)
        QVERIFY(!shortcuts().isChanged(static_cast<Action>(action)));
}

void ShortcutsTest::keysSurviveARestart() {
    QVERIFY(shortcuts().rebind(Action::FindInChat, QKeySequence(Qt::CTRL | Qt::Key_G)));
    const auto kept = m_fixture->values().shortcuts;
    Settings settings(m_fixture->directory.filePath(QStringLiteral("other")));
    Settings::Values values;
    values.shortcuts = kept;
    settings.set(values);
    QWidget other;
    const Shortcuts again(settings, other);
    QCOMPARE(again.keyText(Action::FindInChat), QStringLiteral("Ctrl+G"));
    QCOMPARE(again.keyText(Action::NewChat), QStringLiteral("Ctrl+N"));
}

void ShortcutsTest::strangeSettingsDoNoHarm() {
    Settings::Values values = m_fixture->values();
    values.shortcuts = {{"new-chat", "Return"},
                        {"search-chats", "Ctrl+G"},
                        {"find-in-chat", "Ctrl+G"},
                        {"regenerate", "no keys at all, surely"},
                        {"of-a-later-version", "Ctrl+J"}};
    m_fixture->workspace->settings().set(values);
    QVERIFY(shortcuts().keys(Action::NewChat).isEmpty());
    const bool isSearch = shortcuts().holderOf(QKeySequence(Qt::CTRL | Qt::Key_G)) ==
                          std::optional(Action::SearchChats);
    QVERIFY(isSearch);
    QVERIFY(shortcuts().keys(Action::FindInChat).isEmpty());
    QVERIFY(!shortcuts().holderOf(QKeySequence(Qt::CTRL | Qt::Key_J)));
}

void ShortcutsTest::helpListsWhatIsBoundNow() {
    QVERIFY(shortcuts().rebind(Action::NewChat, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M)));
    press(Qt::CTRL | Qt::Key_Slash);
    Dialog* const help = Dialog::openIn(&window());
    QVERIFY(help != nullptr);
    QSet<QString> texts;
    for (const Label* label : help->findChildren<Label*>())
        texts.insert(label->text());
    for (int action = 0; action < kActionCount; ++action)
        QVERIFY2(texts.contains(actionText(static_cast<Action>(action))),
                 qPrintable(actionText(static_cast<Action>(action))));
    QVERIFY(texts.contains(QStringLiteral("Ctrl+Shift+M")));
    QVERIFY(!texts.contains(QStringLiteral("Ctrl+N")));
    press(Qt::Key_Escape);
    QVERIFY(Dialog::openIn(&window()) == nullptr);
}

void ShortcutsTest::tooltipsFollowTheBinding() {
    QAbstractButton* const settings = m_fixture->button(QStringLiteral("Settings"));
    QVERIFY(settings != nullptr);
    const auto shown = [settings] {
        QHelpEvent event(QEvent::ToolTip, QPoint(5, 5), settings->mapToGlobal(QPoint(5, 5)));
        QApplication::sendEvent(settings, &event);
        return QToolTip::text();
    };
    QCOMPARE(shown(), QStringLiteral("Settings (Ctrl+,)"));
    QVERIFY(shortcuts().rebind(Action::SettingsPage, QKeySequence(Qt::Key_F9)));
    QCOMPARE(shown(), QStringLiteral("Settings (F9)"));
    QVERIFY(shortcuts().rebind(Action::SettingsPage, {}));
    QCOMPARE(shown(), QStringLiteral("Settings"));
    QToolTip::hideText();
}

void ShortcutsTest::escapeClosesTheInnermostFirst() {
    LoadScript script;
    script.engine.wordsBeforeHold = 1;
    m_fixture->close();
    m_fixture->openReady(script);
    m_fixture->send(QStringLiteral("go"));
    QTRY_VERIFY(m_fixture->chat().count() == 2 && !m_fixture->chat().message(1).text.isEmpty());
    press(Qt::CTRL | Qt::Key_Slash);
    QVERIFY(Dialog::openIn(&window()) != nullptr);
    press(Qt::Key_Escape);
    QVERIFY(Dialog::openIn(&window()) == nullptr);
    QVERIFY(m_fixture->chat().isBusy());
    press(Qt::Key_Escape);
    QTRY_VERIFY(!m_fixture->chat().isBusy());
}

QTEST_MAIN(ShortcutsTest)
#include "shortcuts_test.moc"
