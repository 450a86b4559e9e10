#pragma once

#include <functional>

class QAccessibleEvent;

namespace hearth::ui {

/// Makes a ChatView's messages known to screen readers: each is a child with its speaker as name
/// and a text interface. Registering twice is harmless.
void installChatAccessibility();

/// True where somebody hears of events: an assistive program, or a listener.
bool isAccessibilityHeard();
/// Sends an event to whoever hears.
void tellAccessibility(QAccessibleEvent& event);
/// Also hears every event; for tests, since platforms without a screen reader drop them.
void setAccessibilityListener(std::function<void(QAccessibleEvent&)> listener);

} // namespace hearth::ui
