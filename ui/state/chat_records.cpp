#include "state/chat_records.h"

#include <QDateTime>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <algorithm>
#include <atomic>

namespace hearth::ui {

namespace {

constexpr int kTitleCharacters = 48;

double readNumber(const QJsonObject& json, const char* key, double fallback, double least,
                  double most) {
    const double value = json.value(QLatin1String(key)).toDouble(fallback);
    return value >= least && value <= most ? value : fallback;
}

int readCount(const QJsonObject& json, const char* key, int fallback = 0) {
    return static_cast<int>(readNumber(json, key, fallback, 0, 1e9));
}

QJsonObject errorToJson(const Error& error) {
    QJsonObject json{{"code", static_cast<int>(error.code)},
                     {"path", QString::fromStdString(error.path)},
                     {"field", QString::fromStdString(error.field)},
                     {"detail", QString::fromStdString(error.detail)}};
    if (error.needed)
        json["needed"] = static_cast<double>(*error.needed);
    if (error.available)
        json["available"] = static_cast<double>(*error.available);
    return json;
}

Error errorFromJson(const QJsonObject& json) {
    constexpr int kUnknown = static_cast<int>(ErrorCode::Internal);
    constexpr int kLast = static_cast<int>(ErrorCode::BackendMismatch);
    Error error;
    error.code = static_cast<ErrorCode>(readNumber(json, "code", kUnknown, 0, kLast));
    error.path = json["path"].toString().toStdString();
    error.field = json["field"].toString().toStdString();
    error.detail = json["detail"].toString().toStdString();
    if (json.contains("needed"))
        error.needed = static_cast<std::uint64_t>(readNumber(json, "needed", 0, 0, 1e18));
    if (json.contains("available"))
        error.available = static_cast<std::uint64_t>(readNumber(json, "available", 0, 0, 1e18));
    return error;
}

} // namespace

RecordId makeRecordId() {
    // 43 bits of milliseconds and 20 of chance; counting up keeps ids of one millisecond in order.
    static std::atomic<RecordId> last = 0;
    const RecordId fresh = (nowMilliseconds() << 20) |
                           static_cast<RecordId>(QRandomGenerator::global()->bounded(1 << 20));
    RecordId before = last.load();
    RecordId id = 0;
    do {
        id = std::max(fresh, before + 1);
    } while (!last.compare_exchange_weak(before, id));
    return id;
}

qint64 nowMilliseconds() {
    return QDateTime::currentMSecsSinceEpoch();
}

QJsonObject ChatSettings::toJson() const {
    return {{"model", model},
            {"system_prompt", systemPrompt},
            {"temperature", temperature},
            {"top_p", topP},
            {"top_k", topK},
            {"min_p", minP},
            {"repetition_penalty", repetitionPenalty},
            {"max_tokens", maxTokens}};
}

ChatSettings ChatSettings::fromJson(const QJsonObject& json) {
    ChatSettings settings;
    settings.model = json["model"].toString();
    settings.systemPrompt = json["system_prompt"].toString();
    settings.temperature = readNumber(json, "temperature", settings.temperature, 0.0, 100.0);
    settings.topP = readNumber(json, "top_p", settings.topP, 0.001, 1.0);
    settings.topK = readCount(json, "top_k", settings.topK);
    settings.minP = readNumber(json, "min_p", settings.minP, 0.0, 1.0);
    settings.repetitionPenalty =
        readNumber(json, "repetition_penalty", settings.repetitionPenalty, 0.001, 100.0);
    settings.maxTokens = readCount(json, "max_tokens");
    return settings;
}

SamplingOptions ChatSettings::sampling() const {
    SamplingOptions options;
    options.temperature = static_cast<float>(temperature);
    options.topP = static_cast<float>(topP);
    options.topK = topK;
    options.minP = static_cast<float>(minP);
    options.repetitionPenalty = static_cast<float>(repetitionPenalty);
    return options;
}

QJsonObject MessageRecord::detailsToJson() const {
    QJsonObject json;
    if (figures) {
        json["figures"] = QJsonObject{{"tokens_per_second", figures->tokensPerSecond},
                                      {"ttft", figures->timeToFirstToken},
                                      {"prompt", figures->promptTokens},
                                      {"cached", figures->cachedTokens},
                                      {"completion", figures->completionTokens},
                                      {"reason", static_cast<int>(figures->reason)},
                                      {"model", figures->model}};
    }
    if (error)
        json["error"] = errorToJson(*error);
    return json;
}

void MessageRecord::setDetails(const QJsonObject& json) {
    figures.reset();
    error.reset();
    if (json.contains("figures")) {
        const QJsonObject stored = json["figures"].toObject();
        ReplyFigures read;
        read.tokensPerSecond = readNumber(stored, "tokens_per_second", 0, 0, 1e9);
        read.timeToFirstToken = readNumber(stored, "ttft", 0, 0, 1e9);
        read.promptTokens = readCount(stored, "prompt");
        read.cachedTokens = readCount(stored, "cached");
        read.completionTokens = readCount(stored, "completion");
        read.reason = static_cast<FinishReason>(
            readNumber(stored, "reason", 0, 0, static_cast<int>(FinishReason::Cancelled)));
        read.model = stored["model"].toString();
        figures = read;
    }
    if (json.contains("error"))
        error = errorFromJson(json["error"].toObject());
}

QString titleFromPrompt(const QString& prompt) {
    static const QRegularExpression kBlanks(QStringLiteral("[\\s\\x{200e}\\x{200f}\\x{202a}-\\x{202e}]+"));
    const QString trimmed = prompt.trimmed();
    QString line = trimmed.section(QLatin1Char('\n'), 0, 0).replace(kBlanks, QStringLiteral(" "));
    if (line.size() <= kTitleCharacters)
        return line;
    qsizetype end = line.lastIndexOf(QLatin1Char(' '), kTitleCharacters);
    if (end < kTitleCharacters / 2)
        end = line.at(kTitleCharacters - 1).isHighSurrogate() ? kTitleCharacters - 1
                                                              : kTitleCharacters;
    return line.left(end) + QChar(0x2026);
}

} // namespace hearth::ui
