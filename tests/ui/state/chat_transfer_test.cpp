#include "state/chat_transfer.h"

#include "state/chat_json.h"
#include "state/chat_markdown.h"

#include "ui/support/chat_bench.h"
#include "ui/support/chat_fixtures.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSqlDatabase>
#include <QSqlQuery>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

namespace {

/// A chat with all that there can be in one.
ChatContents fullChat() {
    ChatContents contents;
    ChatRecord& chat = contents.chat;
    chat = makeChat("Tax \"2024\" 税 / *all*", 1'700'000'000'000);
    chat.titleIsOurs = false;
    chat.pinned = chat.archived = true;
    chat.folder = "Money";
    chat.settings.systemPrompt = "Be brief.\nBe kind.";
    chat.settings.seed = 42;
    chat.settings.whenFull = WhenFull::Forget;
    chat.draft = "half a tho\tught";
    chat.draftAttachments = {{"d.txt", "draft file", 2}};
    MessageRecord question = makeMessage(chat, MessageRole::User, "多少钱? 🙂\r\n```line");
    question.attachments = {{"a.csv", "1,2\n", 6}, {"b <x>.md", "```\ncode\n```", 9}};
    MessageRecord reply = makeMessage(chat, MessageRole::Assistant, "42", question.id);
    reply.figures = ReplyFigures{71.5, 0.25, 100, 96, 412, FinishReason::Length, "starter", 2};
    MessageRecord broken = makeMessage(chat, MessageRole::Assistant, {}, question.id);
    broken.state = ReplyState::Failed;
    broken.error = Error{ErrorCode::ContextExceeded, "p", "f", "d", 9000, 8192, {}};
    MessageRecord further = makeMessage(chat, MessageRole::User, "thanks", reply.id);
    chat.summary = "About money.";
    chat.summaryThrough = reply.id;
    chat.leaf = further.id;
    contents.messages = {question, reply, broken, further};
    return contents;
}

/// All but ids and the time of the export.
QJsonArray comparable(const QByteArray& bytes) {
    QJsonArray chats = QJsonDocument::fromJson(bytes).object()["chats"].toArray();
    for (QJsonValueRef chat : chats) {
        QJsonObject json = chat.toObject();
        QHash<QString, int> numbers{{QString(), -1}};
        QJsonArray messages = json["messages"].toArray();
        for (QJsonValueRef message : messages) {
            QJsonObject one = message.toObject();
            numbers.insert(one["id"].toString(), static_cast<int>(numbers.size()));
            one["id"] = numbers.value(one["id"].toString());
            one["parent"] = numbers.value(one["parent"].toString(), -2);
            message = one;
        }
        json["leaf"] = numbers.value(json["leaf"].toString(), -2);
        json["summary_through"] = numbers.value(json["summary_through"].toString(), -2);
        json["messages"] = messages;
        chat = json;
    }
    return chats;
}

} // namespace

class ChatTransferTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m = std::make_unique<ChatBench>(); }
    void cleanup() { m.reset(); }

    void jsonComesBackExactly();
    void importNeverOverwrites();
    void branchBecomesMarkdown();
    void severalGoIntoAFolder();
    void namesAreSafe_data();
    void namesAreSafe();
    void badFilesChangeNothing_data();
    void badFilesChangeNothing();
    void everyCutIsRefused();
    void controlsAreTakenOut();
    void chatGptExportIsTaken();
    void longWaysOfChatGptAreQuick();
    void openWebUiExportIsTaken();
    void exportFailsWithItsReason();
    void failedWriteImportsNothing();

