#pragma once

#include "demo/scripted_host.h"
#include "demo/scripted_machine.h"
#include "state/workspace.h"
#include "view/components/button.h"

#include <QAbstractButton>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>

namespace hearth::ui::test {

/// A library in memory that also finds what was downloaded.
class ShelfLibrary final : public LibrarySource {
public:
    explicit ShelfLibrary(std::shared_ptr<std::vector<LibraryModel>> models)
        : m_models(std::move(models)) {}

    Result<std::vector<LibraryModel>> scan() override { return *m_models; }
    Result<LibraryModel> add(const std::string& path) override { return addAs(path, {}); }
    Result<LibraryModel> addAs(const std::string& path, const std::string& name) override {
        if (path.find("missing") != std::string::npos)
            return fail(ErrorCode::NotFound);
        LibraryModel model;
        model.path = path;
        model.name = name.empty() ? path : name;
        model.place = ModelPlace::Added;
        m_models->push_back(model);
        return model;
    }
    Result<void> remove(const std::string& name) override {
        std::erase_if(*m_models, [&](const LibraryModel& model) { return model.name == name; });
        return {};
    }
    std::vector<std::string> folders() override { return m_folders; }
    Result<void> addFolder(const std::string& path) override {
        m_folders.push_back(path);
        return {};
    }
    Result<void> removeFolder(const std::string& path) override {
        std::erase(m_folders, path);
        return {};
    }
    Result<LibraryModel> resolve(const std::string& nameOrPath) override {
        for (const LibraryModel& model : *m_models)
            if (model.name == nameOrPath || model.path == nameOrPath)
                return model;
        if (nameOrPath.starts_with('/')) {
            LibraryModel model;
            model.name = model.path = nameOrPath;
            return model;
        }
        return fail(ErrorCode::NotFound);
    }

private:
    std::shared_ptr<std::vector<LibraryModel>> m_models;
    std::vector<std::string> m_folders;
};

inline LibraryModel shelfModel(const std::string& name, ModelPlace place = ModelPlace::Own) {
    LibraryModel model;
    model.name = name;
    model.path = "/models/" + name + ".gguf";
    model.quantisation = "Q4_1";
    model.bytes = 98'362'432;
    model.parameters = 134'000'000;
    model.kvBytesPerToken = 23'040;
    model.trainedContext = 8192;
    model.hasChatTemplate = true;
    model.isStarter = name == "starter";
    model.place = place;
    return model;
}

/// A workspace on scripts. Change the parts, then call make().
struct Scripted {
    QTemporaryDir directory;
    std::shared_ptr<std::vector<LibraryModel>> shelf =
        std::make_shared<std::vector<LibraryModel>>();
    MachineDescription machine = scriptedMachine();
    std::vector<FoundModel> found;
    LoadScript load;
    std::shared_ptr<ScriptedDownloads> downloads =
        std::make_shared<ScriptedDownloads>(ScriptedDownloads::Script());
    std::unique_ptr<Workspace> workspace;

    Workspace& make() {
        WorkspaceOptions options;
        options.dataDirectory = directory.path();
        options.makeLibrary = [shelf = shelf]() -> Result<std::unique_ptr<LibrarySource>> {
            return std::unique_ptr<LibrarySource>(std::make_unique<ShelfLibrary>(shelf));
        };
        options.makeHost = [load = load](const HostOptions&) -> Result<std::unique_ptr<Host>> {
            return std::unique_ptr<Host>(std::make_unique<ScriptedHost>(load));
        };
        options.makeAdvice = [machine = machine, found = found] {
            return std::make_unique<ScriptedAdvice>(machine, found);
        };
        options.makeDownloads = sharedDownloads(downloads);
        workspace = std::make_unique<Workspace>(options);
        return *workspace;
    }
};

/// The visible button of this text or accessible name; null: there is none.
inline QAbstractButton* buttonOf(const QWidget& page, const QString& words) {
    for (auto* button : page.findChildren<QAbstractButton*>())
        if (button->isVisible() &&
            (button->text() == words || button->accessibleName() == words))
            return button;
    return nullptr;
}

inline void click(QAbstractButton* button) {
    QTest::mouseClick(button, Qt::LeftButton);
}

} // namespace hearth::ui::test
