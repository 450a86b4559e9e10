#include "fault_vfs.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMap>

#include <cstring>
#include <new>
#include <sqlite3.h>

namespace hearth::ui::test {

namespace {

constexpr qsizetype kSectorBytes = 512;

sqlite3_vfs* g_system = nullptr;

/// A file of ours, with the system's behind it in the same piece of memory.
struct Wrapped {
    sqlite3_file base;
    const char* path; ///< SQLite keeps it as long as the file is open; null: a temporary file.

    [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

Wrapped* wrapped(sqlite3_file* file) {
    return reinterpret_cast<Wrapped*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return wrapped(file)->real();
}
const sqlite3_io_methods& methods(sqlite3_file* file) {
    return *real(file)->pMethods;
}

void note(sqlite3_file* file, DiskOperation::Kind kind, qint64 offset = 0,
          const QByteArray& bytes = {}) {
    if (FaultVfs::instance().isRecording() && wrapped(file)->path != nullptr)
        FaultVfs::instance().note({kind, QString::fromUtf8(wrapped(file)->path), offset, bytes});
}

int closeFile(sqlite3_file* file) {
    return methods(file).xClose(real(file));
}
int readFile(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
    return methods(file).xRead(real(file), to, bytes, offset);
}
int writeFile(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
    switch (FaultVfs::instance().next()) {
    case DiskFailure::Full:
        return SQLITE_FULL;
    case DiskFailure::Io:
        return SQLITE_IOERR_WRITE;
    case DiskFailure::ShortWrite:
        // Half of it lands before the disk is full.
        methods(file).xWrite(real(file), from, bytes / 2, offset);
        return SQLITE_FULL;
    default:
        break;
    }
    note(file, DiskOperation::Kind::Write, offset,
         QByteArray(static_cast<const char*>(from), bytes));
    return methods(file).xWrite(real(file), from, bytes, offset);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
    if (FaultVfs::instance().next() != DiskFailure::None)
        return SQLITE_IOERR_TRUNCATE;
    note(file, DiskOperation::Kind::Truncate, size);
    return methods(file).xTruncate(real(file), size);
}
int syncFile(sqlite3_file* file, int) {
    if (FaultVfs::instance().next() != DiskFailure::None)
        return SQLITE_IOERR_FSYNC;
    // Not passed on: the tests keep their own account of what is durable.
    note(file, DiskOperation::Kind::Sync);
    return SQLITE_OK;
}
int sizeOfFile(sqlite3_file* file, sqlite3_int64* size) {
    return methods(file).xFileSize(real(file), size);
}
int lockFile(sqlite3_file* file, int level) {
    return methods(file).xLock(real(file), level);
}
int unlockFile(sqlite3_file* file, int level) {
    return methods(file).xUnlock(real(file), level);
}
int isReserved(sqlite3_file* file, int* result) {
    return methods(file).xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int operation, void* argument) {
    return methods(file).xFileControl(real(file), operation, argument);
}
int sectorSize(sqlite3_file* file) {
    return methods(file).xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
    return methods(file).xDeviceCharacteristics(real(file));
}
int mapShared(sqlite3_file* file, int page, int bytes, int extend, void volatile** memory) {
    if (FaultVfs::instance().lacksSharedMemory())
        return SQLITE_IOERR_SHMMAP;
    return methods(file).xShmMap(real(file), page, bytes, extend, memory);
}
int lockShared(sqlite3_file* file, int offset, int count, int flags) {
    return methods(file).xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) {
    methods(file).xShmBarrier(real(file));
}
int unmapShared(sqlite3_file* file, int remove) {
    return methods(file).xShmUnmap(real(file), remove);
}

// Version 2: without memory mapped reads, which nobody could count.
constexpr sqlite3_io_methods kMethods = {
    2,          closeFile,  readFile,    writeFile, truncateFile, syncFile,        sizeOfFile,
    lockFile,   unlockFile, isReserved,  control,   sectorSize,   characteristics, mapShared,
    lockShared, barrier,    unmapShared, nullptr,   nullptr};

int openFile(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* outFlags) {
    auto* const ours = new (file) Wrapped{{nullptr}, path};
    const int result = g_system->xOpen(g_system, path, ours->real(), flags, outFlags);
    if (ours->real()->pMethods != nullptr)
        ours->base.pMethods = &kMethods;
    return result;
}

int deleteFile(sqlite3_vfs*, const char* path, int syncFolder) {
    FaultVfs& faults = FaultVfs::instance();
    if (faults.next() != DiskFailure::None)
        return SQLITE_IOERR_DELETE;
    if (faults.isRecording()) {
        faults.note({DiskOperation::Kind::Delete, QString::fromUtf8(path), 0, {}});
        if (syncFolder != 0)
            faults.note({DiskOperation::Kind::Sync, QString::fromUtf8(path), 0, {}});
    }
    return g_system->xDelete(g_system, path, syncFolder);
}

/// A file as the disk holds it; null: it is not there.
struct DiskFile {
    QByteArray durable;
    QList<const DiskOperation*> pending;
};

void apply(QByteArray& content, const DiskOperation& operation, qsizetype bytes) {
    switch (operation.kind) {
    case DiskOperation::Kind::Write:
        if (content.isNull())
            content = QByteArray("");
        if (content.size() < operation.offset + bytes)
            content.append(operation.offset + bytes - content.size(), '\0');
        std::memcpy(content.data() + operation.offset, operation.bytes.constData(),
                    static_cast<std::size_t>(bytes));
        break;
    case DiskOperation::Kind::Truncate:
        content.resize(operation.offset, '\0');
        break;
    case DiskOperation::Kind::Delete:
        content = QByteArray();
        break;
    case DiskOperation::Kind::Sync:
        break;
    }
}

void settle(DiskFile& file, PowerLoss loss, QRandomGenerator& random) {
    for (const DiskOperation* const operation : file.pending) {
        qsizetype bytes = operation->bytes.size();
        if (loss == PowerLoss::DropAll)
            return;
        if (loss == PowerLoss::DropSome) {
            if (random.bounded(2) == 0)
                continue;
            if (random.bounded(3) == 0)
                bytes = bytes / kSectorBytes / 2 * kSectorBytes;
        }
        apply(file.durable, *operation, bytes);
    }
}

} // namespace

FaultVfs& FaultVfs::instance() {
    static FaultVfs faults;
    static sqlite3_vfs vfs = [] {
        g_system = sqlite3_vfs_find(nullptr);
        sqlite3_vfs ours = *g_system;
        ours.zName = "faults";
        ours.szOsFile = static_cast<int>(sizeof(Wrapped)) + g_system->szOsFile;
        ours.xOpen = openFile;
        ours.xDelete = deleteFile;
        return ours;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 1);
    static_cast<void>(registered);
    return faults;
}

void FaultVfs::startRecording() {
    const std::lock_guard lock(m_mutex);
    m_record.clear();
    m_isRecording = true;
}

void FaultVfs::stopRecording() {
    m_isRecording = false;
}

qsizetype FaultVfs::recorded() const {
    const std::lock_guard lock(m_mutex);
    return m_record.size();
}

QList<DiskOperation> FaultVfs::takeRecord() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_record, {});
}

void FaultVfs::note(DiskOperation operation) {
    const std::lock_guard lock(m_mutex);
    m_record.append(std::move(operation));
}

void FaultVfs::failFrom(int nth, DiskFailure how) {
    m_attempts = 0;
    m_failFrom = nth;
    m_how = how;
}

void FaultVfs::heal() {
    m_how = DiskFailure::None;
}

DiskFailure FaultVfs::next() {
    const int attempt = ++m_attempts;
    const DiskFailure how = m_how;
    return how != DiskFailure::NoSharedMemory && attempt >= m_failFrom ? how : DiskFailure::None;
}

void replay(const QList<DiskOperation>& operations, qsizetype count, PowerLoss loss,
            QRandomGenerator& random, const QString& folder) {
    QMap<QString, DiskFile> files;
    for (qsizetype i = 0; i < count; ++i) {
        const DiskOperation& operation = operations[i];
        DiskFile& file = files[operation.path];
        if (operation.kind != DiskOperation::Kind::Sync) {
            file.pending.append(&operation);
            continue;
        }
        for (const DiskOperation* const written : std::as_const(file.pending))
            apply(file.durable, *written, written->bytes.size());
        file.pending.clear();
    }
    for (auto file = files.begin(); file != files.end(); ++file) {
        settle(*file, loss, random);
        if (file->durable.isNull())
            continue;
        QFile out(QDir(folder).filePath(QFileInfo(file.key()).fileName()));
        if (out.open(QIODevice::WriteOnly))
            out.write(file->durable);
    }
}

} // namespace hearth::ui::test
