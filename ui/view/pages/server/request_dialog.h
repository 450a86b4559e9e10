#pragma once

#include "hearth/server.h"
#include "state/request_text.h"
#include "view/components/dialog.h"

class QGridLayout;

namespace hearth::ui {

/// A request as another program sent it: who, when, what came of it, its body; copied as curl, or
/// gone on with in a chat.
class RequestDialog : public Dialog {
    Q_OBJECT

public:
    struct Facts {
        QString url;
        bool isRunning = false; ///< The server, so that the URL can be opened.
        bool hasKeys = false;
        int context = 0;        ///< Of the window's model; 0: none is loaded.
        int trainedContext = 0; ///< What it could hold.
    };

    RequestDialog(QWidget* inside, const ServedRequest& request, const Facts& facts);

signals:
    void told(const QString& text);
    void chatWanted(const hearth::ui::Conversation& conversation);
    void contextWanted(int tokens);
    void keyWanted(const QString& program);
    void pagesWanted();

private:
    void addFacts();
    void addProblem();
    [[nodiscard]] QString mendText() const; ///< Empty: nothing can be done here.
    void mend();
    void addBody();
    void addButtons();

    const ServedRequest m_request;
    const Facts m_facts;
};

} // namespace hearth::ui
