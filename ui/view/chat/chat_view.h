#pragma once

#include <QAbstractScrollArea>

#include <memory>

namespace hearth::ui {

class ChatSource;

/// The conversation: lays out and paints only the blocks in sight. GUI thread.
///
/// Stays at the bottom while it is there; else the block at the top of the view keeps its place
/// whatever changes above or below. Text is selected across messages, by mouse and by keyboard.
/// Links are only reported; nothing is ever fetched. Parsing of and searching through long messages
/// is spread over frames. Ctrl+Up and Ctrl+Down choose a message, Left, Right and Tab walk through
/// what it offers, Enter does it.
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

    /// Marks text in all messages, folded thoughts included, whatever its case; the first match
    /// from the top of the viewport on becomes the current one. Empty: no search. Counting goes on
    /// over frames and with what is streamed; findChanged() tells of each step.
    void find(const QString& text);
    QString findText() const;
    /// To the match after or before the current one, around the ends; brings it into sight.
    void findNext();
    void findPrevious();
    int findCurrent() const; ///< 1 to findTotal(), 0 where there is none.
    int findTotal() const;

    /// True while text is still to be parsed or painted; for tests and screenshots.
    bool isBusy() const;

signals:
    /// http, https or mailto only.
    void linkActivated(const QString& url);
    void copyRequested(const QString& id);
    void regenerateRequested(const QString& id);
    void editRequested(const QString& id);
    void continueRequested(const QString& id);
    void forkRequested(const QString& id);
    void attachmentActivated(const QString& id, int index);
    /// The button under a failed message.
    void errorActionRequested(const QString& id);
    /// The person asks for another version, 1 to versions.
    void versionRequested(const QString& id, int version);
    void atBottomChanged(bool atBottom);
    /// A code block was copied.
    void codeCopied();
    /// What findCurrent() and findTotal() give; a total that still grows comes in steps.
    void findChanged(int current, int total);

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
    bool focusNextPrevChild(bool next) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    friend class ChatViewPrivate;
    std::unique_ptr<class ChatViewPrivate> m_private;
};

} // namespace hearth::ui
