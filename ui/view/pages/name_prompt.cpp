#include "view/pages/name_prompt.h"

#include "view/components/button.h"
#include "view/components/dialog.h"
#include "view/components/field.h"
#include "view/theme/paint.h"

#include <QCoreApplication>
#include <QVBoxLayout>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kLongestName = 80;

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::NamePrompt)
};

} // namespace

void askForName(QWidget* context, const NameQuestion& question,
                std::function<void(const QString&)> named) {
    auto* dialog = new Dialog(context, {question.title, {}});
    auto* field = new Field(question.label, dialog);
    field->edit()->setMaxLength(kLongestName);
    field->setText(withoutControls(question.name));
    field->edit()->selectAll();
    dialog->body()->addWidget(field);
    dialog->addButton({Texts::tr("Cancel"), ButtonKind::Plain});
    Button* const done = dialog->addButton({question.action, ButtonKind::Primary});
    const auto refresh = [done, field] {
        done->setEnabled(!field->text().simplified().isEmpty());
    };
    QObject::connect(field->edit(), &QLineEdit::textChanged, done, refresh);
    refresh();
    QObject::connect(dialog, &Dialog::finished, context,
                     [field, named = std::move(named)](int result) {
                         const QString name = withoutControls(field->text()).simplified();
                         if (result == 1 && !name.isEmpty())
                             named(name);
                     });
    dialog->open(field->edit());
}

} // namespace hearth::ui
