#include "display_probe.h"

#include <QByteArray>
#include <QtGlobal>

#include <cstring>
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hearth::desktop {

namespace {

/// Connects as Qt will, cookies included, through the library that Qt's plugin needs anyway.
bool x11Answers() {
    if (qEnvironmentVariableIsEmpty("DISPLAY"))
        return false;
    void* const library = dlopen("libxcb.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr)
        return false;
    using Connect = void* (*)(const char*, int*);
    using HasError = int (*)(void*);
    using Disconnect = void (*)(void*);
    const auto connect = reinterpret_cast<Connect>(dlsym(library, "xcb_connect"));
    const auto hasError = reinterpret_cast<HasError>(dlsym(library, "xcb_connection_has_error"));
    const auto disconnect = reinterpret_cast<Disconnect>(dlsym(library, "xcb_disconnect"));
    bool answers = false;
    if (connect != nullptr && hasError != nullptr && disconnect != nullptr) {
        void* const connection = connect(nullptr, nullptr);
        answers = hasError(connection) == 0;
        disconnect(connection);
    }
    dlclose(library);
    return answers;
}

bool waylandAnswers() {
    const QByteArray display = qgetenv("WAYLAND_DISPLAY");
    if (display.isEmpty())
        return false;
    const QByteArray path =
        display.startsWith('/') ? display : qgetenv("XDG_RUNTIME_DIR") + '/' + display;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= static_cast<int>(sizeof(address.sun_path)))
        return false;
    std::memcpy(address.sun_path, path.constData(), path.size());
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return false;
    const bool answers =
        connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(descriptor);
    return answers;
}

} // namespace

bool prepareDisplay() {
    const QByteArray platform = qgetenv("QT_QPA_PLATFORM");
    const bool isChosen = !platform.isEmpty();
    if (isChosen && !platform.startsWith("xcb") && !platform.startsWith("wayland"))
        return true;
    const bool x11 = x11Answers();
    const bool wayland = waylandAnswers();
    if (isChosen)
        return platform.startsWith("xcb") ? x11 : wayland;
    if (x11 != wayland)
        qputenv("QT_QPA_PLATFORM", x11 ? "xcb" : "wayland");
    return x11 || wayland;
}

} // namespace hearth::desktop
