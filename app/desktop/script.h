#pragma once

#include <QJsonValue>
#include <QList>
#include <QString>

#include <optional>

namespace hearth::desktop {

/// One step of a script, as `--help` lists them.
struct ScriptStep {
    QString verb;
    QJsonValue argument;
};

struct Script {
    QList<ScriptStep> steps;
    QString problem; ///< Why it can't be run, as a sentence; empty: it can.

    /// Unknown verbs and arguments of the wrong type are problems.
    [[nodiscard]] static Script fromJson(const QByteArray& json);
    [[nodiscard]] static Script read(const QString& file);
};

} // namespace hearth::desktop
