#include "state/request_log.h"
#include "state/request_text.h"
#include "state/server_choice.h"

#include "demo/scripted_server.h"

#include <QAbstractItemModelTester>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace hearth;
using namespace hearth::ui;

/// The request log as a list, its filter, and what is made of a request for people.
class RequestLogTest : public QObject {
    Q_OBJECT

private slots:
    void newestComesFirst();
    void oldestGoBeyondTheCap();
    void oldBodiesGoFirst();
    void pausedLogKeepsNewOnesBack();
    void whatWaitsIsBoundedToo();
    void filterFindsWordsAndErrors();
    void jsonIsPrettyAndKeepsItsOrder();
    void bodiesNestedWithoutEndCostLittle();
    void curlIsSafeForAShell();
    void conversationsAreFoundInEveryForm_data();
    void conversationsAreFoundInEveryForm();
    void choicesThatMakeNoSenseAreLeftOut();

private:
    static std::vector<ServedRequest> numbered(int from, int count, std::size_t bytes = 0) {
        std::vector<ServedRequest> requests;
        for (int i = from; i < from + count; ++i) {
            ServedRequest request;
            request.method = "GET";
            request.path = "/" + std::to_string(i);
            request.status = 200;
            request.body.assign(bytes, 'x');
            requests.push_back(request);
        }
        return requests;
    }
};

void RequestLogTest::newestComesFirst() {
    RequestLog log;
    const QAbstractItemModelTester tester(&log);
    log.add(numbered(0, 2));
    log.add(numbered(2, 1));
    QCOMPARE(log.rowCount(), 3);
    QCOMPARE(log.at(0).path, "/2");
    QCOMPARE(log.at(2).path, "/0");
    QCOMPARE(log.index(0).data().toString(), "GET /2 200");
    log.clear();
    QCOMPARE(log.rowCount(), 0);
}

void RequestLogTest::oldestGoBeyondTheCap() {
    RequestLog log;
    const QAbstractItemModelTester tester(&log);
    log.add(numbered(0, RequestLog::kMostRows - 1));
    log.add(numbered(RequestLog::kMostRows - 1, 3));
    QCOMPARE(log.rowCount(), int(RequestLog::kMostRows));
    QCOMPARE(log.at(0).path, "/5001");
    QCOMPARE(log.at(RequestLog::kMostRows - 1).path, "/2");
    log.add(numbered(10'000, RequestLog::kMostRows + 7));
    QCOMPARE(log.rowCount(), int(RequestLog::kMostRows));
    QCOMPARE(log.at(RequestLog::kMostRows - 1).path, "/10007");
}

void RequestLogTest::oldBodiesGoFirst() {
    RequestLog log;
    constexpr std::size_t kBytes = std::size_t{64} << 10;
    const int fitting = int(RequestLog::kMostBodyBytes / qsizetype(kBytes));
    log.add(numbered(0, fitting + 5, kBytes));
    QCOMPARE(log.rowCount(), fitting + 5);
    QVERIFY(log.at(fitting + 4).body.empty());
    QVERIFY(log.at(fitting).body.empty());
    QCOMPARE(log.at(fitting - 1).body.size(), kBytes);
    QCOMPARE(log.at(0).body.size(), kBytes);
}

void RequestLogTest::pausedLogKeepsNewOnesBack() {
    RequestLog log;
    const QAbstractItemModelTester tester(&log);
    log.add(numbered(0, 2));
    log.setPaused(true);
    log.add(numbered(2, 2));
    log.add(numbered(4, 1));
    QCOMPARE(log.rowCount(), 2);
    QCOMPARE(log.waiting(), 3);
    QCOMPARE(log.total(), quint64(5));
    log.setPaused(false);
    QCOMPARE(log.rowCount(), 5);
    QCOMPARE(log.waiting(), 0);
    for (int row = 0; row < 5; ++row)
        QCOMPARE(log.at(row).path, "/" + std::to_string(4 - row));
    log.setPaused(true);
    log.add(numbered(5, 1));
    log.clear();
    QCOMPARE(log.waiting(), 0);
    QCOMPARE(log.total(), quint64(0));
    log.setPaused(false);
    QCOMPARE(log.rowCount(), 0);
}

void RequestLogTest::whatWaitsIsBoundedToo() {
    RequestLog log;
    log.setPaused(true);
    constexpr std::size_t kBytes = std::size_t{64} << 10;
    for (int i = 0; i < 3; ++i)
        log.add(numbered(i * 2000, 2000, i == 2 ? kBytes : 0));
    QCOMPARE(log.waiting(), int(RequestLog::kMostRows));
    QCOMPARE(log.total(), quint64(6000));
    log.setPaused(false);
    QCOMPARE(log.rowCount(), int(RequestLog::kMostRows));
    QCOMPARE(log.at(0).path, "/5999");
    qsizetype bytes = 0;
    for (int row = 0; row < log.rowCount(); ++row)
        bytes += qsizetype(log.at(row).body.size());
    QCOMPARE(bytes, qsizetype(RequestLog::kMostBodyBytes));
}

void RequestLogTest::filterFindsWordsAndErrors() {
    RequestLog log;
    RequestFilter filter(log);
    const QAbstractItemModelTester tester(&filter);
    log.add(scriptedRequests());
    QCOMPARE(filter.rowCount(), log.rowCount());
    filter.setText(QStringLiteral("cline"));
    QVERIFY(filter.rowCount() > 0 && filter.rowCount() < log.rowCount());
    for (int row = 0; row < filter.rowCount(); ++row)
        QVERIFY(filter.at(row).agent.starts_with("Cline"));
    filter.setText({});
    filter.setErrorsOnly(true);
    QCOMPARE(filter.rowCount(), 3);
    filter.setText(QStringLiteral("404"));
    QCOMPARE(filter.rowCount(), 1);
    // A stream that broke off has the status of one that did not.
    ServedRequest broken;
    broken.status = 200;
    broken.error = "The request took too long.";
    log.add({broken});
    filter.setText({});
    QCOMPARE(filter.rowCount(), 4);
    log.clear();
    QCOMPARE(filter.rowCount(), 0);
}

void RequestLogTest::jsonIsPrettyAndKeepsItsOrder() {
    const QString json = QStringLiteral(R"({"z":[1,{"a":"}{,:\"\\"}],"b":{},"c":[]})");
    const QString pretty = prettyJson(json);
    QCOMPARE(pretty, QStringLiteral("{\n  \"z\": [\n    1,\n    {\n      \"a\": \"}{,:\\\"\\\\\"\n"
                                    "    }\n  ],\n  \"b\": {},\n  \"c\": []\n}"));
    QCOMPARE(QJsonDocument::fromJson(pretty.toUtf8()), QJsonDocument::fromJson(json.toUtf8()));
    QCOMPARE(prettyJson(QStringLiteral("{\"a\":[1,")), "{\n  \"a\": [\n    1,\n    ");
    QCOMPARE(prettyJson(QStringLiteral("a=1&b=2")), "a=1&b=2");
}

