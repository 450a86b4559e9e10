#pragma once

#include "view/components/card.h"
#include "state/request_log.h"

class QListView;

namespace hearth::ui {

class Button;
class EmptyState;
class Field;
class Label;
class RequestDelegate;
class Segmented;
class Workspace;

/// The request log of the server: a filter, a pause, the lines, and what can be done with one of
/// them. Only the lines in sight are painted, so thousands cost no more than a few.
class RequestList : public Card {
    Q_OBJECT

public:
    explicit RequestList(Workspace& workspace, QWidget* parent = nullptr);

signals:
    void told(const QString& text);
    /// A chat was opened with what the request says.
    void chatOpened();
    /// The context of the window's model is to hold so many tokens.
    void contextWanted(int tokens);
    /// A key for the program of this name.
    void keyWanted(const QString& program);
    /// A web page is to be allowed.
    void pagesWanted();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void connectAll();
    void retranslate();
    void refresh();
    [[nodiscard]] QString countText(int shown) const;
    void refreshContext();
    void view(const QModelIndex& index);
    void copyCurl(const QModelIndex& index);
    void sendToChat(const QModelIndex& index);
    void openMenu(const QModelIndex& index, const QPoint& position);
    void keepPlace(int rows);
    [[nodiscard]] int context() const; ///< Of the window's model; 0: none.

    Workspace& m_workspace;
    RequestFilter m_filter;
    Label* m_title;
    Label* m_count;
    Field* m_search;
    Segmented* m_which;
    Button* m_pause;
    Button* m_clear;
    QListView* m_list;
    RequestDelegate* m_delegate;
    EmptyState* m_empty;
};

} // namespace hearth::ui
