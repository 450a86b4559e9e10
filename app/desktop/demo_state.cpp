#include "demo_state.h"

#include "demo/scripted_host.h"
#include "demo/scripted_machine.h"
#include "demo/scripted_server.h"
#include "state/chat_session.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

namespace hearth::desktop {

namespace {

using namespace ui;

constexpr qint64 kDayMilliseconds = 24LL * 3600 * 1000;
constexpr int kWordsInThePicture = 34;
constexpr double kShareInThePicture = 0.61;
constexpr int kDownloadSteps = 100;

/// Lies in the folders that we made, as no other may be removed.
constexpr QLatin1String kMarker("/scripted-state");

constexpr char kTooLarge[] = "qwen2.5-7b-instruct";
/// For the graphics card of ScriptedState::Fallback; the CPU has room.
constexpr char kTooLargeForGpu[] = "qwen2.5-32b-instruct";
constexpr quint64 kBytesTooLargeForGpu = 18'780'000'000;

bool isLossState(ScriptedState state) {
    return state == ScriptedState::Lost || state == ScriptedState::LostAgain;
}

constexpr char kFirstQuestion[] = "Why does my program print `0.30000000000000004`?";

constexpr char kFirstReply[] =
    R"(Because `0.1` and `0.2` have no exact form in base two. Your program adds the *nearest* doubles, and their sum is not the double nearest to `0.3`.

| written | stored |
|---------|--------|
| 0.1 | 0.1000000000000000055… |
| 0.2 | 0.2000000000000000111… |
| 0.3 | 0.2999999999999999889… |

Compare with a tolerance instead:

```cpp
bool nearlyEqual(double a, double b, double tolerance = 1e-9) {
    // Relative to the larger of the two.
    return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}
```

1. Money: count **cents** in integers.
2. Elsewhere: choose the tolerance by what the numbers mean.
)";

constexpr char kSecondQuestion[] = "And in Python?";

constexpr char kSecondReply[] =
    R"(The same doubles, so the same surprise. Python has three answers of its own:

- `math.isclose(a, b)` compares with a tolerance,
- `decimal.Decimal("0.1")` computes in base ten,
- `fractions.Fraction(1, 10)` is exact.

```python
from math import isclose
assert isclose(0.1 + 0.2, 0.3)
```
)";

LibraryModel describe(const char* name, const char* quantisation, quint64 bytes, int context,
                      bool isStarter) {
    LibraryModel model;
    model.name = name;
    model.path = std::string("/models/") + name + ".gguf";
    model.quantisation = quantisation;
    model.bytes = bytes;
    model.trainedContext = context;
    model.isStarter = isStarter;
    return model;
}

bool isWelcomeState(ScriptedState state) {
    return state == ScriptedState::Welcome || state == ScriptedState::WelcomeOffline ||
           state == ScriptedState::WelcomeDownload || state == ScriptedState::WelcomeFound;
}

