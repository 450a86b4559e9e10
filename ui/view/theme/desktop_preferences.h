#pragma once

#include <QDBusVariant>
#include <QObject>

namespace hearth::ui {

/// What the desktop's settings portal says about the look, now and whenever it changes. Asks
/// without waiting; without a session bus or a portal it stays silent.
class DesktopPreferences : public QObject {
    Q_OBJECT

public:
    explicit DesktopPreferences(QObject* parent);

signals:
    void darkPreferred(bool dark);
    void reducedMotionPreferred(bool reduced);

private slots:
    void onSetting(const QString& area, const QString& key, const QDBusVariant& value);
};

} // namespace hearth::ui
