#include "ui/view/chat_window.h"

#include "view/components/chip.h"
#include "view/components/label.h"
#include "view/components/popover.h"
#include "view/pages/attachment_reader.h"
#include "view/pages/drop_curtain.h"

#include <QClipboard>
#include <QDropEvent>
#include <QFile>
#include <QInputMethodEvent>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QWindow>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

QString lastUserText(const Request& request) {
    const auto& messages = std::get<ChatPrompt>(request.prompt).messages;
    return QString::fromStdString(messages.back().content);
}

} // namespace

class ChatComposerTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_chat = std::make_unique<ChatWindow>(); }
    void cleanup() { m_chat.reset(); }

    void textsAreDecodedByWhatTheyHold_data();
    void textsAreDecodedByWhatTheyHold();
    void filesAreAttachedCountedAndSent();
    void droppedFilesAreAttached();
    void filesThatAreNoTextAreRefusedWithASentence();
    void longPasteBecomesAnAttachmentAndUndoTakesItBack();
    void attachmentIsShownAndRemoved();
    void draftsWithAttachmentsSurviveARestart();
    void inputMethodTextIsSentOnlyWhenItIsDone();
    void upInTheEmptyFieldEditsTheLastPrompt();
    void messageSentWhileLoadingSaysThatItWaits();
    void hintIsNeverCut();

private:
    QString write(const QString& name, const QByteArray& bytes) const {
        QFile file(m_chat->filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("no room for a test's file");
        return file.fileName();
    }

    std::unique_ptr<ChatWindow> m_chat;
};

void ChatComposerTest::textsAreDecodedByWhatTheyHold_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    QTest::newRow("UTF-8") << QByteArray("h\xC3\xA9 \xE4\xBD\xA0") << QStringLiteral("hé 你");
    QTest::newRow("UTF-8, mark") << QByteArray("\xEF\xBB\xBFone") << QStringLiteral("one");
    QTest::newRow("UTF-16, little") << QByteArray("\xFF\xFEh\0i\0", 6) << QStringLiteral("hi");
    QTest::newRow("UTF-16, big") << QByteArray("\xFE\xFF\0h\0i", 6) << QStringLiteral("hi");
    QTest::newRow("GB 2312") << QByteArray("\xC4\xE3\xBA\xC3, ok") << QStringLiteral("你好, ok");
    QTest::newRow("Windows-1252") << QByteArray("caf\xE9 \x93quoted\x94")
                                  << QStringLiteral("café “quoted”");
    QTest::newRow("line ends") << QByteArray("a\r\nb\r\n") << QStringLiteral("a\nb\n");
    QTest::newRow("binary") << QByteArray("\x7F" "ELF\x02\x01\0\0", 8) << QString();
    QTest::newRow("half a surrogate") << QByteArray("\xFF\xFE\x00\xD8", 4) << QString();
}

void ChatComposerTest::textsAreDecodedByWhatTheyHold() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    const auto decoded = decodeText(bytes);
    QCOMPARE(decoded.has_value(), !text.isNull());
    QCOMPARE(decoded.value_or(QString()), text);
}

void ChatComposerTest::filesAreAttachedCountedAndSent() {
    m_chat->openReady();
    m_chat->page().attach({write("notes.txt", "one two three four"), write("b.md", "five")});
    QTRY_COMPARE(m_chat->composer().attachments().size(), 2);
    QTRY_COMPARE(m_chat->composer().attachments().first().tokens, 4);
    QCOMPARE(m_chat->composer().findChildren<Chip*>().size(), 2);
    m_chat->ask("What is this?");
    QVERIFY(m_chat->composer().attachments().isEmpty());
    QCOMPARE(m_chat->chat().message(0).attachments.size(), 2);
    QCOMPARE(m_chat->chat().message(0).text, "What is this?");
    const QString sent = lastUserText(m_chat->requests().front());
    QVERIFY(sent.contains("one two three four") && sent.contains("notes.txt"));
    QVERIFY(sent.contains("What is this?"));
}

