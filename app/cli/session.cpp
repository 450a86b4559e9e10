#include "cli/session.h"

#include "cli/console.h"
#include "formats/synthetic.h"

#include <optional>

namespace hearth::cli {

namespace {

void refuseWhatIsElsewhere(const std::string& model) {
    if (model.starts_with("http://") || model.starts_with("https://"))
        throw CommandFailed(model + ": hearth serve api_client chats with a server; here name a "
                                    "model of the library or a path");
}

/// What the person can change in the command; empty where that is nothing, or not known.
std::string remedyOf(const Error& error, const ModelOptions& options, bool isSynthetic) {
    const bool wantsGpu = options.load.device == DeviceChoice::Cuda;
    switch (error.code) {
    case ErrorCode::OutOfMemory:
        return wantsGpu && !isSynthetic
                   ? "; choose a smaller or more quantised model, fewer --context tokens or "
                     "--device cpu"
                   : "; choose a smaller or more quantised model, or fewer --context tokens";
    case ErrorCode::DriverMissing:
    case ErrorCode::DriverTooOld:
    case ErrorCode::GpuMissing:
    case ErrorCode::GpuTooOld:
    case ErrorCode::CublasMissing:
    case ErrorCode::BackendMissing:
    case ErrorCode::BackendMismatch:
    case ErrorCode::DeviceUnavailable:
        if (isSynthetic)
            return "; synthetic models need a GPU";
        return wantsGpu ? "; or use --device cpu" : "";
    default:
        return {};
    }
}

/// The value, or CommandFailed with what can be done.
template<typename Made>
Made orRemedy(Result<Made> made, const LibraryModel& entry, const ModelOptions& options) {
    if (made)
        return *std::move(made);
    const Error& error = made.error();
    throw CommandFailed(error.message() + remedyOf(error, options, isSyntheticName(entry.path)));
}

LibraryModel resolve(const ModelOptions& options) {
    refuseWhatIsElsewhere(options.model);
    return orFail(orFail(ModelLibrary::open(options.dataDirectory)).resolve(options.model));
}

void tellNotice(const ModelInfo& info) {
    if (const std::optional<Error>& notice = info.deviceNotice)
        printMessage(asSentence(*notice, "; using the CPU instead"));
}

} // namespace

Session openSession(const ModelOptions& options) {
    Session session;
    session.entry = resolve(options);
    if (session.entry.kind == ModelKind::Encoder)
        throw CommandFailed(session.entry.name +
                            ": this model makes embeddings, not text: use hearth embed");
    session.host = orFail(createHost(options.host));
    {
        LoadBar bar;
        session.engine = orRemedy(
            session.host->load(session.entry.path, session.entry.name, options.load,
                               [&](const LoadProgress& progress) { bar.show(progress); }),
            session.entry, options);
    }
    tellNotice(session.engine->model());
    return session;
}

EmbedderSession openEmbedderSession(const ModelOptions& options, EmbedderOptions embedder) {
    EmbedderSession session;
    session.entry = resolve(options);
    session.host = orFail(createHost(options.host));
    embedder.load = options.load;
    {
        LoadBar bar;
        session.embedder = orRemedy(
            session.host->openEmbedder(session.entry.path, session.entry.name, embedder,
                                       [&](const LoadProgress& progress) { bar.show(progress); }),
            session.entry, options);
    }
    tellNotice(session.embedder->model());
    return session;
}

} // namespace hearth::cli
