#pragma once

#include "state/chat_records.h"
#include "view/pages/composer_field.h"

#include <QWidget>

namespace hearth::ui {

class AttachmentTray;
class Button;
class ContextMeter;
class IconButton;
class Label;

/// Where a prompt is written: the field, what is attached, how full the context is, Send or Stop.
class Composer : public QWidget {
    Q_OBJECT

public:
    explicit Composer(QWidget* parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString& text);
    [[nodiscard]] const QList<Attachment>& attachments() const;
    void setContent(const QString& text, const QList<Attachment>& attachments);
    void attach(const Attachment& attachment);
    void setAttachmentTokens(int index, int tokens);
    /// Puts the newest attachment into the field as text, where the cursor is.
    void unfoldLastAttachment();
    [[nodiscard]] bool isEmpty() const;
    /// While a reply is on its way the button stops it; the field keeps what is written.
    void setReplying(bool replying);
    /// Tokens of the conversation with the draft; a total of 0 hides the meter.
    void setContext(qint64 used, qint64 total);
    /// Shows that sending replaces an earlier prompt, with a way out.
    void setEditing(bool editing);
    /// What becomes of a message that is sent now; empty: the keys are told instead.
    void setNote(const QString& note);
    void focusField();
    [[nodiscard]] ContextMeter* meter() const { return m_meter; }

signals:
    void sendRequested();
    void stopRequested();
    /// Text or attachments.
    void contentChanged();
    void attachRequested();
    void filesGiven(const QStringList& files);
    /// A long text was pasted and became an attachment.
    void longPasteAttached();
    void editLastRequested();
    void editCancelled();
    void contextRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void retranslate();
    void refreshButton();
    void refreshHint();
    void submit();
    void attachPaste(const QString& text);

    AttachmentTray* m_tray;
    ComposerField* m_field;
    QWidget* m_editRow;
    Label* m_editLabel;
    Button* m_cancelEdit;
    IconButton* m_button;
    IconButton* m_attach;
    Label* m_hint;
    ContextMeter* m_meter;
    QString m_note;
    bool m_replying = false;
};

} // namespace hearth::ui