void ChatComposerTest::droppedFilesAreAttached() {
    m_chat->openReady();
    auto* curtain = m_chat->child<DropCurtain>();
    QWindow* window = m_chat->window().windowHandle();
    const QPoint middle =
        m_chat->page().mapTo(&m_chat->window(), m_chat->page().rect().center());
    const auto drag = [&](const QMimeData& data) {
        QDragEnterEvent enter(middle, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(window, &enter);
        QDragMoveEvent move(middle, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(window, &move);
    };
    QMimeData file;
    file.setUrls({QUrl::fromLocalFile(write("drop.txt", "dropped"))});
    drag(file);
    QVERIFY(curtain->isVisible());
    QDropEvent drop(middle, Qt::CopyAction, &file, Qt::LeftButton, {});
    QCoreApplication::sendEvent(window, &drop);
    QTRY_COMPARE(m_chat->composer().attachments().size(), 1);
    QVERIFY(!curtain->isVisible());
    QMimeData words;
    words.setText("no file");
    drag(words);
    QVERIFY(!curtain->isVisible());
}

void ChatComposerTest::filesThatAreNoTextAreRefusedWithASentence() {
    m_chat->openReady();
    QSignalSpy told(&m_chat->page(), &ChatPage::told);
    m_chat->page().attach({write("picture.png", QByteArray("\x89PNG\0\0\0\r", 8)),
                           write("empty.txt", {}),
                           write("huge.txt", QByteArray(AttachmentReader::kMostBytes + 1, 'a')),
                           m_chat->filePath("missing.txt"), m_chat->filePath("."),
                           QStringLiteral("/dev/zero")});
    QTRY_COMPARE(told.count(), 6);
    QVERIFY(told.at(0).first().toString().contains("picture.png"));
    QVERIFY(told.at(2).first().toString().contains("10 MB"));
    QVERIFY(told.at(4).first().toString().contains("folder"));
    QVERIFY(!told.at(5).first().toString().contains("folder"));
    QVERIFY(m_chat->composer().attachments().isEmpty());
    QVERIFY(m_chat->child<Toast>()->isVisible());
}

void ChatComposerTest::longPasteBecomesAnAttachmentAndUndoTakesItBack() {
    m_chat->openReady();
    const QString text = QStringLiteral("a line of some length\n").repeated(60);
    m_chat->type("see ");
    QGuiApplication::clipboard()->setText(text);
    QTest::keyClick(m_chat->field(), Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(m_chat->field()->toPlainText(), "see ");
    QCOMPARE(m_chat->composer().attachments().size(), 1);
    QCOMPARE(m_chat->composer().attachments().first().text, text);
    QVERIFY(m_chat->undo());
    QCOMPARE(m_chat->field()->toPlainText(), "see " + text);
    QVERIFY(m_chat->composer().attachments().isEmpty());

    m_chat->composer().setContent({}, {});
    QTest::keyClick(m_chat->field(), Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(m_chat->composer().attachments().size(), 1);
    QTest::keyClick(m_chat->field(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(m_chat->field()->toPlainText(), text);

    m_chat->composer().setContent({}, {});
    QGuiApplication::clipboard()->setText("short");
    QTest::keyClick(m_chat->field(), Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(m_chat->field()->toPlainText(), "short");
    QVERIFY(m_chat->composer().attachments().isEmpty());
}

void ChatComposerTest::attachmentIsShownAndRemoved() {
    m_chat->openReady();
    m_chat->composer().attach({"notes.txt", "first line\nsecond line", 0});
    auto* chip = m_chat->composer().findChild<Chip*>();
    QTest::mouseClick(chip, Qt::LeftButton, {}, QPoint(12, chip->height() / 2));
    auto* shown = chip->findChild<QPlainTextEdit*>();
    QVERIFY(shown != nullptr && shown->isVisible());
    QCOMPARE(shown->toPlainText(), "first line\nsecond line");
    QTest::keyClick(shown->window(), Qt::Key_Escape);
    QTRY_VERIFY(chip->findChild<QPlainTextEdit*>() == nullptr);
    chip->setFocus();
    QTest::keyClick(chip, Qt::Key_Delete);
    QVERIFY(m_chat->composer().attachments().isEmpty());
    QTRY_VERIFY(m_chat->composer().findChild<Chip*>() == nullptr);
}

void ChatComposerTest::draftsWithAttachmentsSurviveARestart() {
    m_chat->openReady();
    m_chat->ask("begin");
    m_chat->type("half a thought");
    m_chat->composer().attach({"notes.txt", "kept", 0});
    QTest::qWait(ChatSession::kSaveMilliseconds + 200);
    m_chat->close();
    m_chat->openReady();
    QCOMPARE(m_chat->rows(), 1);
    m_chat->clickRow(0);
    QTRY_COMPARE(m_chat->field()->toPlainText(), "half a thought");
    QCOMPARE(m_chat->composer().attachments().size(), 1);
    QCOMPARE(m_chat->composer().attachments().first().text, "kept");
}

void ChatComposerTest::inputMethodTextIsSentOnlyWhenItIsDone() {
    m_chat->openReady();
    QInputMethodEvent preedit(QStringLiteral("zhong'wen"), {});
    QCoreApplication::sendEvent(m_chat->field(), &preedit);
    QTest::keyClick(m_chat->field(), Qt::Key_Return);
    QTest::keyClick(m_chat->field(), Qt::Key_Up);
    QCOMPARE(m_chat->chat().count(), 0);
    QInputMethodEvent commit;
    commit.setCommitString(QStringLiteral("中文"));
    QCoreApplication::sendEvent(m_chat->field(), &commit);
    QTest::keyClick(m_chat->field(), Qt::Key_Return);
    QCOMPARE(m_chat->chat().message(0).text, QStringLiteral("中文"));
}

void ChatComposerTest::upInTheEmptyFieldEditsTheLastPrompt() {
    m_chat->openReady();
    m_chat->ask("one");
    m_chat->composer().attach({"notes.txt", "with it", 0});
    m_chat->ask("two");
    QTest::keyClick(m_chat->field(), Qt::Key_Up);
    QCOMPARE(m_chat->field()->toPlainText(), "two");
    QCOMPARE(m_chat->composer().attachments().size(), 1);
    m_chat->type("!");
    QTest::keyClick(m_chat->field(), Qt::Key_Return);
    QTRY_VERIFY(!m_chat->chat().isBusy());
    QCOMPARE(m_chat->chat().message(2).text, "two!");
    QCOMPARE(m_chat->chat().message(2).attachments.size(), 1);
    QCOMPARE(m_chat->chat().version(2), std::pair(2, 2));
    QVERIFY(m_chat->composer().isEmpty());
}

void ChatComposerTest::messageSentWhileLoadingSaysThatItWaits() {
    LoadScript script;
    script.holdAt = 0.5;
    m_chat->open(script);
    QTRY_COMPARE(m_chat->workspace().model().state(), ModelSession::State::Loading);
    bool isSaid = false;
    for (const Label* label : m_chat->composer().findChildren<Label*>())
        isSaid = isSaid || (label->isVisible() && label->text().contains("as soon as"));
    QVERIFY(isSaid);
    m_chat->send("early");
    QCOMPARE(m_chat->chat().progress().phase, ReplyProgress::Phase::NoModel);
    QVERIFY(m_chat->view().source()->message(1).status.contains("model"));
}

void ChatComposerTest::hintIsNeverCut() {
    m_chat->openReady();
    for (const int width : {1180, 1024, 820, 720, 640}) {
        m_chat->window().resize(width, 600);
        QCoreApplication::processEvents();
        for (const Label* label : m_chat->composer().findChildren<Label*>())
            if (label->isVisible() && !label->text().isEmpty())
                QVERIFY2(label->width() >= label->QLabel::sizeHint().width(),
                         qPrintable(QStringLiteral("%1 at %2").arg(label->text()).arg(width)));
    }
}

QTEST_MAIN(ChatComposerTest)
#include "chat_composer_test.moc"
