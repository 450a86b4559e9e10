#include "ui/view/chat_window.h"

#include "view/components/label.h"
#include "view/components/popover.h"
#include "view/pages/context_meter.h"
#include "view/pages/overflow_notice.h"

#include <QSignalSpy>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

class ChatContextTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_chat = std::make_unique<ChatWindow>(); }
    void cleanup() { m_chat.reset(); }

    void meterCountsSystemPromptDraftAndAttachments();
    void contextIsToldInAPopover();
    void nothingIsSentThatDoesNotFit();
    void forgettingTheOldestSendsAndTellsIt();
    void summaryStandsForTheOldest();
    void raisingTheContextAsksForEnough();
    void newChatTakesTheDraftAlong();
    void draftOfTheNewChatIsKept();

private:
    OverflowNotice& notice() const { return *m_chat->child<OverflowNotice>(); }
    /// Two questions with their answers, and a third written that is too much.
    void fill();

    std::unique_ptr<ChatWindow> m_chat;
};

void ChatContextTest::meterCountsSystemPromptDraftAndAttachments() {
    m_chat->openReady();
    const auto used = [this] {
        return m_chat->composer().meter()->accessibleDescription().section(' ', 0, 0).toInt();
    };
    m_chat->type("one two three");
    QTRY_COMPARE(used(), 3 + 4);
    ChatSettings settings = m_chat->chat().record().settings;
    settings.systemPrompt = "be brief";
    m_chat->chat().setSettings(settings);
    m_chat->type(" four");
    QTRY_COMPARE(used(), 4 + 4 + 2 + 4);
    m_chat->composer().attach({"notes.txt", "alpha beta gamma delta", 0});
    QTRY_VERIFY(used() >= 4 + 4 + 2 + 4 + 4);
}

void ChatContextTest::contextIsToldInAPopover() {
    m_chat->openReady();
    m_chat->ask("one");
    m_chat->type("two three");
    QTRY_VERIFY(m_chat->page().isSettled());
    auto* meter = m_chat->composer().meter();
    meter->setFocus();
    QTest::keyClick(meter, Qt::Key_Space);
    auto* popover = m_chat->page().findChild<Popover*>();
    QVERIFY(popover != nullptr && popover->isVisible());
    QStringList said;
    for (const Label* label : popover->findChildren<Label*>())
        if (label->isVisible())
            said += label->text();
    QVERIFY2(said.contains("Conversation") && said.contains("What is written now"),
             qPrintable(said.join('|')));
    QTest::keyClick(popover, Qt::Key_Escape);
}

void ChatContextTest::fill() {
    LoadScript script;
    script.engine.replies = {"First answer in six words only.", "Second answer in six words only."};
    LoadOptions load;
    load.contextTokens = 64; // So small that the third question no longer fits.
    m_chat->openReady(script, load);
    m_chat->ask("the first question of this chat");
    m_chat->ask("the second question of this chat");
    m_chat->type(QStringLiteral("word ").repeated(24));
    QTRY_VERIFY(notice().isVisible());
}

void ChatContextTest::nothingIsSentThatDoesNotFit() {
    fill();
    QVERIFY(buttonWithText(notice(), "Forget the oldest") != nullptr);
    QTest::keyClick(m_chat->field(), Qt::Key_Return);
    QCOMPARE(m_chat->chat().count(), 4);
    QCOMPARE(m_chat->requests().size(), 2U);
    QVERIFY(!m_chat->composer().isEmpty());
    QVERIFY(notice().accessibleName().contains("64"));
    m_chat->composer().setText("short");
    QTRY_VERIFY(!notice().isVisible());
}

void ChatContextTest::forgettingTheOldestSendsAndTellsIt() {
    fill();
    QTest::keyClick(m_chat->field(), Qt::Key_Return);
    QTest::mouseClick(buttonWithText(notice(), "Forget the oldest"), Qt::LeftButton);
    QTRY_COMPARE(m_chat->chat().count(), 6);
    QTRY_VERIFY(!m_chat->chat().isBusy());
    const Request sent = m_chat->requests().back();
    QCOMPARE(sent.overflow, Overflow::DropOldest);
    QVERIFY(m_chat->chat().message(5).figures->forgotten > 0);
    QVERIFY(m_chat->view().source()->message(5).footer.contains("not sent"));
}

void ChatContextTest::summaryStandsForTheOldest() {
    LoadScript script;
    script.engine.replies = {"First answer in six words only.", "Second answer in six words only."};
    script.engine.helperReplies = {"They spoke of two questions."};
    LoadOptions load;
    load.contextTokens = 200;
    m_chat->openReady(script, load);
    m_chat->composer().setText(QStringLiteral("first ").repeated(70));
    m_chat->ask("?");
    m_chat->composer().setText(QStringLiteral("second ").repeated(50));
    m_chat->ask("?");
    m_chat->composer().setText(QStringLiteral("third ").repeated(60));
    QTRY_VERIFY(notice().isVisible());
    QTest::keyClick(m_chat->field(), Qt::Key_Return);
    QCOMPARE(m_chat->chat().count(), 4);
    QTest::mouseClick(buttonWithText(notice(), "Summarise them"), Qt::LeftButton);
    QTRY_COMPARE(m_chat->chat().record().summary, "They spoke of two questions.");
    // What was refused is sent as soon as there is room.
    QTRY_COMPARE(m_chat->chat().count(), 6);
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QVERIFY(m_chat->chat().message(0).text.startsWith("first"));
}

void ChatContextTest::raisingTheContextAsksForEnough() {
    fill();
    QSignalSpy wanted(&m_chat->page(), &ChatPage::contextWanted);
    QPushButton* raise = nullptr;
    for (QPushButton* button : notice().findChildren<QPushButton*>())
        if (button->isVisible() && button->text().startsWith("Raise"))
            raise = button;
    QVERIFY(raise != nullptr);
    QTest::mouseClick(raise, Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted.first().first().toInt(), 4096);
    QCOMPARE(m_chat->workspace().settings().values().contextTokens, 4096);
    QCOMPARE(OverflowNotice::contextFor(5000, 4096, 32768), 8192);
    QCOMPARE(OverflowNotice::contextFor(5000, 4096, 6000), 6000);
    QCOMPARE(OverflowNotice::contextFor(7000, 4096, 6000), 0);
    QCOMPARE(OverflowNotice::contextFor(5000, 8192, 8192), 0);
}

void ChatContextTest::newChatTakesTheDraftAlong() {
    fill();
    QTest::mouseClick(buttonWithText(notice(), "New chat"), Qt::LeftButton);
    QCOMPARE(m_chat->chat().count(), 0);
    QVERIFY(m_chat->field()->toPlainText().startsWith("word word"));
    m_chat->clickRow(0);
    QTRY_COMPARE(m_chat->chat().count(), 4);
    QVERIFY(m_chat->composer().isEmpty());
}

void ChatContextTest::draftOfTheNewChatIsKept() {
    fill();
    m_chat->chats().newChat();
    m_chat->type("kept");
    m_chat->clickRow(0);
    QTRY_COMPARE(m_chat->chat().count(), 4);
    QTRY_VERIFY(notice().isVisible());
    QTest::mouseClick(buttonWithText(notice(), "New chat"), Qt::LeftButton);
    QCOMPARE(m_chat->chat().count(), 0);
    QVERIFY(m_chat->field()->toPlainText().startsWith("kept\n\nword word"));
    QVERIFY(m_chat->chat().record().draft.startsWith("kept\n\nword word"));
}

QTEST_MAIN(ChatContextTest)
#include "chat_context_test.moc"
