#pragma once

#include "bridge/job_thread.h"
#include "hearth/model_library.h"

#include <QAbstractListModel>
#include <QStringList>

#include <functional>
#include <memory>
#include <vector>

namespace hearth::ui {

/// The library on disk as the catalogue sees it; used on one thread only.
class LibrarySource {
public:
    virtual ~LibrarySource() = default;

    virtual Result<std::vector<LibraryModel>> scan() = 0;
    virtual Result<LibraryModel> add(const std::string& path) = 0;
    /// With a name to call it by; empty: as its file.
    virtual Result<LibraryModel> addAs(const std::string& path, const std::string& /*name*/) {
        return add(path);
    }
    virtual Result<void> remove(const std::string& name) = 0;
    /// Folders that are looked through besides the library's own; adding one with or without models.
    virtual std::vector<std::string> folders() { return {}; }
    virtual Result<void> addFolder(const std::string& /*path*/) { return {}; }
    virtual Result<void> removeFolder(const std::string& /*path*/) { return {}; }
    /// By name or path; "starter" is the starter model.
    virtual Result<LibraryModel> resolve(const std::string& nameOrPath) = 0;
};
/// Called on the catalogue's thread.
using LibraryFactory = std::function<Result<std::unique_ptr<LibrarySource>>()>;

/// The models that a person has, as a list; looked for on a thread of its own. Window's thread.
class ModelCatalogue : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        PathRole = Qt::UserRole + 1,
        QuantisationRole,
        BytesRole,
        ContextRole,
        StarterRole,
        ProblemRole,
    };

    explicit ModelCatalogue(LibraryFactory factory, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    [[nodiscard]] const LibraryModel& at(int row) const { return m_models.at(row); }
    [[nodiscard]] int rowOf(const QString& name) const; ///< -1: not there.
    [[nodiscard]] bool isScanned() const { return m_scanned; }

    [[nodiscard]] const QStringList& folders() const { return m_folders; }

    void scan();
    void add(const QString& path, const QString& name = {});
    void addFolder(const QString& path);
    void removeFolder(const QString& path);
    void remove(const QString& name);
    /// Answered by resolved() or notResolved() with the same `nameOrPath`.
    void resolve(const QString& nameOrPath);

signals:
    void scanned();
    void added(const QString& name);
    void failed(const hearth::Error& error);
    void resolved(const QString& nameOrPath, const hearth::LibraryModel& model);
    void notResolved(const QString& nameOrPath, const hearth::Error& error);

private:
    /// On the catalogue's thread.
    Result<LibrarySource*> source();
    void post(std::function<void(LibrarySource&)> job);
    void rescan(LibrarySource& source);
    /// Runs on the window's thread, from the catalogue's.
    void tell(std::function<void()> news);
    void show(std::vector<LibraryModel> models, const QStringList& folders);

    LibraryFactory m_factory;
    std::unique_ptr<LibrarySource> m_source; ///< On m_thread only.
    std::vector<LibraryModel> m_models;
    QStringList m_folders;
    bool m_scanned = false;
    JobThread m_thread;
};

} // namespace hearth::ui
