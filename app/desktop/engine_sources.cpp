#include "engine_sources.h"

#include "hearth/download.h"
#include "hearth/found_models.h"
#include "hearth/host.h"
#include "hearth/model_advice.h"
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
    Result<LibraryModel> addAs(const std::string& path, const std::string& name) override {
        return m_library.add(path, name);
    }
    std::vector<std::string> folders() override { return m_library.folders(); }
    Result<void> addFolder(const std::string& path) override { return m_library.addFolder(path); }
    Result<void> removeFolder(const std::string& path) override {
        return m_library.removeFolder(path);
    }
    Result<void> remove(const std::string& name) override { return m_library.remove(name); }
    Result<LibraryModel> resolve(const std::string& nameOrPath) override {
        return m_library.resolve(nameOrPath);
    }

private:
    ModelLibrary m_library;
};

class MachineAdvice final : public ui::AdviceSource {
public:
    explicit MachineAdvice(std::string models) : m_models(std::move(models)) {}

    MachineDescription describe(const ui::HostDevices& devices) override {
        return describeMachine(devices.devices, devices.gpuProblem, m_models);
    }
    double measureMemory(int threads) override { return measureMemoryBandwidth(threads); }
    std::vector<FoundModel> find(const std::stop_token& stop) override {
        return findModels(searchPlaces(), stop);
    }

private:
    const std::string m_models;
};

class HubDownloads final : public ui::DownloadSource {
public:
    explicit HubDownloads(std::string models) : m_models(std::move(models)) {}

    Result<std::string> download(const HubFile& file, const DownloadOptions& options,
                                 const DownloadObserver& observer,
                                 const std::stop_token& stop) override {
        return downloadFromHub(file, m_models, options, observer, stop);
    }
    Result<std::string> fetchStarter(const DownloadOptions& options,
                                     const DownloadObserver& observer,
                                     const std::stop_token& stop) override {
        return hearth::fetchStarter(m_models, options, observer, stop);
    }
    std::uint64_t starterBytes() override { return hearth::starterBytes(); }
    std::vector<PartialDownload> partial() override { return partialDownloads(m_models); }
    void discard(const HubFile& file) override { discardPartialDownload(file, m_models); }

private:
    const std::string m_models;
};

} // namespace

ui::WorkspaceOptions engineSources(const QString& dataDirectory) {
    ui::WorkspaceOptions options;
    options.dataDirectory = dataDirectory;
    options.makeHost = [](const HostOptions& host) { return createHost(host); };
    options.makeLibrary =
        [directory = dataDirectory.toStdString()]() -> Result<std::unique_ptr<ui::LibrarySource>> {
        HEARTH_TRY_ASSIGN(ModelLibrary library, ModelLibrary::open(directory));
        return std::unique_ptr<ui::LibrarySource>(
            std::make_unique<DiskLibrary>(std::move(library)));
    };
    const std::string models = (dataDirectory + QStringLiteral("/models")).toStdString();
    options.makeAdvice = [models] { return std::make_unique<MachineAdvice>(models); };
    options.makeDownloads = [models] { return std::make_unique<HubDownloads>(models); };
    return options;
}

} // namespace hearth::desktop