class DemoLibrary final : public LibrarySource {
public:
    explicit DemoLibrary(ScriptedState state) {
        if (isWelcomeState(state))
            m_models.resize(state == ScriptedState::WelcomeOffline ? 1 : 0);
    }
    Result<std::vector<LibraryModel>> scan() override { return m_models; }
    Result<LibraryModel> add(const std::string& path) override { return resolve(path); }
    Result<void> remove(const std::string&) override { return {}; }
    Result<LibraryModel> resolve(const std::string& nameOrPath) override {
        for (const LibraryModel& model : m_models)
            if (model.name == nameOrPath)
                return model;
        Error error;
        error.code = ErrorCode::NotFound;
        error.field = nameOrPath;
        return fail(error);
    }

private:
    std::vector<LibraryModel> m_models = {
        describe("starter", "Q4_1", 98'362'432, 8192, true),
        describe("llama-3.2-3b-instruct", "Q4_K", 2'019'377'696, 131'072, false),
        describe(kTooLarge, "Q4_K", 4'683'074'240, 32'768, false),
        describe(kTooLargeForGpu, "Q4_K", kBytesTooLargeForGpu, 32'768, false),
    };
};

ChatRecord makeChat(const QString& title, qint64 updatedMs) {
    ChatRecord chat;
    chat.id = makeRecordId();
    chat.title = title;
    chat.createdMs = chat.updatedMs = updatedMs;
    return chat;
}

MessageRecord makeMessage(const ChatRecord& chat, MessageRole role, const QString& text,
                          RecordId parent) {
    MessageRecord message;
    message.id = makeRecordId();
    message.chat = chat.id;
    message.parent = parent;
    message.role = role;
    message.createdMs = chat.createdMs;
    message.text = text;
    return message;
}

void writeDemoChats(const QString& file) {
    ChatStore store(file);
    const qint64 now = nowMilliseconds();
    const std::pair<const char*, qint64> others[] = {
        {"Packing list for a week in Norway", 1},
        {"解释一下注意力机制", 1},
        {"Rename files by their date", 3},
        {"A birthday poem for Ada", 12},
    };
    for (const auto& [title, days] : others) {
        ChatRecord chat = makeChat(QString::fromUtf8(title), now - days * kDayMilliseconds);
        const MessageRecord question = makeMessage(chat, MessageRole::User, chat.title, 0);
        chat.leaf = question.id;
        store.put(question);
        store.put(chat);
    }
    ChatRecord chat = makeChat(QStringLiteral("Why 0.1 + 0.2 isn't 0.3"), now - 60'000);
    const MessageRecord question =
        makeMessage(chat, MessageRole::User, QString::fromUtf8(kFirstQuestion), 0);
    MessageRecord reply =
        makeMessage(chat, MessageRole::Assistant, QString::fromUtf8(kFirstReply), question.id);
    reply.figures =
        ReplyFigures{71.3, 0.21, 412, 396, 233, FinishReason::Stop, QStringLiteral("starter")};
    chat.leaf = reply.id;
    store.put(question);
    store.put(reply);
    store.put(chat);
}

constexpr char kGpu[] = "NVIDIA H100 80GB HBM3";
constexpr char kSmallGpu[] = "NVIDIA GeForce RTX 4080";

Error outOfMemory(quint64 needed, quint64 available) {
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.needed = needed;
    error.available = available;
    return error;
}

LoadScript loadScript(ScriptedState state, bool isResumed) {
    LoadScript script;
    if (state == ScriptedState::Busy)
        script.holdAt = 0.6;
    if (state == ScriptedState::Error)
        script.failure = outOfMemory(9'400'000'000, 7'800'000'000);
    if (isLossState(state))
        script.gpu = kGpu;
    if (isLossState(state) && !isResumed) {
        script.engine.error = fail(ErrorCode::DeviceLost).error;
        script.engine.wordsBeforeError = kWordsInThePicture;
    }
    if (state == ScriptedState::Fallback) {
        script.gpu = kSmallGpu;
        script.weightBytes = kBytesTooLargeForGpu;
        script.quantisation = "Q4_K";
        script.deviceNotice = outOfMemory(19'200'000'000, 15'100'000'000);
    }
    if (state == ScriptedState::Refused) {
        script.failure = outOfMemory(9'400'000'000, 7'800'000'000);
        script.failingModel = kTooLarge;
        script.engine.error = outOfMemory(412'000'000, 96'000'000);
        script.engine.wordsBeforeError = kWordsInThePicture;
    }
    script.engine.replies = {kSecondReply};
    script.engine.wordDelay = std::chrono::milliseconds(8);
    // One that fails there must not wait there.
    if (!script.engine.error)
        script.engine.wordsBeforeHold = kWordsInThePicture;
    return script;
}

/// Off in the empty state, idle in most, busy and refused a port in two.
ScriptedServer::Script serverScript(ScriptedState state) {
    ScriptedServer::Script script;
    if (state == ScriptedState::Error)
        script.failure = scriptedBusyPort(ServerChoice::kPort);
    script.activity.connections = 2;
    if (state != ScriptedState::Empty)
        script.requests = scriptedRequests();
    if (state != ScriptedState::Busy)
        return script;
    PoolModelStatus other;
    other.model.name = "llama-3.2-3b-instruct";
    other.state = PoolState::Loading;
    other.progress = kShareInThePicture;
    PoolModelStatus own;
    own.model.name = "starter";
    own.state = PoolState::Loaded;
    own.leases = 3;
    script.activity = {5, 3, 1, 3, 212.0, {own, other}};
    return script;
}

bool hasServer(ScriptedState state) {
    return state == ScriptedState::Busy || state == ScriptedState::Error ||
           state == ScriptedState::Demo;
}

double downloadedShare(const ModelDownloads::Item& item) {
    return item.progress.totalBytes > 0
               ? double(item.progress.doneBytes) / double(item.progress.totalBytes)
               : 0.0;
}

void beginDownload(Workspace& workspace) {
    ModelAdvice& advice = workspace.advice();
    const auto start = [&workspace, &advice] {
        if (advice.isReady() && advice.advice().recommended &&
            workspace.downloads().items().empty())
            workspace.downloads().start(*advice.advice().recommended->model);
    };
    QObject::connect(&advice, &ModelAdvice::changed, &workspace, start);
    start(); // The advice may have been there before.
}

} // namespace

DemoState::DemoState(ScriptedState state)
    : m_state(state)
    , m_isResumed(false) {
    QTemporaryDir directory;
    directory.setAutoRemove(false);
    m_directory = directory.path();
    static_cast<void>(QFile(m_directory + kMarker).open(QIODevice::WriteOnly));
    if (state != ScriptedState::Empty && !isWelcomeState(state))
        writeDemoChats(m_directory + QLatin1String("/chats.sqlite"));
}

DemoState::DemoState(ScriptedState state, const QString& directory)
    : m_state(state)
    , m_isResumed(true)
    , m_directory(directory) {
}

DemoState::~DemoState() {
    if (!m_isHandedOn && QFile::exists(m_directory + kMarker))
        QDir(m_directory).removeRecursively();
}

bool DemoState::losesDevice() const {
    return isLossState(m_state);
}

WorkspaceOptions DemoState::options() const {
    WorkspaceOptions options;
    options.dataDirectory = m_directory;
    if (m_state == ScriptedState::Fallback)
        options.model = QString::fromLatin1(kTooLargeForGpu);
    if (m_state == ScriptedState::LostAgain)
        options.restartedMs = nowMilliseconds();
    options.makeLibrary = [state = m_state]() -> Result<std::unique_ptr<LibrarySource>> {
        return std::unique_ptr<LibrarySource>(std::make_unique<DemoLibrary>(state));
    };
    ScriptedDownloads::Script downloads;
    downloads.share = kShareInThePicture;
    downloads.holds = true;
    downloads.steps = kDownloadSteps;
    options.makeDownloads = sharedDownloads(std::make_shared<ScriptedDownloads>(downloads));
    if (isWelcomeState(m_state) || m_state == ScriptedState::Demo)
        options.makeAdvice = [state = m_state] {
            MachineDescription machine = scriptedMachine();
            machine.hasNetwork = state != ScriptedState::WelcomeOffline;
            const bool hasFound = state == ScriptedState::WelcomeFound;
            return std::make_unique<ScriptedAdvice>(machine, hasFound ? scriptedFindings()
                                                                      : std::vector<FoundModel>());
        };
    options.makeServer = scriptedServer(
        std::make_shared<ScriptedServer::Control>(serverScript(m_state)));
    options.makeHost = [script = loadScript(m_state, m_isResumed)](
                           const HostOptions&) -> Result<std::unique_ptr<Host>> {
        return std::unique_ptr<Host>(std::make_unique<ScriptedHost>(script));
    };
    return options;
}

void DemoState::begin(Workspace& workspace) const {
    if (m_state == ScriptedState::WelcomeDownload)
        beginDownload(workspace);
    if (m_state == ScriptedState::Empty || isWelcomeState(m_state) || m_isResumed)
        return;
    workspace.server().setOn(hasServer(m_state));
    ChatController& chats = workspace.chats();
    chats.open(chats.list().idAt(0));
    ChatSession* const chat = &chats.current();
    QObject::connect(
        chat, &ChatSession::reset, chat, [chat] { chat->send(QString::fromUtf8(kSecondQuestion)); },
        Qt::QueuedConnection);
    if (m_state == ScriptedState::Refused)
        QObject::connect(chat, &ChatSession::busyChanged, &workspace, [&workspace, chat] {
            if (!chat->isBusy())
                workspace.model().choose(QString::fromLatin1(kTooLarge));
        });
}

bool DemoState::isReached(Workspace& workspace) const {
    const ServerController& server = workspace.server();
    if (server.state() == ServerController::State::Starting ||
        (server.state() == ServerController::State::Running && server.activity().models.empty()))
        return false;
    const ChatSession& chat = workspace.chats().current();
    const bool isReady = workspace.model().state() == ModelSession::State::Ready;
    if (m_isResumed)
        return isReady && chat.isLoaded() && chat.count() > 0;
    switch (m_state) {
    case ScriptedState::Empty:
        return isReady;
    case ScriptedState::Busy:
        return workspace.model().progress().doneBytes > 0 && chat.isBusy();
    case ScriptedState::Error:
        return workspace.model().state() == ModelSession::State::Failed && chat.isBusy();
    case ScriptedState::Lost:
        return workspace.recovery().state() == DeviceRecovery::State::Counting;
    case ScriptedState::LostAgain:
        return workspace.recovery().state() == DeviceRecovery::State::Offered;
    case ScriptedState::Refused:
        return isReady && workspace.model().rejected().has_value();
    case ScriptedState::Welcome:
    case ScriptedState::WelcomeOffline:
    case ScriptedState::WelcomeFound:
        return workspace.advice().isReady();
    case ScriptedState::WelcomeDownload:
        return !workspace.downloads().items().empty() &&
               downloadedShare(workspace.downloads().items().front()) > kShareInThePicture - 0.02;
    case ScriptedState::Demo:
    case ScriptedState::Fallback:
        break;
    }
    return chat.progress().generated >= kWordsInThePicture;
}

} // namespace hearth::desktop
