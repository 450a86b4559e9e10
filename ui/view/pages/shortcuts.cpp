#include "view/pages/shortcuts.h"

#include "state/settings.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QShortcut>
#include <QToolTip>
#include <QVariant>
#include <QWidget>

#include <array>
#include <utility>

namespace hearth::ui {

namespace {

constexpr char kHintProperty[] = "hearth_action";

Qt::Key keyOf(const QKeySequence& keys) {
    return keys[0].key();
}

bool isReserved(const QKeySequence& keys) {
    switch (keyOf(keys)) {
    case Qt::Key_Escape:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return true;
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
    case Qt::Key_Space:
    case Qt::Key_Menu:
        return !(keys[0].keyboardModifiers() & Qt::ControlModifier);
    default:
        return false;
    }
}

/// Without Ctrl, Alt or Meta a key writes or moves the cursor, all but the function keys; with Ctrl
/// some edit.
bool isForWriting(const QKeySequence& keys) {
    const Qt::KeyboardModifiers modifiers = keys[0].keyboardModifiers();
    const Qt::Key key = keyOf(keys);
    if (!(modifiers & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)))
        return key < Qt::Key_F1 || key > Qt::Key_F35;
    if (modifiers != Qt::ControlModifier)
        return keys == QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z);
    switch (key) {
    case Qt::Key_A:
    case Qt::Key_C:
    case Qt::Key_V:
    case Qt::Key_X:
    case Qt::Key_Y:
    case Qt::Key_Z:
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Home:
    case Qt::Key_End:
    case Qt::Key_Backspace:
    case Qt::Key_Delete:
        return true;
    default:
        return false;
    }
}

QString toKept(const QList<QKeySequence>& keys) {
    return QKeySequence::listToString(keys, QKeySequence::PortableText);
}

} // namespace

void setActionHint(QWidget& widget, Action action) {
    widget.setProperty(kHintProperty, static_cast<int>(action));
}

Shortcuts::Shortcuts(Settings& settings, QWidget& window)
    : QObject(&window)
    , m_settings(settings)
    , m_window(window) {
    read();
    bind();
    connect(&settings, &Settings::changed, this, [this] {
        const auto before = std::to_array(m_keys);
        read();
        if (before == std::to_array(m_keys))
            return;
        bind();
        emit changed();
    });
    QCoreApplication::instance()->installEventFilter(this);
}

Shortcuts::~Shortcuts() = default;

void Shortcuts::setHandler(Action action, std::function<void()> handler) {
    m_handlers[static_cast<int>(action)] = std::move(handler);
}

void Shortcuts::trigger(Action action) {
    if (const auto& handler = m_handlers[static_cast<int>(action)])
        handler();
}

QList<QKeySequence> Shortcuts::keys(Action action) const {
    return m_keys[static_cast<int>(action)];
}

QString Shortcuts::keyText(Action action) const {
    return keys(action).value(0).toString(QKeySequence::NativeText);
}

bool Shortcuts::isChanged(Action action) const {
    return keys(action) != defaultKeys(action);
}

bool Shortcuts::isAnyChanged() const {
    return !m_settings.values().shortcuts.isEmpty();
}

QString Shortcuts::withKeys(const QString& text, Action action) const {
    const QString keyName = keyText(action);
    return keyName.isEmpty() ? text : tr("%1 (%2)").arg(text, keyName);
}

std::optional<Action> Shortcuts::holderOf(const QKeySequence& keys) const {
    for (int action = 0; action < kActionCount; ++action)
        if (m_keys[action].contains(keys))
            return static_cast<Action>(action);
    return std::nullopt;
}

Shortcuts::Refusal Shortcuts::refusal(Action action, const QKeySequence& keys) const {
    if (keys.isEmpty())
        return Refusal::None;
    if (isReserved(keys))
        return Refusal::Reserved;
    if (isForWriting(keys))
        return Refusal::Writing;
    return holderOf(keys).value_or(action) == action ? Refusal::None : Refusal::Taken;
}

bool Shortcuts::rebind(Action action, const QKeySequence& keys) {
    if (refusal(action, keys) != Refusal::None)
        return false;
    keep({{action, keys.isEmpty() ? QList<QKeySequence>() : QList<QKeySequence>{keys}}});
    return true;
}

void Shortcuts::swap(Action action, const QKeySequence& keys) {
    const auto holder = holderOf(keys);
    if (!holder || *holder == action || refusal(action, keys) != Refusal::Taken) {
        rebind(action, keys);
        return;
    }
    keep({{action, {keys}}, {*holder, this->keys(action)}});
}

void Shortcuts::reset(Action action) {
    QList<QKeySequence> free;
    for (const QKeySequence& keys : defaultKeys(action))
        if (holderOf(keys).value_or(action) == action)
            free += keys;
    keep({{action, free}});
}

void Shortcuts::resetAll() {
    Settings::Values values = m_settings.values();
    values.shortcuts.clear();
    m_settings.set(values);
}

void Shortcuts::setPaused(bool paused) {
    m_paused = paused;
    for (QShortcut* shortcut : m_bound)
        shortcut->setEnabled(!paused);
}

void Shortcuts::keep(const QList<Change>& changes) {
    Settings::Values values = m_settings.values();
    for (const auto& [action, keys] : changes) {
        if (keys == defaultKeys(action))
            values.shortcuts.remove(actionName(action));
        else
            values.shortcuts.insert(actionName(action), toKept(keys));
    }
    m_settings.set(values);
}

void Shortcuts::read() {
    // What is kept may be of another version or written by hand: its keys go to the first that
    // wants them, and those that the person has chosen before the defaults.
    const auto& kept = m_settings.values().shortcuts;
    for (auto& keys : m_keys)
        keys.clear();
    const auto take = [this](Action action, const QList<QKeySequence>& wanted) {
        for (const QKeySequence& keys : wanted)
            if (!keys.isEmpty() && refusal(action, keys) == Refusal::None)
                m_keys[static_cast<int>(action)] += keys;
    };
    for (int action = 0; action < kActionCount; ++action) {
        const auto found = kept.find(actionName(static_cast<Action>(action)));
        if (found != kept.end())
            take(static_cast<Action>(action),
                 QKeySequence::listFromString(*found, QKeySequence::PortableText));
    }
    for (int action = 0; action < kActionCount; ++action)
        if (!kept.contains(actionName(static_cast<Action>(action))))
            take(static_cast<Action>(action), defaultKeys(static_cast<Action>(action)));
}

void Shortcuts::bind() {
    for (QShortcut* before : std::exchange(m_bound, {})) {
        // It may be the one whose action is under way.
        before->setEnabled(false);
        before->deleteLater();
    }
    for (int action = 0; action < kActionCount; ++action) {
        for (const QKeySequence& keys : m_keys[action]) {
            auto* shortcut = new QShortcut(keys, &m_window);
            shortcut->setEnabled(!m_paused);
            connect(shortcut, &QShortcut::activated, this,
                    [this, action] { trigger(static_cast<Action>(action)); });
            m_bound += shortcut;
        }
    }
}

bool Shortcuts::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return false;
    auto* const widget = qobject_cast<QWidget*>(watched);
    const QVariant hint = widget != nullptr ? widget->property(kHintProperty) : QVariant();
    if (!hint.isValid() || widget->toolTip().isEmpty() || widget->window() != &m_window)
        return false;
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(),
                       withKeys(widget->toolTip(), static_cast<Action>(hint.toInt())), widget);
    return true;
}

} // namespace hearth::ui
