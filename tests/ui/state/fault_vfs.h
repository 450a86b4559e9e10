#pragma once

#include <QByteArray>
#include <QList>
#include <QRandomGenerator>
#include <QString>

#include <atomic>
#include <mutex>

namespace hearth::ui::test {

/// What SQLite asked of the disk.
struct DiskOperation {
    enum class Kind { Write, Truncate, Sync, Delete };
    Kind kind = Kind::Write;
    QString path;
    qint64 offset = 0; ///< Of a write; the new size of a truncation.
    QByteArray bytes;
};

enum class DiskFailure { None, Full, Io, ShortWrite, NoSharedMemory };

/// Stands between SQLite and the disk of this process, as its default VFS. Thread-safe.
class FaultVfs {
public:
    /// Registers itself at the first call.
    static FaultVfs& instance();

    /// Every operation from now on is kept.
    void startRecording();
    void stopRecording();
    /// So many operations so far are recorded.
    [[nodiscard]] qsizetype recorded() const;
    [[nodiscard]] QList<DiskOperation> takeRecord();

    /// The `nth` changing operation from now on fails, and all after it until heal().
    void failFrom(int nth, DiskFailure how);
    void heal();
    /// Changing operations since failFrom().
    [[nodiscard]] int attempts() const { return m_attempts; }

    // For the file methods.
    void note(DiskOperation operation);
    [[nodiscard]] DiskFailure next();
    [[nodiscard]] bool lacksSharedMemory() const { return m_how == DiskFailure::NoSharedMemory; }
    [[nodiscard]] bool isRecording() const { return m_isRecording; }

private:
    FaultVfs() = default;

    mutable std::mutex m_mutex;
    QList<DiskOperation> m_record;
    std::atomic<bool> m_isRecording = false;
    std::atomic<int> m_attempts = 0;
    std::atomic<int> m_failFrom = 0;
    std::atomic<DiskFailure> m_how = DiskFailure::None;
};

/// Which of the writes that were not synced yet a power loss leaves on the disk.
enum class PowerLoss {
    DropAll,  ///< None.
    DropSome, ///< Any, in part: sectors of one may be missing.
    DropNone, ///< All: as after a kill.
};

/// Writes into `folder` the files that a disk would hold after the first `count` operations and a
/// loss of power. Files go by their names.
void replay(const QList<DiskOperation>& operations, qsizetype count, PowerLoss loss,
            QRandomGenerator& random, const QString& folder);

} // namespace hearth::ui::test
