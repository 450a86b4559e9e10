#include "ui/view/chat_window.h"

#include "hearth/host.h"
#include "view/pages/context_meter.h"
#include "view/pages/inspector.h"
#include "view/pages/token_strip.h"

#include <QFile>

#include <cstdlib>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

using State = ModelSession::State;

namespace {

/// A library that has the starter only.
class StarterLibrary final : public LibrarySource {
public:
    explicit StarterLibrary(const std::string& path) {
        m_model.name = "starter";
        m_model.path = path;
        m_model.isStarter = true;
        m_model.trainedContext = 2048;
    }
    Result<std::vector<LibraryModel>> scan() override {
        return std::vector<LibraryModel>{m_model};
    }
    Result<LibraryModel> add(const std::string&) override { return fail(ErrorCode::NotFound); }
    Result<void> remove(const std::string&) override { return {}; }
    Result<LibraryModel> resolve(const std::string&) override { return m_model; }

private:
    LibraryModel m_model;
};

} // namespace

/// The chat page with the real engine and the starter model, where that is.
class ChatStarterTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup() { m_chat.reset(); }

    void promptWithAFileIsAnswered();
    void stoppedReplyGoesOnWhereItEnded();
    void tokensAddUpToTheReply();
    void oldestTurnsAreForgottenOnRequest();
    void twoChatsAnswerAtOnce();

private:
    /// Sets what the chat asks for: repeatable, and short.
    void use(const std::function<void(ChatSettings&)>& change = {});

    std::string m_model;
    std::unique_ptr<ChatWindow> m_chat;
};

void ChatStarterTest::initTestCase() {
    const char* model = std::getenv("HEARTH_STARTER_MODEL");
    if (model == nullptr || !QFile::exists(QString::fromLocal8Bit(model)))
        QSKIP("HEARTH_STARTER_MODEL does not name the starter model");
    m_model = model;
    Theme::install(*qApp);
}

void ChatStarterTest::init() {
    m_chat = std::make_unique<ChatWindow>();
    WorkspaceOptions options;
    options.dataDirectory = m_chat->filePath({});
    options.load.contextTokens = 512;
    options.load.device = DeviceChoice::Cpu;
    options.makeHost = [](const HostOptions& host) { return createHost(host); };
    options.makeLibrary = [this]() -> Result<std::unique_ptr<LibrarySource>> {
        return std::unique_ptr<LibrarySource>(std::make_unique<StarterLibrary>(m_model));
    };
    m_chat->open(options);
    QTRY_COMPARE_WITH_TIMEOUT(m_chat->workspace().model().state(), State::Ready, 20'000);
    use();
}

void ChatStarterTest::use(const std::function<void(ChatSettings&)>& change) {
    ChatSettings settings = m_chat->chat().record().settings;
    settings.temperature = 0.0;
    settings.maxTokens = 12;
    if (change)
        change(settings);
    m_chat->chat().setSettings(settings);
}

void ChatStarterTest::promptWithAFileIsAnswered() {
    m_chat->composer().attach({"capital.txt", "The capital of France is Paris.", 0});
    QTRY_VERIFY(m_chat->composer().attachments().first().tokens > 4);
    const int before = m_chat->composer().attachments().first().tokens;
    m_chat->send("What does the file say?");
    QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 20'000);
    const MessageRecord reply = m_chat->chat().message(1);
    QVERIFY(!reply.text.isEmpty());
    QVERIFY(reply.figures && reply.figures->promptTokens > before);
    QVERIFY(m_chat->view().source()->message(1).footer.contains("tok/s"));
}

void ChatStarterTest::stoppedReplyGoesOnWhereItEnded() {
    use([](ChatSettings& settings) { settings.maxTokens = 4; });
    m_chat->send("Count from one to ten.");
    QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 20'000);
    const QString begun = m_chat->chat().message(1).text;
    QVERIFY(m_chat->chat().canContinue(1));
    emit m_chat->view().continueRequested(QString::number(m_chat->chat().message(1).id));
    QTRY_VERIFY_WITH_TIMEOUT(m_chat->chat().message(1).text.size() > begun.size(), 20'000);
    QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 20'000);
    QVERIFY(m_chat->chat().message(1).text.startsWith(begun));
    QCOMPARE(m_chat->chat().version(1), std::pair(2, 2));
}

void ChatStarterTest::tokensAddUpToTheReply() {
    use([](ChatSettings& settings) { settings.probabilities = true; });
    QTest::keyClick(&m_chat->window(), Qt::Key_I, Qt::ControlModifier);
    m_chat->send("Say hello.");
    QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 20'000);
    TokenStrip* strip = m_chat->child<Inspector>()->tokens();
    QTRY_VERIFY(strip->count() > 0);
    QString text;
    for (const TokenMark& mark : m_chat->chat().probabilities(1)) {
        text += mark.text;
        QVERIFY(mark.probability > 0.0 && mark.probability <= 1.0);
        QVERIFY(mark.choices.size() >= 5);
        QVERIFY(mark.choices.first().probability >= mark.choices.last().probability);
    }
    QVERIFY(text.contains(m_chat->chat().message(1).text));
}

void ChatStarterTest::oldestTurnsAreForgottenOnRequest() {
    use([](ChatSettings& settings) { settings.whenFull = WhenFull::Forget; });
    const QString words =
        QStringLiteral("Remember that the heron stands in the reeds. ").repeated(16);
    for (int turn = 0; turn < 3; ++turn) {
        m_chat->composer().setText(words + QString::number(turn));
        QTest::keyClick(m_chat->field(), Qt::Key_Return);
        QTRY_COMPARE(m_chat->chat().count(), 2 * turn + 2);
        QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 30'000);
    }
    const MessageRecord last = m_chat->chat().message(5);
    QVERIFY(!last.error.has_value());
    QVERIFY(last.figures && last.figures->forgotten >= 2);
    QVERIFY(last.figures->promptTokens < 512);
}

void ChatStarterTest::twoChatsAnswerAtOnce() {
    use([](ChatSettings& settings) { settings.maxTokens = 40; });
    m_chat->send("Tell me of the sea.");
    const RecordId first = m_chat->chat().record().id;
    QTest::keyClick(&m_chat->window(), Qt::Key_N, Qt::ControlModifier);
    use([](ChatSettings& settings) { settings.maxTokens = 8; });
    m_chat->send("Tell me of the hills.");
    QVERIFY(m_chat->chat().record().id != first);
    QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 20'000);
    QVERIFY(!m_chat->chat().message(1).text.isEmpty());
    m_chat->chats().open(first);
    QTRY_COMPARE(m_chat->chat().count(), 2);
    QTRY_VERIFY_WITH_TIMEOUT(!m_chat->chat().isBusy(), 20'000);
    QVERIFY(!m_chat->chat().message(1).text.isEmpty());
}

QTEST_MAIN(ChatStarterTest)
#include "chat_starter_test.moc"