void RequestLogTest::bodiesNestedWithoutEndCostLittle() {
    std::string body(30'000, '[');
    for (int i = 0; i < 5'000; ++i)
        body += "{\"a\":";
    ServedRequest request;
    request.body = body;
    QVERIFY(!conversationOf(request));
    const QString pretty = prettyJson(QString::fromStdString(body));
    QVERIFY(pretty.startsWith(QLatin1String("[\n  [\n    [")));
    QVERIFY(pretty.size() < qsizetype(body.size()) * 140); // not by the square of the depth
}

void RequestLogTest::curlIsSafeForAShell() {
    ServedRequest request;
    request.method = "POST";
    request.path = "/v1/chat/completions";
    request.body = R"j({"a":"it's $(rm -rf ~)"})j";
    const QString url = QStringLiteral("http://127.0.0.1:23333");
    const QString line = curlText(request, url, false);
    QVERIFY(line.startsWith(QLatin1String("curl 'http://127.0.0.1:23333/v1/chat/completions'")));
    QVERIFY(line.endsWith(QLatin1String(R"j(-d '{"a":"it'\''s $(rm -rf ~)"}')j")));
    QVERIFY(!line.contains(QLatin1String("Authorization")));
    QVERIFY(curlText(request, url, true).contains(QLatin1String("Bearer $HEARTH_API_KEY")));
    request.method = "DELETE";
    request.body.clear();
    QVERIFY(curlText(request, url, false).startsWith(QLatin1String("curl -X 'DELETE' ")));
}

void RequestLogTest::conversationsAreFoundInEveryForm_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("words");
    QTest::newRow("openai") << QByteArray(R"({"messages":[{"role":"user","content":"Hi"}]})") << "Hi";
    QTest::newRow("parts") << QByteArray(
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url"}]}]})")
                           << "Hi";
    QTest::newRow("raw") << QByteArray(R"({"messages":"Hi"})") << "Hi";
    QTest::newRow("completion") << QByteArray(R"({"prompt":"Hi"})") << "Hi";
    QTest::newRow("responses") << QByteArray(R"({"input":"Hi"})") << "Hi";
    QTest::newRow("tgi") << QByteArray(R"({"inputs":"Hi"})") << "Hi";
    QTest::newRow("embedding") << QByteArray(R"({"model":"x"})") << QString();
    QTest::newRow("no json") << QByteArray("Hi") << QString();
}

void RequestLogTest::conversationsAreFoundInEveryForm() {
    QFETCH(QByteArray, body);
    QFETCH(QString, words);
    ServedRequest request;
    request.body = body.toStdString();
    const auto found = conversationOf(request);
    QCOMPARE(found.has_value(), !words.isEmpty());
    if (found)
        QCOMPARE(found->turns.last().text, words);
}

void RequestLogTest::choicesThatMakeNoSenseAreLeftOut() {
    const ServerChoice choice = ServerChoice::fromJson(
        {{"address", "example.org"}, {"port", 70'000}, {"origins", QJsonArray{"x", "*"}}});
    QCOMPARE(choice.address, QString(kThisComputer));
    QCOMPARE(choice.port, int(ServerChoice::kPort));
    QCOMPARE(choice.origins, QStringList{QStringLiteral("*")});
    QVERIFY(isLoopback(QStringLiteral("127.0.0.9")) && isLoopback(QStringLiteral("::1")));
    QVERIFY(!isLoopback(QStringLiteral("0.0.0.0")) && !isIpAddress(QStringLiteral("127.0.0")));
    QVERIFY(isOrigin(QStringLiteral("https://example.org:8080")));
    QVERIFY(!isOrigin(QStringLiteral("https://example.org/path")));
    QVERIFY(!isOrigin(QStringLiteral("example.org")));
}

QTEST_GUILESS_MAIN(RequestLogTest)
#include "request_log_test.moc"
