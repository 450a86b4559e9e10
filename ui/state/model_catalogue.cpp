#include "state/model_catalogue.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

ModelCatalogue::ModelCatalogue(LibraryFactory factory, QObject* parent)
    : QAbstractListModel(parent)
    , m_factory(std::move(factory)) {}

int ModelCatalogue::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_models.size());
}

QVariant ModelCatalogue::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const LibraryModel& model = m_models.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return QString::fromStdString(model.name);
    case PathRole:
        return QString::fromStdString(model.path);
    case QuantisationRole:
        return QString::fromStdString(model.quantisation);
    case BytesRole:
        return static_cast<qulonglong>(model.bytes);
    case ContextRole:
        return model.trainedContext;
    case StarterRole:
        return model.isStarter;
    case ProblemRole:
        return QString::fromStdString(model.problem);
    default:
        return {};
    }
}

int ModelCatalogue::rowOf(const QString& name) const {
    const auto found = std::find_if(m_models.begin(), m_models.end(),
                                    [wanted = name.toStdString()](const LibraryModel& model) {
                                        return model.name == wanted;
                                    });
    return found == m_models.end() ? -1 : static_cast<int>(found - m_models.begin());
}

Result<LibrarySource*> ModelCatalogue::source() {
    if (!m_source) {
        HEARTH_TRY_ASSIGN(m_source, m_factory());
    }
    return m_source.get();
}

void ModelCatalogue::tell(std::function<void()> news) {
    QMetaObject::invokeMethod(this, std::move(news), Qt::QueuedConnection);
}

void ModelCatalogue::post(std::function<void(LibrarySource&)> job) {
    m_thread.post([this, job = std::move(job)] {
        auto library = source();
        if (library)
            job(**library);
        else
            tell([this, error = library.error()] { emit failed(error); });
    });
}

void ModelCatalogue::rescan(LibrarySource& library) {
    auto models = library.scan();
    QStringList folders;
    for (const std::string& folder : library.folders())
        folders += QString::fromStdString(folder);
    tell([this, models = std::move(models), folders]() mutable {
        if (models)
            show(*std::move(models), folders);
        else
            emit failed(models.error());
    });
}

void ModelCatalogue::show(std::vector<LibraryModel> models, const QStringList& folders) {
    m_folders = folders;
    beginResetModel();
    m_models = std::move(models);
    endResetModel();
    m_scanned = true;
    emit scanned();
}

void ModelCatalogue::scan() {
    post([this](LibrarySource& library) { rescan(library); });
}

void ModelCatalogue::add(const QString& path, const QString& called) {
    post([this, path = path.toStdString(),
          called = called.toStdString()](LibrarySource& library) {
        auto model = library.addAs(path, called);
        if (!model) {
            tell([this, error = model.error()] { emit failed(error); });
            return;
        }
        rescan(library);
        tell([this, name = QString::fromStdString(model->name)] { emit added(name); });
    });
}

void ModelCatalogue::remove(const QString& name) {
    post([this, name = name.toStdString()](LibrarySource& library) {
        if (auto removed = library.remove(name); !removed)
            tell([this, error = removed.error()] { emit failed(error); });
        rescan(library);
    });
}

void ModelCatalogue::addFolder(const QString& path) {
    post([this, path = path.toStdString()](LibrarySource& library) {
        if (auto added = library.addFolder(path); !added)
            tell([this, error = added.error()] { emit failed(error); });
        rescan(library);
    });
}

void ModelCatalogue::removeFolder(const QString& path) {
    post([this, path = path.toStdString()](LibrarySource& library) {
        if (auto removed = library.removeFolder(path); !removed)
            tell([this, error = removed.error()] { emit failed(error); });
        rescan(library);
    });
}

void ModelCatalogue::resolve(const QString& nameOrPath) {
    m_thread.post([this, nameOrPath] {
        const auto find = [&]() -> Result<LibraryModel> {
            HEARTH_TRY_ASSIGN(LibrarySource * library, source());
            return library->resolve(nameOrPath.toStdString());
        };
        tell([this, nameOrPath, model = find()]() mutable {
            if (model)
                emit resolved(nameOrPath, *model);
            else
                emit notResolved(nameOrPath, model.error());
        });
    });
}

} // namespace hearth::ui
