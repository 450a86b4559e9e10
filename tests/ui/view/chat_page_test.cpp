#include "ui/view/chat_window.h"

#include "view/pages/chat_empty_state.h"
#include "view/pages/find_bar.h"

#include <QLineEdit>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

class ChatPageTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_chat = std::make_unique<ChatWindow>(); }
    void cleanup() { m_chat.reset(); }

    void replyIsContinuedAfterAStop();
    void versionsAreWalkedByKey();
    void chatOpensWithTheVersionThatWasShown();
    void exampleTakesNothingAway();
    void stoppedReplyLeavesTheFocusToTheField();
    void chatIsForked();
    void findBarWalksAndGivesTheFocusBack();
    void editOfAMessageThatIsNotShownMakesItsBranch();
    void editIsKeptAsADraftWhenAnotherChatIsOpened();

private:
    std::unique_ptr<ChatWindow> m_chat;
};

void ChatPageTest::replyIsContinuedAfterAStop() {
    LoadScript script;
    script.engine.wordsBeforeHold = 3;
    m_chat->openReady(script);
    m_chat->send("go");
    QTRY_COMPARE(m_chat->chat().message(1).text, "Hello! How can");
    QTest::keyClick(m_chat->field(), Qt::Key_Escape);
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QVERIFY(m_chat->view().source()->message(1).actions.testFlag(MessageAction::Continue));
    m_chat->engine()->release();
    emit m_chat->view().continueRequested(QString::number(m_chat->chat().message(1).id));
    QTRY_COMPARE(m_chat->chat().message(1).text, "Hello! How can I help you today?");
    QCOMPARE(m_chat->chat().version(1), std::pair(2, 2));
}

