#pragma once

#include "hearth/model_library.h"
#include "state/chat_records.h"
#include "state/model_catalogue.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace hearth::ui::test {

inline ChatRecord makeChat(const QString& title, qint64 updatedMs = nowMilliseconds()) {
    ChatRecord chat;
    chat.id = makeRecordId();
    chat.title = title;
    chat.createdMs = chat.updatedMs = updatedMs;
    chat.leaf = 1;
    return chat;
}

inline MessageRecord makeMessage(const ChatRecord& chat, MessageRole role, const QString& text,
                                 RecordId parent = 0) {
    MessageRecord message;
    message.id = makeRecordId();
    message.chat = chat.id;
    message.parent = parent;
    message.role = role;
    message.createdMs = nowMilliseconds();
    message.text = text;
    return message;
}

/// A library in memory, with two models.
class MemoryLibrary final : public LibrarySource {
public:
    MemoryLibrary() {
        m_models.push_back(make("starter", true));
        m_models.push_back(make("qwen-8b", false));
    }

    Result<std::vector<LibraryModel>> scan() override { return m_models; }
    Result<LibraryModel> add(const std::string& path) override {
        if (path.find("missing") != std::string::npos)
            return fail(ErrorCode::NotFound);
        m_models.push_back(make(path.substr(path.rfind('/') + 1), false));
        return m_models.back();
    }
    Result<void> remove(const std::string& name) override {
        std::erase_if(m_models, [&](const LibraryModel& model) { return model.name == name; });
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
        for (const LibraryModel& model : m_models)
            if (model.name == nameOrPath || model.path == nameOrPath)
                return model;
        Error error;
        error.code = ErrorCode::NotFound;
        error.field = nameOrPath;
        return fail(error);
    }

private:
    static LibraryModel make(const std::string& name, bool isStarter) {
        LibraryModel model;
        model.name = name;
        model.path = "/models/" + name;
        model.quantisation = "Q4_1";
        model.bytes = 98'000'000;
        model.trainedContext = 8192;
        model.isStarter = isStarter;
        return model;
    }

    std::vector<LibraryModel> m_models;
    std::vector<std::string> m_folders;
};

inline LibraryFactory memoryLibrary() {
    return []() -> Result<std::unique_ptr<LibrarySource>> {
        return std::unique_ptr<LibrarySource>(std::make_unique<MemoryLibrary>());
    };
}

} // namespace hearth::ui::test
