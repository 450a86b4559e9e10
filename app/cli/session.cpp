#include "cli/session.h"

#include "cli/console.h"

#include <optional>

namespace hearth::cli {

namespace {

void refuseWhatIsElsewhere(const std::string& model) {
    if (model.starts_with("http://") || model.starts_with("https://"))
        throw CommandFailed(model + ": this build cannot talk to remote servers; name a model of "
                                    "the library or a path");
}

} // namespace

Session openSession(const ModelOptions& options) {
    refuseWhatIsElsewhere(options.model);
    Session session;
    session.entry =
        orFail(orFail(ModelLibrary::open(options.dataDirectory)).resolve(options.model));
    session.host = orFail(createHost(options.host));
    {
        LoadBar bar;
        session.engine =
            orFail(session.host->load(session.entry.path, session.entry.name, options.load,
                                      [&](const LoadProgress& progress) { bar.show(progress); }));
    }
    if (const std::optional<Error>& notice = session.engine->model().deviceNotice)
        printMessage(asSentence(notice->message() + "; computing on the CPU meanwhile"));
    return session;
}

} // namespace hearth::cli