private:
    QString write(const QString& name, const QByteArray& bytes) const {
        QFile file(m->directory.filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size()
                   ? file.fileName()
                   : QString();
    }
    QByteArray contentsOf(const QString& path) const {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void put(const ChatContents& contents) const {
        for (const MessageRecord& message : contents.messages)
            m->store->put(message);
        m->store->put(contents.chat);
        m->start();
    }
    /// Number of messages, or the problem.
    QString import(const QString& file) const {
        QSignalSpy imported(m->controller.get(), &ChatController::imported);
        QSignalSpy failed(m->controller.get(), &ChatController::transferFailed);
        m->controller->importChats(file);
        if (!QTest::qWaitFor([&] { return imported.count() + failed.count() > 0; }))
            return "no answer";
        return failed.isEmpty() ? QString::number(imported[0][1].toInt()) : failed[0][1].toString();
    }
    QByteArray exportAll(const QString& name) const {
        QList<RecordId> ids;
        for (const auto& [id, chat] : m->controller->list().all())
            ids.append(id);
        std::sort(ids.begin(), ids.end());
        QSignalSpy exported(m->controller.get(), &ChatController::exported);
        const QString path = m->directory.filePath(name);
        m->controller->exportChats(ids, TransferFormat::Json, path);
        return exported.wait() ? contentsOf(path) : QByteArray();
    }

    std::unique_ptr<ChatBench> m;
};

void ChatTransferTest::jsonComesBackExactly() {
    const ChatContents chat = fullChat();
    put(chat);
    const QByteArray first = exportAll("first.json");
    QCOMPARE(comparable(first).size(), 1);
    QCOMPARE(comparable(first).at(0)["messages"][0]["text"].toString(), chat.messages[0].text);
    QCOMPARE(comparable(first).at(0)["leaf"].toInt(), 4);
    const QString file = write("saved.json", first);
    m = std::make_unique<ChatBench>();
    QCOMPARE(import(write("there.json", first)), "4");
    QTRY_COMPARE(m->controller->list().all().size(), 1U);
    QCOMPARE(comparable(exportAll("second.json")), comparable(first));
}

void ChatTransferTest::importNeverOverwrites() {
    put(fullChat());
    const QByteArray before = exportAll("first.json");
    const QString file = m->directory.filePath("first.json");
    QCOMPARE(import(file), "4");
    QCOMPARE(import(file), "4");
    QTRY_COMPARE(m->controller->list().all().size(), 3U);
    const QJsonArray after = comparable(exportAll("second.json"));
    QCOMPARE(after.size(), 3);
    for (const QJsonValue& chat : after)
        QCOMPARE(chat, comparable(before).at(0));
    // What came in is found.
    QSignalSpy finished(m->controller.get(), &ChatController::searchFinished);
    m->controller->search("多少");
    QVERIFY(finished.wait());
    QCOMPARE(m->controller->list().rowCount(), 3);
}

void ChatTransferTest::branchBecomesMarkdown() {
    const QString text = QString::fromUtf8(chatToMarkdown(fullChat()));
    QVERIFY(text.startsWith("# Tax \"2024\" 税 / \\*all\\*\n"));
    QVERIFY(text.contains("- Temperature: 0.7\n"));
    QVERIFY(text.contains("> Be brief.\n> Be kind.\n"));
    QVERIFY(text.contains(
        "## You\n\n<details>\n<summary>a.csv</summary>\n\n```\n1,2\n```\n\n</details>"));
    QVERIFY(text.contains("<summary>b &lt;x&gt;.md</summary>\n\n````\n```\ncode\n```\n````"));
    QVERIFY(text.contains("## starter\n\n42\n\n## You\n\nthanks\n"));
}

void ChatTransferTest::severalGoIntoAFolder() {
    put(fullChat());
    put(fullChat());
    QList<RecordId> ids;
    for (const auto& [id, chat] : m->controller->list().all())
        ids.append(id);
    const QString folder = m->directory.filePath("notes");
    QSignalSpy exported(m->controller.get(), &ChatController::exported);
    m->controller->exportChats(ids, TransferFormat::Markdown, folder);
    QVERIFY(exported.wait());
    QCOMPARE(exported[0][1].toInt(), 2);
    m->controller->exportChats(ids, TransferFormat::Markdown, folder);
    QVERIFY(exported.wait());
    QCOMPARE(QDir(folder).entryList(QDir::Files).size(), 4);
    QVERIFY(QFile::exists(folder + "/Tax -2024- 税 - -all- (4).md"));
    for (const RecordId id : ids)
        m->controller->rename(id, "100%1");
    m->controller->exportChats(ids, TransferFormat::Markdown, folder);
    QVERIFY(exported.wait());
    QVERIFY(QFile::exists(folder + "/100%1 (2).md"));
    const QString single = m->directory.filePath("one.md");
    m->controller->exportChats({ids[0]}, TransferFormat::Markdown, single);
    QVERIFY(exported.wait());
    QVERIFY(contentsOf(single).startsWith("# 100%1"));
}

void ChatTransferTest::namesAreSafe_data() {
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("name");
    QTest::newRow("path") << "../../etc/passwd"
                          << "-..-etc-passwd";
    QTest::newRow("hidden") << ".bashrc"
                            << "bashrc";
    QTest::newRow("empty") << " .. "
                           << "Chat";
    QTest::newRow("reserved") << "con"
                              << "_con";
    QTest::newRow("reserved with suffix") << "LPT1.txt"
                                          << "_LPT1.txt";
    QTest::newRow("controls") << QString("a\n\x1b%1b").arg(QChar(0x202e)) << "a b";
    QTest::newRow("long") << QString(300, QChar(0x4e2d)) << QString(40, QChar(0x4e2d));
    QTest::newRow("long emoji") << QString("🙂").repeated(100) << QString("🙂").repeated(30);
    QTest::newRow("windows") << "a:b*c?"
                             << "a-b-c-";
}

void ChatTransferTest::namesAreSafe() {
    QFETCH(QString, title);
    QFETCH(QString, name);
    QCOMPARE(safeFileName(title), name);
}

void ChatTransferTest::badFilesChangeNothing_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto file = [](const QByteArray& messages, const QByteArray& before = "") {
        return QByteArray("{\"format\": \"hearth-chats\", \"version\": 1, \"chats\": [") + before +
               "{\"title\": \"t\", \"messages\": [" + messages + "]}]}";
    };
    const QByteArray good = R"({"id": "1", "role": "user", "text": "a"})";
    const auto message = [](const char* id, const char* parent) {
        return QByteArray(R"({"role": "user", "text": "a", "id": ")") + id + R"(", "parent": ")" +
               parent + "\"}";
    };
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no json") << QByteArray("# Tax\n");
    QTest::newRow("other json") << QByteArray("{\"a\": [1, 2]}");
    QTest::newRow("no chats") << QByteArray(
        R"({"format": "hearth-chats", "version": 1, "chats": []})");
    QTest::newRow("newer") << QByteArray(
        R"({"format": "hearth-chats", "version": 2, "chats": [{}]})");
    QTest::newRow("chat is a number") << QByteArray(R"({"format": "hearth-chats", "chats": [7]})");
    QTest::newRow("message is a number") << file("7");
    QTest::newRow("no role") << file(R"({"id": "1", "text": "a"})");
    QTest::newRow("unknown role") << file(R"({"id": "1", "role": "root", "text": "a"})");
    QTest::newRow("text is an object") << file(R"({"id": "1", "role": "user", "text": {}})");
    QTest::newRow("id is a number") << file(R"({"id": 1, "role": "user", "text": "a"})");
    QTest::newRow("same id") << file(good + "," + good);
    QTest::newRow("no such parent") << file(message("1", "9"));
    QTest::newRow("own parent") << file(message("1", "1"));
    QTest::newRow("circle") << file(message("1", "2") + "," + message("2", "3") + "," +
                                    message("3", "1"));
    QTest::newRow("good chat, then a bad one")
        << file("7", "{\"title\": \"good\", \"messages\": [" + good + "]},");
    QTest::newRow("deep") << QByteArray(100'000, '[');
    QTest::newRow("not utf-8") << file("{\"id\": \"1\", \"role\": \"user\", \"text\": \"\xff\"}");
}

void ChatTransferTest::badFilesChangeNothing() {
    QFETCH(QByteArray, bytes);
    put(fullChat());
    const QByteArray before = exportAll("before.json");
    const QString problem = import(write("bad.json", bytes));
    QVERIFY2(problem.toInt() == 0 && problem.size() > 10, qPrintable(problem));
    QVERIFY(m->sync());
    m->start();
    QCOMPARE(comparable(exportAll("after.json")), comparable(before));
}

void ChatTransferTest::everyCutIsRefused() {
    const QByteArray whole = chatsToJson({fullChat()});
    for (qsizetype size = 0; size < whole.size() - 2; ++size) {
        QString problem;
        QVERIFY(chatsFromJson(whole.left(size), &problem).isEmpty());
        QVERIFY(!problem.isEmpty());
    }
}

void ChatTransferTest::controlsAreTakenOut() {
    QCOMPARE(cleanText(QStringLiteral("a\x1b[1mb\tc\r\nd\x7f")), "a[1mb\tc\r\nd");
    QCOMPARE(cleanText(QString("x") + QChar(0xd83d) + "y🙂" + QChar(0xde42)), "xy🙂");
    QString problem;
    const QList<ChatContents> chats = chatsFromJson(
        R"({"format": "hearth-chats", "version": 1, "chats": [{"title": "a\u202eb\u0007\n", )"
        R"("folder": "x\u001by", "settings": {"temperature": 1e9}, "created": -5, )"
        R"("messages": [{"id": "1", "role": "assistant", "state": "streaming", "text": "t\u0000"}]}]})",
        &problem);
    QCOMPARE(problem, "");
    QCOMPARE(chats.size(), 1);
    QCOMPARE(chats[0].chat.title, "a b");
    QCOMPARE(chats[0].chat.folder, "x y");
    QCOMPARE(chats[0].chat.settings.temperature, ChatSettings().temperature);
    QVERIFY(chats[0].chat.createdMs > 1'600'000'000'000);
    QCOMPARE(chats[0].messages[0].text, "t");
    QCOMPARE(chats[0].messages[0].state, ReplyState::Stopped);
    QCOMPARE(chats[0].chat.leaf, chats[0].messages[0].id);
}

void ChatTransferTest::longWaysOfChatGptAreQuick() {
    // Each message has the same ten thousand hidden nodes before it.
    constexpr int kNodes = 10'000;
    QJsonObject mapping;
    for (int i = 0; i < kNodes; ++i) {
        const QJsonObject message{{"author", QJsonObject{{"role", "user"}}},
                                  {"content", QJsonObject{{"parts", QJsonArray{"words"}}}}};
        mapping[QString("hidden%1").arg(i)] =
            QJsonObject{{"parent", QString("hidden%1").arg(i > 0 ? i - 1 : kNodes - 1)}};
        mapping[QString("shown%1").arg(i)] =
            QJsonObject{{"parent", QString("hidden%1").arg(kNodes - 1)}, {"message", message}};
    }
    const QJsonArray chats{QJsonObject{{"title", "t"}, {"mapping", mapping}}};
    QElapsedTimer clock;
    clock.start();
    QString problem;
    const auto read = chatsFromChatGpt(chats, &problem);
    QVERIFY2(clock.elapsed() < 5'000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(problem, "");
    QCOMPARE(read.at(0).messages.size(), kNodes);
}

void ChatTransferTest::chatGptExportIsTaken() {
    const QByteArray file = R"([{"title": "Bread", "create_time": 1700000000.5,
        "update_time": 1700000100.0, "current_node": "d", "mapping": {
        "root": {"id": "root", "message": null, "parent": null, "children": ["s"]},
        "s": {"id": "s", "parent": "root", "children": ["a"], "message": {"author": {"role":
            "system"}, "create_time": null, "content": {"content_type": "text", "parts": [""]}}},
        "a": {"id": "a", "parent": "s", "children": ["b", "d"], "message": {"author": {"role":
            "user"}, "create_time": 1700000001, "content": {"content_type": "multimodal_text",
            "parts": [{"content_type": "image_asset_pointer"}, "How do I bake?"]}}},
        "b": {"id": "b", "parent": "a", "children": [], "message": {"author": {"role":
            "assistant"}, "create_time": 1700000002, "content": {"content_type": "text",
            "parts": ["First."]}}},
        "c": {"id": "c", "parent": "a", "children": ["d"], "message": {"author": {"role":
            "tool"}, "create_time": 1700000003, "content": {"content_type": "text",
            "parts": ["internal"]}}},
        "d": {"id": "d", "parent": "c", "children": [], "message": {"author": {"role":
            "assistant"}, "create_time": 1700000004, "content": {"content_type": "text",
            "parts": ["Second."]}}}}}])";
    QCOMPARE(import(write("conversations.json", file)), "3");
    QTRY_COMPARE(m->titles(), QStringList({"Bread"}));
    m->controller->open(m->controller->list().idAt(0));
    QTRY_VERIFY(m->chat().isLoaded());
    QCOMPARE(m->chat().record().createdMs, 1'700'000'000'500);
    QCOMPARE(m->chat().count(), 2);
    QCOMPARE(m->chat().message(0).text, "How do I bake?");
    QCOMPARE(m->chat().message(1).text, "Second.");
    QCOMPARE(m->chat().version(1), std::pair(2, 2));
}

