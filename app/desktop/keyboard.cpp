#include "keyboard.h"

#include <QApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QWidget>

QT_BEGIN_NAMESPACE
/// Qt's own way, by which QTest presses keys: true if a shortcut took them.
Q_GUI_EXPORT bool qt_sendShortcutOverrideEvent(QObject* object, ulong timestamp, int key,
                                               Qt::KeyboardModifiers modifiers,
                                               const QString& text = QString(),
                                               bool autorepeat = false, ushort count = 1);
QT_END_NAMESPACE

namespace hearth::desktop {

namespace {

QWidget& target(QWidget& window) {
    if (QWidget* const popup = QApplication::activePopupWidget())
        return popup->focusWidget() != nullptr ? *popup->focusWidget() : *popup;
    QWidget* const focus = window.focusWidget();
    return focus != nullptr ? *focus : window;
}

/// What the keys write without the modifiers that make them shortcuts.
QString textOf(QKeyCombination keys) {
    const bool isShortcut = keys.keyboardModifiers() & ~Qt::ShiftModifier;
    if (isShortcut || keys.key() >= Qt::Key_Escape)
        return keys.key() == Qt::Key_Return ? QStringLiteral("\r") : QString();
    const QChar letter(static_cast<char16_t>(keys.key()));
    return keys.keyboardModifiers() & Qt::ShiftModifier ? QString(letter)
                                                        : QString(letter.toLower());
}

} // namespace

bool pressKeys(QWidget& window, const QKeySequence& keys) {
    if (keys.isEmpty() || keys[0].key() == Qt::Key_unknown)
        return false;
    for (int i = 0; i < keys.count(); ++i) {
        const QKeyCombination combination = keys[i];
        const QString text = textOf(combination);
        const Qt::KeyboardModifiers modifiers = combination.keyboardModifiers();
        if (qt_sendShortcutOverrideEvent(&target(window), 0, combination.key(), modifiers, text))
            continue;
        for (const QEvent::Type type : {QEvent::KeyPress, QEvent::KeyRelease}) {
            QKeyEvent event(type, combination.key(), modifiers, text);
            QCoreApplication::sendEvent(&target(window), &event);
        }
    }
    return true;
}

bool typeText(QWidget& window, const QString& text) {
    QInputMethodEvent event;
    event.setCommitString(text);
    return QCoreApplication::sendEvent(&target(window), &event);
}

} // namespace hearth::desktop
