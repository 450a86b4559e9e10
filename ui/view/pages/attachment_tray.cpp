#include "view/pages/attachment_tray.h"

#include "view/components/chip.h"
#include "view/components/label.h"
#include "view/components/popover.h"
#include "view/components/flow_layout.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QEvent>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace hearth::ui {

namespace {

constexpr int kPreviewCharacters = 20'000;
constexpr int kPreviewWidth = 560;
constexpr int kPreviewHeight = 320;
constexpr int kLongestChip = 280;

} // namespace

void openAttachmentPreview(const Attachment& attachment, QWidget& anchor) {
    auto* popover = new Popover(&anchor);
    QObject::connect(popover, &Popover::closed, popover, &QObject::deleteLater);
    auto* title =
        new Label(withoutControls(attachment.name), TextStyle::UiStrong, ColorRole::Text, popover);
    title->setElided(true);
    const bool isCut = attachment.text.size() > kPreviewCharacters;
    const int lines = static_cast<int>(attachment.text.count(QLatin1Char('\n'))) + 1;
    QString about = AttachmentTray::tr("%n line(s)", nullptr, lines);
    if (attachment.tokens > 0)
        about += QStringLiteral(" · ") + tokenCountText(attachment.tokens);
    if (isCut)
        about += QStringLiteral(" · ") + AttachmentTray::tr("the beginning is shown");
    auto* text = new QPlainTextEdit(popover);
    text->setReadOnly(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setFont(Theme::current().font(TextStyle::Code));
    text->setPlainText(withoutControls(attachment.text.left(kPreviewCharacters)));
    text->setAccessibleName(title->text());
    text->setFixedSize(qMin(kPreviewWidth, anchor.window()->width() - space::k3xl), kPreviewHeight);
    popover->body()->addWidget(title);
    popover->body()->addWidget(new Label(about, TextStyle::Caption, ColorRole::Muted, popover));
    popover->body()->addWidget(text);
    popover->openAt(anchor);
}

AttachmentTray::AttachmentTray(QWidget* parent)
    : QWidget(parent)
    , m_layout(new FlowLayout(this)) {
    hide();
}

void AttachmentTray::setAttachments(const QList<Attachment>& attachments) {
    if (attachments == m_attachments)
        return;
    m_attachments = attachments;
    rebuild();
}

void AttachmentTray::add(const Attachment& attachment) {
    m_attachments += attachment;
    rebuild();
    emit changed();
}

void AttachmentTray::removeAt(int index) {
    if (index < 0 || index >= m_attachments.size())
        return;
    m_attachments.removeAt(index);
    rebuild();
    emit changed();
}

void AttachmentTray::setTokens(int index, int tokens) {
    if (index < 0 || index >= m_attachments.size() || m_attachments[index].tokens == tokens)
        return;
    m_attachments[index].tokens = tokens;
    describe(index);
    emit tokensChanged();
}

void AttachmentTray::rebuild() {
    for (Chip* chip : m_chips) {
        m_layout->removeWidget(chip);
        chip->hide();
        chip->deleteLater(); // A chip's own cross may be what asks for it.
    }
    m_chips.clear();
    for (int index = 0; index < m_attachments.size(); ++index) {
        auto* chip = new Chip(withoutControls(m_attachments[index].name), this);
        chip->setGlyph(Icon::FileText);
        chip->setRemovable(true);
        chip->setMaximumWidth(kLongestChip);
        m_layout->addWidget(chip);
        m_chips += chip;
        describe(index);
        connect(chip, &Chip::removeRequested, this, [this, index] { removeAt(index); });
        connect(chip, &QAbstractButton::clicked, this,
                [this, chip, index] { openAttachmentPreview(m_attachments.at(index), *chip); });
        chip->show();
    }
    setVisible(!m_chips.isEmpty());
    updateGeometry();
}

void AttachmentTray::describe(int index) {
    const Attachment& attachment = m_attachments.at(index);
    const QString tokens = attachment.tokens > 0 ? tokenCountText(attachment.tokens) : QString();
    m_chips.at(index)->setDetail(tokens);
    m_chips.at(index)->setAccessibleName(
        tr("Attached: %1 %2").arg(withoutControls(attachment.name), tokens).trimmed());
}

void AttachmentTray::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        for (int index = 0; index < m_attachments.size(); ++index)
            describe(index);
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
