#include "state/chat_records.h"

#include <QDateTime>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <algorithm>
#include <atomic>

namespace hearth::ui {

namespace {

constexpr int kTitleCharacters = 48;
constexpr int kProbabilityChoices = 5;

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
    QJsonObject json{{"model", model},
                     {"preset", preset},
                     {"system_prompt", systemPrompt},
                     {"temperature", temperature},
                     {"top_p", topP},
                     {"top_k", topK},
                     {"min_p", minP},
                     {"repetition_penalty", repetitionPenalty},
                     {"presence_penalty", presencePenalty},
                     {"frequency_penalty", frequencyPenalty},
                     {"max_tokens", maxTokens},
                     {"when_full", static_cast<int>(whenFull)},
                     {"probabilities", probabilities}};
    if (seed)
        json["seed"] = *seed;
    return json;
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
    settings.preset = json["preset"].toString();
    settings.presencePenalty = readNumber(json, "presence_penalty", 0.0, -2.0, 2.0);
    settings.frequencyPenalty = readNumber(json, "frequency_penalty", 0.0, -2.0, 2.0);
    settings.maxTokens = readCount(json, "max_tokens");
    settings.whenFull = static_cast<WhenFull>(
        readNumber(json, "when_full", 0, 0, static_cast<int>(WhenFull::Forget)));
    settings.probabilities = json["probabilities"].toBool();
    if (const qint64 seed = json["seed"].toInteger(-1); seed >= 0)
        settings.seed = seed;
    return settings;
}

SamplingOptions ChatSettings::sampling() const {
    SamplingOptions options;
    options.temperature = static_cast<float>(temperature);
    options.topP = static_cast<float>(topP);
    options.topK = topK;
    options.minP = static_cast<float>(minP);
    options.repetitionPenalty = static_cast<float>(repetitionPenalty);
    options.presencePenalty = static_cast<float>(presencePenalty);
    options.frequencyPenalty = static_cast<float>(frequencyPenalty);
    if (seed)
        options.seed = static_cast<std::uint64_t>(*seed);
    if (probabilities)
        options.logprobs = kProbabilityChoices;
    return options;
}

QJsonArray attachmentsToJson(const QList<Attachment>& attachments) {
    QJsonArray json;
    for (const Attachment& attachment : attachments)
        json.append(QJsonObject{
            {"name", attachment.name}, {"text", attachment.text}, {"tokens", attachment.tokens}});
    return json;
}

QList<Attachment> attachmentsFromJson(const QJsonArray& json) {
    QList<Attachment> attachments;
    for (const QJsonValue& value : json) {
        const QJsonObject stored = value.toObject();
        if (stored["text"].isString())
            attachments.append({stored["name"].toString(), stored["text"].toString(),
                                readCount(stored, "tokens")});
    }
    return attachments;
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
                                      {"model", figures->model},
                                      {"forgotten", figures->forgotten}};
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
        read.forgotten = readCount(stored, "forgotten");
        figures = read;
    }
    if (json.contains("error"))
        error = errorFromJson(json["error"].toObject());
}

QString plainLine(const QString& text) {
    static const QRegularExpression kOffending(
        QStringLiteral("[\\x{0}-\\x{20}\\x{7f}-\\x{9f}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}"
                       "\\x{2066}-\\x{2069}]+"));
    return QString(text).replace(kOffending, QStringLiteral(" ")).simplified();
}

QString titleFromPrompt(const QString& prompt) {
    const QString line = plainLine(prompt.trimmed().section(QLatin1Char('\n'), 0, 0));
    if (line.size() <= kTitleCharacters)
        return line;
    qsizetype end = line.lastIndexOf(QLatin1Char(' '), kTitleCharacters);
    if (end < kTitleCharacters / 2)
        end = line.at(kTitleCharacters - 1).isHighSurrogate() ? kTitleCharacters - 1
                                                              : kTitleCharacters;
    return line.left(end) + QChar(0x2026);
}

QString titleFromMessage(const MessageRecord& message) {
    const bool hasWords = !message.text.trimmed().isEmpty() || message.attachments.isEmpty();
    return titleFromPrompt(hasWords ? message.text : message.attachments.first().name);
}

} // namespace hearth::ui
