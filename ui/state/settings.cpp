#include "state/settings.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kWriteDelayMilliseconds = 300;
constexpr qint64 kMaxFileBytes = 1 << 20;

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

QByteArray toFile(const Settings::Values& values) {
    const QJsonObject json{{"theme", themeName(values.theme)},
                           {"language", values.language},
                           {"text_scale", values.textScale},
                           {"threads", values.threads},
                           {"device", values.device},
                           {"dismissed_notice", values.dismissedNotice},
                           {"last_model", values.lastModel},
                           {"sidebar", values.sidebarShown},
                           {"geometry", QString::fromLatin1(values.geometry.toBase64())}};
    return QJsonDocument(json).toJson();
}

Settings::Values fromFile(const QByteArray& bytes) {
    const QJsonObject json = QJsonDocument::fromJson(bytes).object();
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
    return values;
}

} // namespace

Settings::Settings(const QString& dataDirectory, QObject* parent)
    : QObject(parent)
    , m_dataDirectory(dataDirectory) {
    QFile file(settingsFile(dataDirectory));
    if (file.open(QIODevice::ReadOnly))
        m_values = fromFile(file.read(kMaxFileBytes));
    m_writeSoon.setSingleShot(true);
    m_writeSoon.setInterval(kWriteDelayMilliseconds);
    connect(&m_writeSoon, &QTimer::timeout, this, &Settings::write);
}

Settings::~Settings() {
    flush();
    m_thread.finish();
}

QList<Preset> builtInPresets() {
    return {};
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
    m_thread.post([directory = m_dataDirectory, bytes = toFile(m_values)] {
        QDir().mkpath(directory);
        QSaveFile file(settingsFile(directory));
        if (file.open(QIODevice::WriteOnly)) {
            file.write(bytes);
            file.commit();
        }
    });
}

} // namespace hearth::ui
