#include "engine_sources.h"

#include "hearth/host.h"
#include "hearth/model_library.h"

namespace hearth::desktop {

namespace {

class DiskLibrary final : public ui::LibrarySource {
public:
    explicit DiskLibrary(ModelLibrary library) : m_library(std::move(library)) {}

    Result<std::vector<LibraryModel>> scan() override {
        HEARTH_TRY(m_library.scan());
        return m_library.models();
    }
    Result<LibraryModel> add(const std::string& path) override { return m_library.add(path); }
    Result<void> remove(const std::string& name) override { return m_library.remove(name); }
    Result<LibraryModel> resolve(const std::string& nameOrPath) override {
        return m_library.resolve(nameOrPath);
    }

private:
    ModelLibrary m_library;
};

} // namespace

ui::WorkspaceOptions engineSources(const QString& dataDirectory) {
    ui::WorkspaceOptions options;
    options.dataDirectory = dataDirectory;
    options.makeHost = [](const HostOptions& host) { return createHost(host); };
    options.makeLibrary =
        [directory = dataDirectory.toStdString()]() -> Result<std::unique_ptr<ui::LibrarySource>> {
        HEARTH_TRY_ASSIGN(ModelLibrary library, ModelLibrary::open(directory));
        return std::unique_ptr<ui::LibrarySource>(std::make_unique<DiskLibrary>(std::move(library)));
    };
    return options;
}

} // namespace hearth::desktop
