#pragma once

#include "view/components/section.h"
#include "view/pages/server/connect_snippets.h"

#include <QButtonGroup>

namespace hearth::ui {

class Button;
class CodePanel;
class FlowLayout;
class Label;
class Workspace;

/// What to write into other programs so that they use the server, ready to be copied.
class ServerConnect : public Section {
    Q_OBJECT

public:
    explicit ServerConnect(Workspace& workspace, QWidget* parent = nullptr);

signals:
    void told(const QString& text);

protected:
    void changeEvent(QEvent* event) override;

private:
    /// Of the program that is chosen, with this for the key.
    [[nodiscard]] ConnectSnippet snippet(const QString& key) const;
    void copy();
    void refresh();
    void retranslate();

    Workspace& m_workspace;
    FlowLayout* m_programs;
    QButtonGroup m_group;
    Label* m_hint;
    CodePanel* m_code;
    Button* m_copy;
};

} // namespace hearth::ui
