#include "view/pages/settings/key_recorder.h"

#include "view/components/button.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/pages/shortcuts.h"

#include <QBoxLayout>
#include <QKeyEvent>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kKeysWidth = 176;

bool isModifier(int key) {
    switch (key) {
    case Qt::Key_Control:
    case Qt::Key_Shift:
    case Qt::Key_Alt:
    case Qt::Key_AltGr:
    case Qt::Key_Meta:
    case Qt::Key_Super_L:
    case Qt::Key_Super_R:
    case Qt::Key_CapsLock:
    case Qt::Key_NumLock:
    case Qt::Key_unknown:
    case 0:
        return true;
    default:
        return false;
    }
}

QKeySequence keysOf(const QKeyEvent& event) {
    // The keypad's keys are the others' as far as shortcuts go; a shifted sign is the sign.
    Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
    const QString text = QKeySequence(event.key()).toString(QKeySequence::PortableText);
    if (text.size() == 1 && !text[0].isLetterOrNumber())
        modifiers &= ~Qt::ShiftModifier;
    return QKeyCombination(modifiers, static_cast<Qt::Key>(event.key()));
}

} // namespace

KeyRecorder::KeyRecorder(Shortcuts& shortcuts, Action action, QWidget* parent)
    : QWidget(parent)
    , m_shortcuts(shortcuts)
    , m_action(action)
    , m_keys(new Button({}, ButtonKind::Plain, this))
    , m_reset(new IconButton(Icon::Refresh, {}, this))
    , m_below(new QWidget(this))
    , m_sentence(new Label({}, TextStyle::Caption, ColorRole::Error, m_below))
    , m_swap(new Button(tr("Swap"), ButtonKind::Quiet, m_below)) {
    m_keys->setMinimumWidth(kKeysWidth);
    m_reset->setName(tr("Reset “%1”").arg(actionText(action)));
    m_sentence->setWordWrap(true);
    auto* name = new Label(actionText(action), TextStyle::Ui, ColorRole::Text, this);
    name->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kSm);
    line->addWidget(name, 1);
    line->addWidget(m_keys);
    line->addWidget(m_reset);
    auto* below = new QHBoxLayout(m_below);
    below->setContentsMargins(0, 0, 0, 0);
    below->setSpacing(space::kSm);
    below->addWidget(m_sentence, 1);
    below->addWidget(m_swap);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(line);
    column->addWidget(m_below);
    QSizePolicy keepsRoom = m_reset->sizePolicy();
    keepsRoom.setRetainSizeWhenHidden(true);
    m_reset->setSizePolicy(keepsRoom);

    m_keys->installEventFilter(this);
    connect(m_keys, &QAbstractButton::clicked, this, &KeyRecorder::begin);
    connect(m_reset, &QAbstractButton::clicked, this, [this] {
        m_keys->setFocus();
        m_shortcuts.reset(m_action);
    });
    connect(m_swap, &QAbstractButton::clicked, this, [this] {
        m_keys->setFocus();
        m_shortcuts.swap(m_action, m_offered);
    });
    connect(&shortcuts, &Shortcuts::changed, this, &KeyRecorder::refresh);
    refresh();
}

KeyRecorder::~KeyRecorder() {
    if (m_isRecording)
        m_shortcuts.setPaused(false);
}

QWidget* KeyRecorder::button() const {
    return m_keys;
}

void KeyRecorder::begin() {
    m_below->hide();
    m_isRecording = true;
    m_shortcuts.setPaused(true);
    m_keys->setText(tr("Press keys…"));
    m_keys->setAccessibleDescription(tr("Esc keeps the keys, Backspace removes them."));
}

void KeyRecorder::end() {
    if (!std::exchange(m_isRecording, false))
        return;
    m_shortcuts.setPaused(false);
    refresh();
}

void KeyRecorder::take(const QKeySequence& keys) {
    end();
    const QString text = keys.toString(QKeySequence::NativeText);
    switch (m_shortcuts.refusal(m_action, keys)) {
    case Shortcuts::Refusal::None:
        m_shortcuts.rebind(m_action, keys);
        break;
    case Shortcuts::Refusal::Reserved:
        refuse(tr("%1 moves, confirms or closes everywhere.").arg(text));
        break;
    case Shortcuts::Refusal::Writing:
        refuse(tr("%1 is needed for writing. Try it with Ctrl or Alt.").arg(text));
        break;
    case Shortcuts::Refusal::Taken:
        refuse(tr("%1 belongs to “%2”.")
                   .arg(text, actionText(m_shortcuts.holderOf(keys).value_or(m_action))),
               keys);
        break;
    }
}

void KeyRecorder::refuse(const QString& sentence, const QKeySequence& offered) {
    m_offered = offered;
    m_sentence->setText(sentence);
    m_keys->setAccessibleDescription(sentence);
    m_swap->setVisible(!offered.isEmpty());
    m_swap->setAccessibleDescription(sentence);
    m_below->show();
}

void KeyRecorder::refresh() {
    if (m_isRecording)
        return;
    const QString text = m_shortcuts.keyText(m_action);
    m_keys->setText(text.isEmpty() ? tr("None") : text);
    m_keys->setAccessibleName(tr("%1: %2").arg(actionText(m_action), m_keys->text()));
    m_keys->setAccessibleDescription(tr("Press to record other keys."));
    m_reset->setVisible(m_shortcuts.isChanged(m_action));
    m_below->hide();
}

bool KeyRecorder::eventFilter(QObject* watched, QEvent* event) {
    if (!m_isRecording || watched != m_keys)
        return QWidget::eventFilter(watched, event);
    switch (event->type()) {
    case QEvent::ShortcutOverride:
        event->accept();
        return true;
    case QEvent::KeyPress: {
        const auto& key = static_cast<QKeyEvent&>(*event);
        if (isModifier(key.key()))
            return true;
        const bool isPlain = (key.modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
        if (isPlain && key.key() == Qt::Key_Escape)
            end();
        else if (isPlain && (key.key() == Qt::Key_Backspace || key.key() == Qt::Key_Delete))
            take({});
        else
            take(keysOf(key));
        return true;
    }
    case QEvent::FocusOut:
        end();
        break;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace hearth::ui
