#pragma once

#include "hearth/request.h"
#include "serve/api/form.h"

#include <string>
#include <vector>

namespace hearth::serve {

/// The content of a message: a string, or parts of text that are joined by line ends. Images and
/// other parts are refused: no model here sees them, and the server never fetches a URL.
FieldType<std::string> contentType();

/// A message of the chat API. Roles "developer" and "function" become "system" and "tool"; calls'
/// arguments become objects, as templates expect them.
FieldType<Message> messageType();

} // namespace hearth::serve
