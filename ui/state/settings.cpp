#include "state/settings.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

constexpr int kWriteDelayMilliseconds = 300;
constexpr qint64 kMaxFileBytes = 16 << 20;
constexpr int kMaxContextTokens = 1 << 24;

QString settingsFile(const QString& directory) {
    return QDir(directory).filePath(QStringLiteral("settings.json"));
}

QString themeName(ThemeChoice theme) {
    switch (theme) {
    case ThemeChoice::Light:
        return QStringLiteral("light");
    case ThemeChoice::Dark:
        return QStringLiteral("dark");
    case ThemeChoice::System:
        break;
    }
    return QStringLiteral("system");
}

ThemeChoice themeFromName(const QString& name) {
    if (name == QLatin1String("light"))
        return ThemeChoice::Light;
    return name == QLatin1String("dark") ? ThemeChoice::Dark : ThemeChoice::System;
}

QString motionName(MotionChoice motion) {
    switch (motion) {
    case MotionChoice::Full:
        return QStringLiteral("full");
    case MotionChoice::Reduced:
        return QStringLiteral("reduced");
    case MotionChoice::System:
        break;
    }
    return QStringLiteral("system");
}

MotionChoice motionFromName(const QString& name) {
    if (name == QLatin1String("full"))
        return MotionChoice::Full;
    return name == QLatin1String("reduced") ? MotionChoice::Reduced : MotionChoice::System;
}

QJsonArray presetsToJson(const QList<Preset>& presets) {
    QJsonArray json;
    for (const Preset& preset : presets)
        json.append(QJsonObject{{"name", preset.name}, {"settings", preset.settings.toJson()}});
    return json;
}

QList<Preset> presetsFromJson(const QJsonArray& json) {
    QList<Preset> presets;
    for (const QJsonValue& value : json) {
        const QJsonObject stored = value.toObject();
        const QString name = plainLine(stored["name"].toString());
        if (!name.isEmpty())
            presets.append({name, ChatSettings::fromJson(stored["settings"].toObject())});
    }
    return presets;
}

QMap<QString, QString> shortcutsFromJson(const QJsonObject& json) {
    QMap<QString, QString> shortcuts;
    for (auto entry = json.begin(); entry != json.end(); ++entry)
        if (entry->isString())
            shortcuts.insert(entry.key(), entry->toString());
    return shortcuts;
}

QJsonObject shortcutsToJson(const QMap<QString, QString>& shortcuts) {
    QJsonObject json;
    for (auto entry = shortcuts.begin(); entry != shortcuts.end(); ++entry)
        json.insert(entry.key(), entry.value());
    return json;
}

QByteArray toFile(const Settings::Values& values) {
    const QJsonObject json{{"theme", themeName(values.theme)},
                           {"language", values.language},
                           {"text_scale", values.textScale},
                           {"threads", values.threads},
                           {"device", values.device},
                           {"dismissed_notice", values.dismissedNotice},
                           {"last_model", values.lastModel},
                           {"sidebar", values.sidebarShown},
                           {"geometry", QString::fromLatin1(values.geometry.toBase64())},
                           {"motion", motionName(values.motion)},
                           {"context_tokens", values.contextTokens},
                           {"kv_type", values.kvType},
                           {"hub_endpoint", values.hubEndpoint},
                           {"proxy", values.proxy},
                           {"inspector", values.inspectorShown},
                           {"folded", QJsonArray::fromStringList(values.foldedSections)},
                           {"close_to_tray", values.closeToTray},
                           {"notifications", values.notifications},
                           {"automatic_titles", values.automaticTitles},
                           {"welcomed", values.welcomed},
                           {"server", values.server.toJson()},
                           {"presets", presetsToJson(values.presets)},
                           {"shortcuts", shortcutsToJson(values.shortcuts)}};
    return QJsonDocument(json).toJson();
}