void ChatTransferTest::openWebUiExportIsTaken() {
    const QByteArray file = R"([{"id": "x", "title": "Rye", "created_at": 1700000000,
        "updated_at": 1700000100, "pinned": true, "archived": false, "chat": {"title": "Rye",
        "history": {"currentId": "2", "messages": {
        "1": {"id": "1", "parentId": null, "childrenIds": ["2", "3"], "role": "user",
            "content": "rye?", "timestamp": 1700000001},
        "2": {"id": "2", "parentId": "1", "childrenIds": [], "role": "assistant",
            "content": "one", "timestamp": 1700000002},
        "3": {"id": "3", "parentId": "1", "childrenIds": [], "role": "assistant",
            "content": "two", "timestamp": 1700000003}}}}}])";
    QCOMPARE(import(write("webui.json", file)), "3");
    QTRY_COMPARE(m->titles(), QStringList({"Rye"}));
    m->controller->open(m->controller->list().idAt(0));
    QTRY_VERIFY(m->chat().isLoaded());
    QVERIFY(m->chat().record().pinned);
    QCOMPARE(m->chat().message(1).text, "one");
    QCOMPARE(m->chat().version(1), std::pair(1, 2));
}

void ChatTransferTest::exportFailsWithItsReason() {
    put(fullChat());
    QSignalSpy failed(m->controller.get(), &ChatController::transferFailed);
    const QString path = m->directory.filePath("no/such/folder/x.json");
    m->controller->exportChats({m->controller->list().idAt(0)}, TransferFormat::Json, path);
    QVERIFY(failed.wait());
    QCOMPARE(failed[0][0].toString(), path);
    QVERIFY(!failed[0][1].toString().isEmpty());
    QVERIFY(import(m->directory.path()).toInt() == 0);
    QVERIFY(import("/dev/zero").toInt() == 0);
}

void ChatTransferTest::failedWriteImportsNothing() {
    const QByteArray file = chatsToJson({fullChat(), fullChat()});
    {
        QSqlDatabase raw = QSqlDatabase::addDatabase("QSQLITE", "raw");
        raw.setDatabaseName(m->file());
        QVERIFY(raw.open());
        // The second chat's last message.
        QVERIFY(QSqlQuery(raw).exec(
            "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN new.text = 'thanks' AND "
            "(SELECT count(*) FROM messages WHERE text = 'thanks') = 1 "
            "BEGIN SELECT abs(-9223372036854775808); END"));
        raw.close();
    }
    QSqlDatabase::removeDatabase("raw");
    const QString path = write("two.json", file);
    QVERIFY(import(path).toInt() == 0);
    m->start();
    QCOMPARE(m->controller->list().all().size(), 0U);
}

QTEST_GUILESS_MAIN(ChatTransferTest)
#include "chat_transfer_test.moc"
