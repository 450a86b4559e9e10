#include "view/pages/shortcut_help.h"

#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/label.h"
#include "view/pages/shortcuts.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QCoreApplication>
#include <QGridLayout>
#include <QScrollArea>

#include <algorithm>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::ShortcutHelp)
};

constexpr int kCardWidth = 2 * size::kInspector + 3 * space::k3xl;
constexpr int kHighest = size::kWindowMinimumHeight - 4 * space::k3xl;

QStringList allKeys(const Shortcuts& shortcuts, Action action) {
    QStringList texts;
    for (const QKeySequence& keys : shortcuts.keys(action))
        texts += keys.toString(QKeySequence::NativeText);
    return texts.isEmpty() ? QStringList{Texts::tr("none")} : texts;
}

void addLine(QGridLayout& grid, const QString& text, const QStringList& keys, QWidget* parent) {
    const int row = grid.rowCount();
    auto* name = new Label(text, TextStyle::Ui, ColorRole::Text, parent);
    name->setWordWrap(true);
    auto* bound = new QVBoxLayout;
    bound->setSpacing(0);
    for (const QString& key : keys) {
        auto* label = new Label(key, TextStyle::Ui, ColorRole::Muted, parent);
        // As high as a line of the name, so that both stand on one line.
        label->setMinimumHeight(Theme::current().lineHeight(TextStyle::Ui));
        bound->addWidget(label, 0, Qt::AlignRight);
    }
    grid.addWidget(name, row, 0, Qt::AlignTop);
    grid.addLayout(bound, row, 1, Qt::AlignTop);
}

QGridLayout* makeGroup(const QString& title, QWidget* parent) {
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(space::kMd);
    grid->setVerticalSpacing(space::kXs);
    grid->setColumnStretch(0, 1);
    grid->addWidget(new Label(title, TextStyle::UiStrong, ColorRole::Text, parent), 0, 0, 1, 2);
    return grid;
}

QGridLayout* makeGroup(const Shortcuts& shortcuts, ActionGroup group, QWidget* parent) {
    QGridLayout* const grid = makeGroup(actionGroupText(group), parent);
    for (int i = 0; i < kActionCount; ++i) {
        const auto action = static_cast<Action>(i);
        if (actionGroup(action) == group)
            addLine(*grid, actionText(action), allKeys(shortcuts, action), parent);
    }
    return grid;
}

/// What stays the same whatever is bound.
QGridLayout* makeFixed(QWidget* parent) {
    const auto name = [](const QKeySequence& keys) {
        return QStringList{keys.toString(QKeySequence::NativeText)};
    };
    QGridLayout* const grid = makeGroup(Texts::tr("While writing"), parent);
    addLine(*grid, Texts::tr("Send the message"), name(Qt::Key_Return), parent);
    addLine(*grid, Texts::tr("Begin a new line"), name(Qt::SHIFT | Qt::Key_Return), parent);
    addLine(*grid, Texts::tr("Close what is open, then stop the reply"), name(Qt::Key_Escape),
            parent);
    return grid;
}

} // namespace

void openShortcutHelp(QWidget& window, const Shortcuts& shortcuts) {
    auto* dialog = new Dialog(&window, {Texts::tr("Keyboard shortcuts"), {}});
    dialog->setObjectName(QStringLiteral("shortcutHelp"));
    auto* content = new QWidget;
    auto* columns = new QHBoxLayout(content);
    columns->setContentsMargins(0, 0, space::kMd, 0);
    columns->setSpacing(space::k2xl);
    auto* left = new QVBoxLayout;
    // One column where two would squeeze their words.
    const bool isWide = window.width() >= kCardWidth;
    auto* right = isWide ? new QVBoxLayout : left;
    columns->addLayout(left, 1);
    if (isWide)
        columns->addLayout(right, 1);
    for (QVBoxLayout* column : {left, right})
        column->setSpacing(space::kLg);
    left->addLayout(makeGroup(shortcuts, ActionGroup::Chats, content));
    left->addLayout(makeGroup(shortcuts, ActionGroup::OpenChat, content));
    right->addLayout(makeGroup(shortcuts, ActionGroup::Window, content));
    right->addLayout(makeFixed(content));
    left->addStretch(1);
    if (isWide)
        right->addStretch(1);

    auto* scroll = new QScrollArea(dialog);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(content);
    // On the dialog's own ground.
    scroll->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    scroll->setAccessibleName(Texts::tr("Keyboard shortcuts"));
    scroll->setMinimumHeight(std::min(content->sizeHint().height(),
                                      std::max(kHighest, window.height() - 5 * space::k3xl)));
    dialog->body()->addWidget(scroll);
    dialog->setCardWidth(kCardWidth);
    dialog->open(dialog->addButton({Texts::tr("Close"), ButtonKind::Primary}));
}

} // namespace hearth::ui
