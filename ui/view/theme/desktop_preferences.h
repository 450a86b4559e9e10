#pragma once

#include <QObject>
#include <QThread>

namespace hearth::ui {

enum class DesktopScheme { NoPreference, Dark, Light };

/// What the desktop's settings portal says about the look, now and whenever it changes. GUI thread;
/// the bus is met on a thread of its own, as joining it may wait. Without a bus or a portal it
/// stays silent.
class DesktopPreferences : public QObject {
    Q_OBJECT

public:
    explicit DesktopPreferences(QObject* parent);
    ~DesktopPreferences() override;

    /// Joins the session bus of `address` (empty: the user's), asks and listens. Once.
    void ask(const QString& address = QString());

signals:
    void schemePreferred(DesktopScheme scheme);
    void reducedMotionPreferred(bool reduced);

private:
    QThread m_thread;
};

} // namespace hearth::ui
