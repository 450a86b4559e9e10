#include "serve/api/server_error.h"

namespace hearth::serve {

ApiError apiError(const ServerError& error) {
    ApiError result;
    result.status = error.status;
    result.type = httpErrorType(error.status);
    result.code = error.code;
    result.message = error.message;
    return result;
}

} // namespace hearth::serve
