#include "script.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <iterator>
#include <utility>

namespace hearth::desktop {

namespace {

constexpr qint64 kMaxFileBytes = 1 << 20;

constexpr std::pair<const char*, QJsonValue::Type> kVerbs[] = {
    {"type", QJsonValue::String},      {"send", QJsonValue::String},
    {"keys", QJsonValue::String},      {"action", QJsonValue::String},
    {"click", QJsonValue::String},     {"page", QJsonValue::String},
    {"section", QJsonValue::String},   {"theme", QJsonValue::String},
    {"language", QJsonValue::String},  {"size", QJsonValue::Array},
    {"seed", QJsonValue::Double},      {"temperature", QJsonValue::Double},
    {"wait", QJsonValue::String},      {"wait", QJsonValue::Double},
    {"screenshot", QJsonValue::String}};

bool isKnown(const ScriptStep& step) {
    return std::any_of(std::begin(kVerbs), std::end(kVerbs), [&](const auto& verb) {
        return step.verb == QLatin1String(verb.first) && step.argument.type() == verb.second;
    });
}

Script withProblem(const QString& problem) {
    Script script;
    script.problem = problem;
    return script;
}

} // namespace

Script Script::fromJson(const QByteArray& json) {
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError)
        return withProblem(QStringLiteral("it is no JSON at byte %1: %2")
                               .arg(error.offset)
                               .arg(error.errorString()));
    if (!document.isArray())
        return withProblem(QStringLiteral("it is no list of steps"));
    Script script;
    for (const QJsonValue& value : document.array()) {
        const QJsonObject object = value.toObject();
        if (object.size() != 1)
            return withProblem(
                QStringLiteral("step %1 is no object with one entry").arg(script.steps.size() + 1));
        const ScriptStep step{object.begin().key(), object.begin().value()};
        if (!isKnown(step))
            return withProblem(QStringLiteral("step %1 (\"%2\") is unknown or takes something else")
                                   .arg(script.steps.size() + 1)
                                   .arg(step.verb));
        script.steps += step;
    }
    return script;
}

Script Script::read(const QString& name) {
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return withProblem(QStringLiteral("it can't be read: %1").arg(file.errorString()));
    return fromJson(file.read(kMaxFileBytes));
}

} // namespace hearth::desktop