Settings::Values fromFile(const QJsonObject& json) {
    Settings::Values values;
    values.theme = themeFromName(json["theme"].toString());
    values.language = json["language"].toString();
    values.textScale = std::clamp(json["text_scale"].toDouble(1.0), 0.8, 1.6);
    values.threads = std::clamp(json["threads"].toInt(), 0, 1024);
    values.device = json["device"].toString();
    values.dismissedNotice = json["dismissed_notice"].toString();
    values.lastModel = json["last_model"].toString();
    values.sidebarShown = json["sidebar"].toBool(true);
    values.geometry = QByteArray::fromBase64(json["geometry"].toString().toLatin1());
    values.motion = motionFromName(json["motion"].toString());
    values.contextTokens = std::clamp(json["context_tokens"].toInt(), 0, kMaxContextTokens);
    values.kvType = json["kv_type"].toString();
    values.hubEndpoint = json["hub_endpoint"].toString();
    values.proxy = json["proxy"].toString();
    values.inspectorShown = json["inspector"].toBool(values.inspectorShown);
    for (const QJsonValue& key : json["folded"].toArray())
        values.foldedSections += key.toString();
    values.closeToTray = json["close_to_tray"].toBool(values.closeToTray);
    values.notifications = json["notifications"].toBool(values.notifications);
    values.automaticTitles = json["automatic_titles"].toBool(values.automaticTitles);
    values.welcomed = json["welcomed"].toBool(values.welcomed);
    values.server = ServerChoice::fromJson(json["server"].toObject());
    values.presets = presetsFromJson(json["presets"].toArray());
    values.shortcuts = shortcutsFromJson(json["shortcuts"].toObject());
    return values;
}

} // namespace

Settings::Settings(const QString& dataDirectory, QObject* parent)
    : QObject(parent)
    , m_dataDirectory(dataDirectory) {
    QFile file(settingsFile(dataDirectory));
    if (file.open(QIODevice::ReadOnly)) {
        const QJsonDocument document = QJsonDocument::fromJson(file.read(kMaxFileBytes));
        m_values = fromFile(document.object());
        m_isFileDamaged = !document.isObject() && file.size() > 0;
    }
    m_writeSoon.setSingleShot(true);
    m_writeSoon.setInterval(kWriteDelayMilliseconds);
    connect(&m_writeSoon, &QTimer::timeout, this, &Settings::write);
}

Settings::~Settings() {
    flush();
    m_thread.finish();
}

QList<Preset> builtInPresets() {
    const auto named = [](const QString& name, ChatSettings settings) {
        settings.preset = name;
        return Preset{name, std::move(settings)};
    };
    ChatSettings precise;
    precise.temperature = 0.2;
    precise.topK = 20;
    precise.repetitionPenalty = 1.05;
    precise.systemPrompt = QCoreApplication::translate(
        "Presets", "Answer briefly and exactly. Say so when you are not certain.");
    ChatSettings creative;
    creative.temperature = 1.1;
    creative.topP = 0.97;
    creative.topK = 0;
    creative.minP = 0.05;
    creative.repetitionPenalty = 1.05;
    // Code repeats itself rightly: names, indentation, brackets.
    ChatSettings code;
    code.temperature = 0.2;
    code.topP = 0.95;
    code.repetitionPenalty = 1.0;
    code.systemPrompt = QCoreApplication::translate(
        "Presets", "You are an experienced programmer. Put code into fenced blocks that name the "
                   "language, and keep explanations short.");
    return {named(QCoreApplication::translate("Presets", "Balanced"), {}),
            named(QCoreApplication::translate("Presets", "Precise"), precise),
            named(QCoreApplication::translate("Presets", "Creative"), creative),
            named(QCoreApplication::translate("Presets", "Code"), code)};
}

void Settings::flush() {
    if (!m_writeSoon.isActive())
        return;
    m_writeSoon.stop();
    write();
}

void Settings::set(const Values& values) {
    if (values == m_values)
        return;
    m_values = values;
    m_writeSoon.start();
    emit changed();
}

void Settings::write() {
    m_thread.post([directory = m_dataDirectory, bytes = toFile(m_values),
                   isDamaged = std::exchange(m_isFileDamaged, false)] {
        QDir().mkpath(directory);
        const QString name = settingsFile(directory);
        // A person may still read presets and keys out of it.
        if (isDamaged) {
            const QString aside = name + QLatin1String(".damaged");
            QFile::remove(aside);
            QFile::rename(name, aside);
        }
        QSaveFile file(name);
        if (file.open(QIODevice::WriteOnly)) {
            file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
            file.write(bytes);
            file.commit();
        }
    });
}

} // namespace hearth::ui
