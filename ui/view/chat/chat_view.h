#pragma once

#include <QAbstractScrollArea>

#include <memory>

namespace hearth::ui {

class ChatSource;

/// The conversation: lays out and paints only the blocks in sight. GUI thread.
///
/// Stays at the bottom while it is there; else the block at the top of the view keeps its place
/// whatever changes above or below. Text is selected by mouse across messages. Links are only
/// reported; nothing is ever fetched. Parsing of long messages is spread over frames.
class ChatView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit ChatView(QWidget* parent = nullptr);
    ~ChatView() override;

    /// Not owned; must outlive the view or be replaced (nullptr: nothing).
    void setSource(ChatSource* source);
    ChatSource* source() const;

    /// Shown while there are no messages.
    void setEmptyText(const QString& title, const QString& text);

    bool isAtBottom() const;
    void scrollToBottom();
    void scrollToMessage(int index);

    /// What stands at the top of the viewport, to come back to in another view of the same chat.
    struct Place {
        int message = -1;    ///< -1: the view sticks to the bottom.
        int block = -1;      ///< -1: the message's top.
        double offset = 0.0; ///< From there down to the viewport's top, logical pixels.
    };
    Place place() const;
    void setPlace(const Place& place);

    /// Of a message, in the viewport's coordinates; partly or wholly outside it where scrolled
    /// away.
    QRect messageRect(int index) const;

    bool hasSelection() const;
    /// What Ctrl+C copies: the selected text as it is read, blocks on lines of their own.
    QString selectedText() const;
    void selectAll();
    void clearSelection();
    void copySelection();

    /// True while text is still to be parsed or painted; for tests and screenshots.
    bool isBusy() const;

signals:
    /// http, https or mailto only.
    void linkActivated(const QString& url);
    void copyRequested(const QString& id);
    void regenerateRequested(const QString& id);
    void editRequested(const QString& id);
    void continueRequested(const QString& id);
    /// The button under a failed message.
    void errorActionRequested(const QString& id);
    /// The person asks for another version, 1 to versions.
    void versionRequested(const QString& id, int version);
    void atBottomChanged(bool atBottom);
    /// A code block was copied.
    void codeCopied();

protected:
    bool viewportEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void timerEvent(QTimerEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    friend class ChatViewPrivate;
    std::unique_ptr<class ChatViewPrivate> m_private;
};

} // namespace hearth::ui
