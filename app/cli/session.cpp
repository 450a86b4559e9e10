#include "cli/session.h"

#include "cli/console.h"
#include "formats/synthetic.h"

#include <optional>

namespace hearth::cli {

namespace {

void refuseWhatIsElsewhere(const std::string& model) {
    if (model.starts_with("http://") || model.starts_with("https://"))
        throw CommandFailed(model + ": this build cannot talk to remote servers; name a model of "
                                    "the library or a path");
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

std::shared_ptr<Engine> load(Host& host, const LibraryModel& entry, const ModelOptions& options) {
    LoadBar bar;
    auto engine = host.load(entry.path, entry.name, options.load,
                            [&](const LoadProgress& progress) { bar.show(progress); });
    if (engine)
        return *std::move(engine);
    const Error& error = engine.error();
    throw CommandFailed(error.message() + remedyOf(error, options, isSyntheticName(entry.path)));
}

} // namespace

Session openSession(const ModelOptions& options) {
    refuseWhatIsElsewhere(options.model);
    Session session;
    session.entry =
        orFail(orFail(ModelLibrary::open(options.dataDirectory)).resolve(options.model));
    session.host = orFail(createHost(options.host));
    session.engine = load(*session.host, session.entry, options);
    if (const std::optional<Error>& notice = session.engine->model().deviceNotice)
        printMessage(asSentence(*notice, "; using the CPU instead"));
    return session;
}

} // namespace hearth::cli
