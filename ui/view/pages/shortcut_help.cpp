#include "view/pages/shortcut_help.h"

#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/label.h"
#include "view/pages/shortcuts.h"
#include "view/theme/metrics.h"

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

QString allKeys(const Shortcuts& shortcuts, Action action) {
    QStringList texts;
    for (const QKeySequence& keys : shortcuts.keys(action))
        texts += keys.toString(QKeySequence::NativeText);
    return texts.join(Texts::tr(" or ", "between two shortcuts that do the same"));
}

void addLine(QGridLayout& grid, const QString& text, const QString& keys, QWidget* parent) {
    const int row = grid.rowCount();
    auto* name = new Label(text, TextStyle::Ui, ColorRole::Text, parent);
    name->setWordWrap(true);
    auto* bound = new Label(keys.isEmpty() ? Texts::tr("none") : keys, TextStyle::Figure,
                            ColorRole::Muted, parent);
    bound->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    grid.addWidget(name, row, 0);
    grid.addWidget(bound, row, 1);
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
        return keys.toString(QKeySequence::NativeText);
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
    auto* right = new QVBoxLayout;
    for (QVBoxLayout* column : {left, right}) {
        column->setSpacing(space::kLg);
        columns->addLayout(column, 1);
    }
    left->addLayout(makeGroup(shortcuts, ActionGroup::Chats, content));
    left->addLayout(makeGroup(shortcuts, ActionGroup::OpenChat, content));
    right->addLayout(makeGroup(shortcuts, ActionGroup::Window, content));
    right->addLayout(makeFixed(content));
    left->addStretch(1);
    right->addStretch(1);

    auto* scroll = new QScrollArea(dialog);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(content);
    scroll->setAccessibleName(Texts::tr("Keyboard shortcuts"));
    scroll->setMinimumHeight(
        std::min(content->sizeHint().height(), std::max(kHighest, window.height() - 5 * space::k3xl)));
    dialog->body()->addWidget(scroll);
    dialog->setCardWidth(kCardWidth);
    dialog->open(dialog->addButton({Texts::tr("Close"), ButtonKind::Primary}));
}

} // namespace hearth::ui
