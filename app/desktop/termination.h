#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace hearth::desktop {

/// Tells, on the window's thread, that the process was asked to end (SIGTERM, SIGINT, SIGHUP), as
/// sessions and terminals do. One a program.
class Termination : public QObject {
    Q_OBJECT

public:
    explicit Termination(QObject* parent = nullptr);
    ~Termination() override;

signals:
    void requested();

private:
    int m_read = -1;
    int m_write = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace hearth::desktop
