#pragma once

#include "demo/scripted_engine.h"
#include "state/chat_controller.h"
#include "state/chat_session.h"
#include "state/chat_store.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace hearth::ui::test {

/// The chats of a window without a window, in a folder of their own, answered from a script.
class ChatBench {
public:
    ChatBench() { start(); }
    ~ChatBench() { stop(); }

    /// As a new process on the same data.
    void start() {
        stop();
        bridge = std::make_unique<EngineBridge>();
        store = std::make_unique<ChatStore>(file());
        controller = std::make_unique<ChatController>(*bridge, *store);
        QVERIFY(QTest::qWaitFor([this] { return controller->isListLoaded(); }));
    }
    void stop() {
        controller.reset();
        engine.reset();
        bridge.reset();
        store.reset();
    }
    void useScript(const Script& script, int context = 0) {
        ModelInfo model;
        model.context = context;
        engine = std::make_shared<ScriptedEngine>(model, script);
        bridge->setEngine(engine);
    }
    [[nodiscard]] QString file() const { return directory.filePath("chats.sqlite"); }
    [[nodiscard]] ChatSession& chat() const { return controller->current(); }
    [[nodiscard]] RecordId id() const { return chat().record().id; }
    [[nodiscard]] bool waitForReply() const {
        return QTest::qWaitFor([this] { return !chat().isBusy(); });
    }
    [[nodiscard]] bool ask(const QString& text, const QList<Attachment>& attachments = {}) const {
        return chat().send(text, attachments) && waitForReply();
    }
    /// "role:content" of the turns of a request.
    [[nodiscard]] static QStringList turns(const Request& request) {
        QStringList turns;
        for (const Message& message : std::get<ChatPrompt>(request.prompt).messages)
            turns += QString::fromStdString(message.role + ":" + message.content);
        return turns;
    }
    [[nodiscard]] QStringList titles() const {
        QStringList titles;
        for (int row = 0; row < controller->list().rowCount(); ++row)
            titles += controller->list().index(row).data().toString();
        return titles;
    }
    /// Waits until everything put so far was tried.
    [[nodiscard]] bool sync() const {
        QSignalSpy synced(store.get(), &ChatStore::synced);
        store->sync();
        return synced.wait() && synced.first().first().toBool();
    }

    QTemporaryDir directory;
    std::unique_ptr<EngineBridge> bridge;
    std::unique_ptr<ChatStore> store;
    std::unique_ptr<ChatController> controller;
    std::shared_ptr<ScriptedEngine> engine;
};

} // namespace hearth::ui::test
