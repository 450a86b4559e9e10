#include "ui/view/chat_window.h"

#include "view/components/dialog.h"
#include "view/components/label.h"
#include "view/pages/find_bar.h"
#include "view/pages/scope_button.h"

#include <QClipboard>
#include <QFile>
#include <QJsonDocument>
#include <QLineEdit>
#include <QSignalSpy>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

class ChatListTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_chat = std::make_unique<ChatWindow>(); }
    void cleanup() { m_chat.reset(); }

    void searchJumpsToTheMessageAndMarksIt();
    void searchIsAnsweredFromTheKeyboard();
    void searchReachesMessagesOnOtherBranches();
    void searchWithoutAResultSaysSo();
    void severalRowsAreChosenAndDeletedAtOnce();
    void shiftAndArrowsExtendTheChoice();
    void archivedChatsGoAndComeBack();
    void foldersAreMadeShownAndRenamed();
    void pinnedChatsComeFirst();
    void exportedChatsAreImportedAgain();
    void keysOpenRenameAndDelete();
    void streamingChatHasItsDotWhileAnotherIsOpen();
    void fault_085_controlsInNamesAreInert();
    void fault_086_markupInNamesStaysText();

private:
    void three();
    QLineEdit* search() const {
        return m_chat->child<ChatListPanel>()->findChild<QLineEdit*>();
    }

    std::unique_ptr<ChatWindow> m_chat;
};

/// Chats called "about cats", "about dogs" and "about fish", the last on top.
void ChatListTest::three() {
    m_chat->openReady();
    for (const char* name : {"about cats", "about dogs", "about fish"}) {
        m_chat->chats().newChat();
        m_chat->ask(QString::fromLatin1(name));
        QTest::qWait(2); // Two chats of one millisecond have no order.
    }
    QCOMPARE(m_chat->rows(), 3);
    QCOMPARE(m_chat->title(0), "about fish");
}

