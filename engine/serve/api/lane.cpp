#include "serve/api/sampling_fields.h"

namespace hearth::serve {

Lane laneOf(const HttpRequest& request, std::int32_t priority) {
    const std::optional<std::string_view> lane = request.header("x-hearth-lane");
    if (lane == "job")
        return Lane::Job;
    if (lane == "title" || priority > 0)
        return Lane::Title;
    return Lane::Api;
}

} // namespace hearth::serve
