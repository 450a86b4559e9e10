#pragma once

namespace hearth::ui {

/// Makes a ChatView's messages known to screen readers: each is a child with its speaker as name
/// and its text as value. Registering twice is harmless.
void installChatAccessibility();

} // namespace hearth::ui