void ChatListTest::searchJumpsToTheMessageAndMarksIt() {
    LoadScript script;
    script.engine.replies = {"A long answer.", "The heron stands in the reeds.", "Nothing."};
    m_chat->openReady(script);
    m_chat->ask("one");
    m_chat->ask("two");
    QTest::keyClick(&m_chat->window(), Qt::Key_N, Qt::ControlModifier);
    m_chat->ask("three");
    QTest::keyClick(&m_chat->window(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(search(), "heron");
    QTRY_COMPARE(m_chat->rows(), 1);
    const QModelIndex found = m_chat->list()->model()->index(0, 0);
    QVERIFY(found.data(ChatListModel::SnippetRole).toString().contains("heron"));
    QVERIFY(m_chat->list()->visualRect(found).height() > 2 * size::kControl);
    m_chat->clickRow(0);
    auto* find = m_chat->child<FindBar>();
    QTRY_VERIFY(find->isVisible());
    QCOMPARE(m_chat->chat().count(), 4);
    QCOMPARE(find->text(), "heron");
    QTRY_COMPARE(m_chat->view().findTotal(), 1);
    QVERIFY(m_chat->view().viewport()->rect().intersects(m_chat->view().messageRect(3)));
}

void ChatListTest::searchIsAnsweredFromTheKeyboard() {
    three();
    const RecordId open = m_chat->chat().record().id;
    auto* const field = m_chat->window().findChild<ChatListPanel*>()->findChild<QLineEdit*>();
    ChatListModel& list = m_chat->chats().list();
    const RecordId wanted = list.idAt(list.rowCount() - 1);
    QVERIFY(wanted != open);
    field->setFocus();
    QTest::keyClicks(field, list.find(wanted)->title);
    QTRY_COMPARE(list.rowCount(), 1);
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(m_chat->chat().record().id, wanted);
    field->setFocus();
    QTest::keyClick(field, Qt::Key_Down);
    QVERIFY(qobject_cast<ChatListView*>(QApplication::focusWidget()) != nullptr);
}

void ChatListTest::searchReachesMessagesOnOtherBranches() {
    LoadScript script;
    script.engine.replies = {"the heron", "the stork"};
    m_chat->openReady(script);
    m_chat->ask("which bird?");
    m_chat->page().regenerateLast();
    QTRY_COMPARE(m_chat->chat().message(1).text, "the stork");
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QTest::keyClicks(search(), "heron");
    QTRY_VERIFY(m_chat->list()->model()->index(0, 0).data(ChatListModel::HitRole).toLongLong() !=
                0);
    m_chat->clickRow(0);
    QTRY_COMPARE(m_chat->chat().message(1).text, "the heron");
}

void ChatListTest::searchWithoutAResultSaysSo() {
    three();
    QTest::keyClicks(search(), "zebra");
    QTRY_COMPARE(m_chat->rows(), 0);
    bool isSaid = false;
    for (const Label* label : m_chat->child<ChatListPanel>()->findChildren<Label*>())
        isSaid = isSaid || (label->isVisible() && label->text().contains("zebra"));
    QVERIFY(isSaid);
}

void ChatListTest::severalRowsAreChosenAndDeletedAtOnce() {
    three();
    m_chat->clickRow(0);
    m_chat->clickRow(2, Qt::ControlModifier);
    QCOMPARE(m_chat->list()->chosen().size(), 2);
    QCOMPARE(m_chat->chat().record().title, "about fish");
    QAbstractButton* remove = buttonNamed(*m_chat->child<ChatListPanel>(), "Delete");
    QVERIFY(remove != nullptr);
    QTest::mouseClick(remove, Qt::LeftButton);
    QCOMPARE(m_chat->rows(), 1);
    QCOMPARE(m_chat->title(0), "about dogs");
    QVERIFY(m_chat->undo());
    QCOMPARE(m_chat->rows(), 3);
}

void ChatListTest::shiftAndArrowsExtendTheChoice() {
    three();
    m_chat->list()->setFocus();
    m_chat->list()->setCurrentIndex(m_chat->list()->model()->index(0, 0));
    QTest::keyClick(m_chat->list(), Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(m_chat->list()->chosen().size(), 2);
    QTest::keyClick(m_chat->list(), Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(m_chat->list()->chosen().size(), 3);
    QTest::keyClick(m_chat->list(), Qt::Key_Escape);
    QVERIFY(!m_chat->list()->hasSeveralChosen());
    QTest::keyClick(m_chat->list(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(m_chat->list(), Qt::Key_Delete);
    QCOMPARE(m_chat->rows(), 0);
    QCOMPARE(m_chat->chat().count(), 0);
    QVERIFY(m_chat->undo());
    QCOMPARE(m_chat->rows(), 3);
}

void ChatListTest::archivedChatsGoAndComeBack() {
    three();
    m_chat->openMenu(1);
    QVERIFY(takeEntry("Archive"));
    QCOMPARE(m_chat->rows(), 2);
    QVERIFY(m_chat->undo());
    QCOMPARE(m_chat->rows(), 3);
    m_chat->openMenu(1);
    QVERIFY(takeEntry("Archive"));
    QTest::mouseClick(m_chat->child<ScopeButton>(), Qt::LeftButton);
    QVERIFY(takeEntry("Archived"));
    QCOMPARE(m_chat->rows(), 1);
    QCOMPARE(m_chat->title(0), "about dogs");
    m_chat->openMenu(0);
    QVERIFY(takeEntry("Back into the list"));
    QCOMPARE(m_chat->rows(), 0);
    QTest::mouseClick(m_chat->child<ScopeButton>(), Qt::LeftButton);
    QVERIFY(takeEntry("All chats"));
    QCOMPARE(m_chat->rows(), 3);
}

void ChatListTest::foldersAreMadeShownAndRenamed() {
    three();
    m_chat->openMenu(0);
    QVERIFY(takeEntry(QStringLiteral("New folder…")));
    Dialog* dialog = Dialog::openIn(&m_chat->window());
    QVERIFY(dialog != nullptr);
    auto* name = dialog->findChild<QLineEdit*>();
    QTRY_VERIFY(name->hasFocus());
    QTest::keyClicks(name, "Water & air");
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(m_chat->chats().folders(), QStringList("Water & air"));
    QTest::mouseClick(m_chat->child<ScopeButton>(), Qt::LeftButton);
    QVERIFY(takeEntry("Water && air"));
    QCOMPARE(m_chat->rows(), 1);
    QCOMPARE(m_chat->child<ScopeButton>()->text(), "Water & air");
    QTest::mouseClick(m_chat->child<ScopeButton>(), Qt::LeftButton);
    QVERIFY(takeEntry(QStringLiteral("Rename this folder…")));
    dialog = Dialog::openIn(&m_chat->window());
    QVERIFY(dialog != nullptr);
    name = dialog->findChild<QLineEdit*>();
    name->setText("Sea");
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(m_chat->chats().folders(), QStringList("Sea"));
    QCOMPARE(m_chat->rows(), 1);
    // Out of the folder: it goes, and all chats are shown again.
    m_chat->openMenu(0);
    QVERIFY(takeEntry("In no folder"));
    QTRY_COMPARE(m_chat->rows(), 3);
    QCOMPARE(m_chat->child<ScopeButton>()->text(), "All chats");
}

void ChatListTest::pinnedChatsComeFirst() {
    three();
    m_chat->openMenu(2);
    QVERIFY(takeEntry("Pin"));
    QCOMPARE(m_chat->title(0), "about cats");
    QVERIFY(m_chat->list()->model()->index(0, 0).data(ChatListModel::PinnedRole).toBool());
    m_chat->openMenu(0);
    QVERIFY(takeEntry("Unpin"));
    QCOMPARE(m_chat->title(2), "about cats");
}

void ChatListTest::exportedChatsAreImportedAgain() {
    three();
    const QString file = m_chat->filePath("chats.json");
    m_chat->list()->selectAll();
    QSignalSpy exported(&m_chat->chats(), &ChatController::exported);
    m_chat->chats().exportChats(m_chat->list()->chosen(), TransferFormat::Json, file);
    QTRY_COMPARE(exported.count(), 1);
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    QVERIFY(!QJsonDocument::fromJson(written.readAll()).isNull());
    m_chat->child<ChatListPanel>()->removeChats(m_chat->list()->chosen());
    QCOMPARE(m_chat->rows(), 0);
    m_chat->chats().importChats(file);
    QTRY_COMPARE(m_chat->rows(), 3);
    m_chat->child<Toast>()->dismiss(); // The Undo, for which the others wait.
    QVERIFY(m_chat->child<Toast>()->isVisible());
    m_chat->chats().importChats(m_chat->filePath("none.json"));
    QTRY_VERIFY(m_chat->child<Toast>()->findChild<Label*>()->text().contains("none.json"));
}

void ChatListTest::keysOpenRenameAndDelete() {
    three();
    m_chat->list()->setFocus();
    m_chat->list()->setCurrentIndex(m_chat->list()->model()->index(0, 0));
    QTest::keyClick(m_chat->list(), Qt::Key_Down);
    QTest::keyClick(m_chat->list(), Qt::Key_Return);
    QCOMPARE(m_chat->chat().record().title, "about dogs");
    QVERIFY(m_chat->field()->hasFocus());
    m_chat->list()->setFocus();
    QTest::keyClick(m_chat->list(), Qt::Key_F2);
    auto* editor = m_chat->list()->findChild<QLineEdit*>();
    QVERIFY(editor != nullptr);
    editor->selectAll();
    QTest::keyClicks(editor, "about wolves");
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(m_chat->chat().record().title, "about wolves");
    QTest::keyClick(m_chat->list(), Qt::Key_Delete);
    QCOMPARE(m_chat->rows(), 2);
    const QPoint place = m_chat->list()->viewport()->mapToGlobal(QPoint());
    QContextMenuEvent menuKey(QContextMenuEvent::Keyboard, QPoint(), place);
    QCoreApplication::sendEvent(m_chat->list()->viewport(), &menuKey);
    QVERIFY(takeEntry("Pin"));
}

void ChatListTest::streamingChatHasItsDotWhileAnotherIsOpen() {
    LoadScript script;
    script.engine.wordsBeforeHold = 2;
    m_chat->openReady(script);
    m_chat->send("go");
    QTRY_COMPARE(m_chat->chat().message(1).text, "Hello! How");
    QTest::keyClick(&m_chat->window(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(m_chat->chat().count(), 0);
    const QModelIndex first = m_chat->list()->model()->index(0, 0);
    QVERIFY(first.data(ChatListModel::BusyRole).toBool());
    m_chat->engine()->release();
    QTRY_VERIFY(!m_chat->list()->model()->index(0, 0).data(ChatListModel::BusyRole).toBool());
    m_chat->clickRow(0);
    QTRY_COMPARE(m_chat->chat().count(), 2);
    QCOMPARE(m_chat->chat().message(1).text, "Hello! How can I help you today?");
}

void ChatListTest::fault_085_controlsInNamesAreInert() {
    three();
    const QString hostile = QStringLiteral("a\u202Egnp.exe\x1b[31m");
    m_chat->chats().rename(m_chat->chats().list().idAt(0), hostile);
    m_chat->list()->setFocus();
    m_chat->list()->setCurrentIndex(m_chat->list()->model()->index(0, 0));
    QTest::keyClick(m_chat->list(), Qt::Key_F2);
    auto* editor = m_chat->list()->findChild<QLineEdit*>();
    QVERIFY(editor != nullptr);
    for (const QChar c : editor->text())
        QVERIFY(c.unicode() >= 0x20 && c.unicode() != 0x202E);
    QTest::keyClick(editor, Qt::Key_Escape);
    m_chat->child<ChatListPanel>()->removeChats({m_chat->chats().list().idAt(0)});
    for (const QChar c : m_chat->child<Toast>()->findChild<Label*>()->text())
        QVERIFY(c.unicode() >= 0x20 && c.unicode() != 0x202E);
}

void ChatListTest::fault_086_markupInNamesStaysText() {
    three();
    const QString hostile = QStringLiteral("<img src=x> & <b>bold</b>");
    m_chat->chats().setFolder(m_chat->chats().list().idAt(0), hostile);
    m_chat->chats().rename(m_chat->chats().list().idAt(0), hostile);
    m_chat->openMenu(0);
    QVERIFY(menuEntry(QStringLiteral("<img src=x> && <b>bold</b>")) != nullptr);
    QApplication::activePopupWidget()->close();
    m_chat->child<ChatListPanel>()->removeChats({m_chat->chats().list().idAt(0)});
    const auto* label = m_chat->child<Toast>()->findChild<Label*>();
    QCOMPARE(label->textFormat(), Qt::PlainText);
    QVERIFY(label->text().contains(hostile));
}

QTEST_MAIN(ChatListTest)
#include "chat_list_test.moc"
