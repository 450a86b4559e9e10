#pragma once

#include <QTextEdit>

namespace hearth::ui {

/// The field of the composer: plain text that grows with what is written, up to a few lines.
/// Enter asks to send, Shift+Enter begins a line; while an input method composes, Enter is its own.
/// Files and long texts that are pasted are handed on instead of taken.
class ComposerField : public QTextEdit {
    Q_OBJECT

public:
    static constexpr int kLongPasteCharacters = 2000;
    static constexpr int kLongPasteLines = 40;

    explicit ComposerField(QWidget* parent = nullptr);

signals:
    void sendRequested();
    /// Up in the empty field.
    void editLastRequested();
    void filesGiven(const QStringList& files);
    void longTextPasted(const QString& text);
    /// Undo, and nothing has changed here since longTextPasted().
    void undoPasteRequested();
    void focusChanged();

protected:
    bool canInsertFromMimeData(const QMimeData* source) const override;
    void insertFromMimeData(const QMimeData* source) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void inputMethodEvent(QInputMethodEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fitHeight();

    bool m_composing = false;
    bool m_hasJustPasted = false;
};

} // namespace hearth::ui
