#include "view/pages/settings/shortcuts_section.h"

#include "view/components/button.h"
#include "view/pages/settings/key_recorder.h"
#include "view/pages/shortcuts.h"
#include "view/theme/metrics.h"

#include <QBoxLayout>

namespace hearth::ui {

ShortcutsSection::ShortcutsSection(Shortcuts& shortcuts, QWidget* parent)
    : SettingsSection(QStringLiteral("shortcuts"), tr("Keyboard shortcuts"), parent) {
    addText(tr("Choose keys and press the new ones. Enter and Esc always send and close."));
    for (int group = 0; group < kActionGroupCount; ++group) {
        addHeading(actionGroupText(static_cast<ActionGroup>(group)));
        auto* lines = new QVBoxLayout;
        lines->setSpacing(space::kXs);
        for (int i = 0; i < kActionCount; ++i) {
            const auto action = static_cast<Action>(i);
            if (static_cast<int>(actionGroup(action)) != group)
                continue;
            auto* recorder = new KeyRecorder(shortcuts, action, this);
            mark(recorder->button(), actionName(action));
            lines->addWidget(recorder);
        }
        body()->addLayout(lines);
    }
    auto* resetAll = new Button(tr("Reset all"), ButtonKind::Plain, this);
    mark(resetAll, QStringLiteral("reset_all"));
    resetAll->setEnabled(shortcuts.isAnyChanged());
    body()->addWidget(resetAll, 0, Qt::AlignLeft);
    connect(resetAll, &QAbstractButton::clicked, &shortcuts, &Shortcuts::resetAll);
    connect(&shortcuts, &Shortcuts::changed, resetAll,
            [&shortcuts, resetAll] { resetAll->setEnabled(shortcuts.isAnyChanged()); });
}

} // namespace hearth::ui
