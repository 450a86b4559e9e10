#include "serve/api/routes.h"

#include <utility>

namespace hearth::serve {

Route getRoute(std::string path, std::string tag, std::string summary, Handler handler) {
    Route route;
    route.path = std::move(path);
    route.document.tag = std::move(tag);
    route.document.summary = std::move(summary);
    route.handler = std::move(handler);
    return route;
}

Route postRoute(std::string path, std::string tag, std::string summary, std::string schema,
                Handler handler) {
    Route route = getRoute(std::move(path), std::move(tag), std::move(summary), std::move(handler));
    route.method = Method::Post;
    route.document.requestSchema = std::move(schema);
    return route;
}

Route generatingRoute(std::string path, std::string tag, std::string summary, std::string schema,
                      Answers answers, Handler handler) {
    Route route = postRoute(std::move(path), std::move(tag), std::move(summary), std::move(schema),
                            std::move(handler));
    route.document.streams = answers == Answers::Stream;
    route.generates = true;
    return route;
}

} // namespace hearth::serve
