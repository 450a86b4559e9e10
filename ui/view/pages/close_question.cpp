#include "view/pages/close_question.h"

#include "view/components/dialog.h"

#include <QCoreApplication>
#include <QStringList>

#include <utility>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::CloseQuestion)
};

QString titleText(const WorkInProgress& work) {
    if (work.replies > 0)
        return Texts::tr("%n reply(s) are being written", nullptr, work.replies);
    return work.downloads > 0
               ? Texts::tr("%n download(s) are under way", nullptr, work.downloads)
               : Texts::tr("%n request(s) of other programs are being answered", nullptr,
                           work.requests);
}

QString bodyText(const WorkInProgress& work) {
    QStringList sentences;
    if (work.replies > 0)
        sentences += Texts::tr("What is there already is kept, and can be continued later.");
    if (work.downloads > 0)
        sentences += Texts::tr("Downloads go on where they stopped when Hearth is opened again.");
    if (work.requests > 0)
        sentences += Texts::tr("Other programs get the rest of their answers only if the server "
                               "goes on; it ends with Hearth.");
    return sentences.join(QLatin1Char('\n'));
}

} // namespace

void askBeforeClosing(QWidget& window, const WorkInProgress& work, bool hasTray,
                      std::function<void(CloseAnswer)> answered) {
    QList<DialogButton> buttons{{Texts::tr("Cancel"), ButtonKind::Quiet}};
    QList<CloseAnswer> answers{CloseAnswer::Stay};
    if (hasTray) {
        buttons += {Texts::tr("Keep in the tray"), ButtonKind::Plain};
        answers += CloseAnswer::KeepInTray;
    }
    buttons += {Texts::tr("Stop and close"), ButtonKind::Primary};
    answers += CloseAnswer::Close;
    Dialog::ask(&window, {titleText(work), bodyText(work)}, buttons,
                [answers, answered = std::move(answered)](int button) {
                    answered(button < 0 ? CloseAnswer::Stay : answers.at(button));
                });
}

} // namespace hearth::ui
