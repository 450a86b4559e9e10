#pragma once

#include "state/chat_records.h"

#include <QWidget>

namespace hearth::ui {

class Chip;
class FlowLayout;

/// Shows a text that is attached, or its beginning where it is long, above or below `anchor`.
void openAttachmentPreview(const Attachment& attachment, QWidget& anchor);

/// What goes with the prompt that is being written: a chip each, with name and tokens. A click shows
/// the text, the cross takes it away. Hidden while there is nothing.
class AttachmentTray : public QWidget {
    Q_OBJECT

public:
    explicit AttachmentTray(QWidget* parent = nullptr);

    [[nodiscard]] const QList<Attachment>& attachments() const { return m_attachments; }
    /// Without changed().
    void setAttachments(const QList<Attachment>& attachments);
    void add(const Attachment& attachment);
    void removeAt(int index);
    void setTokens(int index, int tokens);

signals:
    void changed();
    void tokensChanged();

protected:
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    void describe(int index);

    FlowLayout* m_layout;
    QList<Attachment> m_attachments;
    QList<Chip*> m_chips;
};

} // namespace hearth::ui