void ChatPageTest::versionsAreWalkedByKey() {
    LoadScript script;
    script.engine.replies = {"first", "second"};
    m_chat->openReady(script);
    m_chat->ask("go");
    QTest::keyClick(&m_chat->window(), Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE(m_chat->chat().message(1).text, "second");
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QTest::keyClick(&m_chat->window(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_chat->chat().message(1).text, "first");
    QTest::keyClick(&m_chat->window(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_chat->chat().message(1).text, "first");
    QTest::keyClick(&m_chat->window(), Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(m_chat->chat().message(1).text, "second");
}

void ChatPageTest::chatOpensWithTheVersionThatWasShown() {
    LoadScript script;
    script.engine.replies = {"first", "second"};
    m_chat->openReady(script);
    m_chat->ask("go");
    QTest::keyClick(&m_chat->window(), Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE(m_chat->chat().message(1).text, "second");
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QTest::keyClick(&m_chat->window(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_chat->chat().message(1).text, "first");
    const RecordId id = m_chat->chat().record().id;
    m_chat->chats().newChat();
    QVERIFY(m_chat->chat().record().id != id);
    m_chat->chats().open(id);
    QTRY_COMPARE(m_chat->chat().count(), 2);
    QCOMPARE(m_chat->chat().message(1).text, "first");
}

void ChatPageTest::exampleTakesNothingAway() {
    m_chat->openReady({});
    auto* const empty = m_chat->window().findChild<ChatEmptyState*>();
    QVERIFY(empty != nullptr && empty->isVisible());
    QTest::keyClicks(m_chat->field(), "mine");
    emit empty->exampleRequested("theirs");
    QCOMPARE(m_chat->field()->toPlainText(), "mine");
    m_chat->field()->clear();
    emit empty->exampleRequested("theirs");
    QCOMPARE(m_chat->field()->toPlainText(), "theirs");
}

void ChatPageTest::stoppedReplyLeavesTheFocusToTheField() {
    LoadScript script;
    script.engine.wordsBeforeHold = 3;
    m_chat->openReady(script);
    m_chat->send("go");
    QTRY_COMPARE(m_chat->chat().message(1).text, "Hello! How can");
    QAbstractButton* const stop = buttonNamed(m_chat->window(), "Stop");
    QVERIFY(stop != nullptr);
    QTest::mouseClick(stop, Qt::LeftButton);
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QTRY_COMPARE(QApplication::focusWidget(), static_cast<QWidget*>(m_chat->field()));
}

void ChatPageTest::chatIsForked() {
    m_chat->openReady();
    m_chat->ask("one");
    m_chat->ask("two");
    const RecordId before = m_chat->chat().record().id;
    emit m_chat->view().forkRequested(QString::number(m_chat->chat().message(1).id));
    QTRY_COMPARE(m_chat->rows(), 2);
    QVERIFY(m_chat->chat().record().id != before);
    QCOMPARE(m_chat->chat().count(), 2);
    m_chat->ask("another way");
    QCOMPARE(m_chat->chat().count(), 4);
    m_chat->chats().open(before);
    QTRY_COMPARE(m_chat->chat().count(), 4);
    QCOMPARE(m_chat->chat().message(2).text, "two");
}

void ChatPageTest::editOfAMessageThatIsNotShownMakesItsBranch() {
    m_chat->openReady();
    m_chat->ask("one");
    const auto edit = [this](int index) {
        emit m_chat->view().editRequested(QString::number(m_chat->chat().message(index).id));
    };
    edit(0);
    m_chat->send(" more");
    QTRY_VERIFY(!m_chat->chat().isBusy());
    edit(0);
    QTest::keyClick(&m_chat->window(), Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_chat->chat().message(0).text, "one");
    m_chat->send("!");
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QCOMPARE(m_chat->chat().count(), 2);
    QCOMPARE(m_chat->chat().message(0).text, "one more!");
    QCOMPARE(m_chat->chat().version(0), std::pair(3, 3));
    m_chat->type("kept");
    QCOMPARE(m_chat->chat().record().draft, "kept");
}

void ChatPageTest::editIsKeptAsADraftWhenAnotherChatIsOpened() {
    m_chat->openReady();
    m_chat->ask("one");
    m_chat->type("a draft");
    const RecordId first = m_chat->chat().record().id;
    const QString message = QString::number(m_chat->chat().message(0).id);
    emit m_chat->view().editRequested(message);
    m_chat->chats().newChat();
    QCOMPARE(m_chat->field()->toPlainText(), QString());
    m_chat->chats().open(first);
    QCOMPARE(m_chat->field()->toPlainText(), "a draft");
    QTRY_VERIFY(m_chat->chat().isLoaded());
    emit m_chat->view().editRequested(message);
    m_chat->type(" more");
    m_chat->chats().newChat();
    QCOMPARE(m_chat->field()->toPlainText(), QString());
    m_chat->chats().open(first);
    QCOMPARE(m_chat->field()->toPlainText(), "a draft\n\none more");
}

void ChatPageTest::findBarWalksAndGivesTheFocusBack() {
    LoadScript script;
    script.engine.replies = {"a heron, another heron and a stork"};
    m_chat->openReady(script);
    QTest::keyClick(&m_chat->window(), Qt::Key_F, Qt::ControlModifier);
    QVERIFY(!m_chat->child<FindBar>()->isVisible()); // There is nothing to find yet.
    m_chat->ask("heron");
    QTest::keyClick(&m_chat->window(), Qt::Key_F, Qt::ControlModifier);
    auto* bar = m_chat->child<FindBar>();
    QVERIFY(bar->isVisible());
    auto* field = bar->findChild<QLineEdit*>();
    QVERIFY(field->hasFocus());
    QTest::keyClicks(field, "heron");
    QTRY_COMPARE(m_chat->view().findTotal(), 3);
    const int first = m_chat->view().findCurrent();
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE(m_chat->view().findCurrent(), first % 3 + 1);
    QTest::keyClick(field, Qt::Key_Return, Qt::ShiftModifier);
    QTRY_COMPARE(m_chat->view().findCurrent(), first);
    QTest::keyClick(field, Qt::Key_F3);
    QTRY_COMPARE(m_chat->view().findCurrent(), first % 3 + 1);
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(!bar->isVisible());
    QCOMPARE(m_chat->view().findTotal(), 0);
    QVERIFY(m_chat->field()->hasFocus());
}

QTEST_MAIN(ChatPageTest)
#include "chat_page_test.moc"
