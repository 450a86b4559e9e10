#pragma once

#include "bridge/job_thread.h"
#include "state/chat_records.h"
#include "state/server_choice.h"

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QObject>
#include <QString>
#include <QTimer>

namespace hearth::ui {

enum class ThemeChoice : int { System, Light, Dark };
enum class MotionChoice : int { System, Full, Reduced };

/// Sampling and system prompt under a name, to be chosen for a chat.
struct Preset {
    QString name;
    ChatSettings settings; ///< Its model is not used.

    bool operator==(const Preset&) const = default;
};

/// What the person has chosen for the window: DATA_DIR/settings.json. Read once at the start;
/// changes are written together a moment later, on a thread of its own, whole or not at all. Only
/// its owner may read the file: it holds the server's keys.
/// A file that can't be understood counts as empty.
class Settings : public QObject {
    Q_OBJECT

public:
    explicit Settings(const QString& dataDirectory, QObject* parent = nullptr);
    /// Writes what has changed.
    ~Settings() override;

    struct Values {
        ThemeChoice theme = ThemeChoice::System;
        QString language; ///< "en", "zh_CN"; empty: the system's.
        double textScale = 1.0;
        int threads = 0; ///< 0: one a physical core.
        QString device;  ///< "cpu", "cuda:0", …; empty: the engine's choice.
        QString dismissedNotice; ///< The device notice that the person has seen enough of.
        QString lastModel; ///< Name in the library, or path; empty: the starter.
        bool sidebarShown = true;
        QByteArray geometry;
        MotionChoice motion = MotionChoice::System;
        int contextTokens = 0; ///< A chat, at the next load; 0: the model's, within memory.
        QString kvType;        ///< "f16", "int8", …; empty: the engine's choice.
        QString hubEndpoint;   ///< Mirror for downloads; empty: the hub itself.
        QString proxy;         ///< "http://host:port"; empty: the system's.
        bool inspectorShown = false;
        QStringList foldedSections; ///< Of the inspector, by their keys.
        bool closeToTray = false;
        bool notifications = true;
        bool automaticTitles = true;
        bool welcomed = false; ///< The first run is over.
        QList<Preset> presets; ///< Those of the person; the built-in ones are builtInPresets().
        ServerChoice server;
        QMap<QString, QString> shortcuts; ///< Action's name → keys (portable text) where changed.

        bool operator==(const Values&) const = default;
    };

    [[nodiscard]] const Values& values() const { return m_values; }
    [[nodiscard]] const QString& dataDirectory() const { return m_dataDirectory; }
    /// Announces and keeps the new values, if they differ.
    void set(const Values& values);
    /// Begins to write now what would be written in a moment.
    void flush();

signals:
    void changed();

private:
    void write();

    const QString m_dataDirectory;
    Values m_values;
    bool m_isFileDamaged = false; ///< What lies there is kept aside before it is written over.
    QTimer m_writeSoon;
    JobThread m_thread;
};

/// Balanced, precise, creative, code; their names are translated.
[[nodiscard]] QList<Preset> builtInPresets();

} // namespace hearth::ui
