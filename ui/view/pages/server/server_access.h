#pragma once

#include "view/components/section.h"

#include <QStringList>

class QVBoxLayout;

namespace hearth::ui {

class Button;
class Field;
class FlowLayout;
class Label;
class ServerController;

/// Who may use the server: its keys, each shown once when it is made, and the web pages that may.
class ServerAccess : public Section {
    Q_OBJECT

public:
    explicit ServerAccess(ServerController& server, QWidget* parent = nullptr);

    /// Makes one and shows it; an empty name: a number.
    void makeKey(const QString& name);
    /// To the field where a web page is allowed.
    void focusPages();
    /// The secret of a new key in a dialog, to be copied; it is not shown again.
    void showSecret(const QString& name, const QString& secret);

signals:
    void told(const QString& text);

protected:
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void retranslate();
    void refresh();
    void rebuildKeys();
    void rebuildOrigins();
    void addKey();
    void removeKey(const QString& name, const QString& secret);
    void addOrigin();

    ServerController& m_server;
    Label* m_keysTitle;
    Label* m_keysHint;
    QVBoxLayout* m_keys;
    Field* m_keyName;
    Button* m_addKey;
    Label* m_originsTitle;
    Label* m_originsHint;
    QWidget* m_originsHolder;
    FlowLayout* m_origins;
    Field* m_origin;
    Button* m_addOrigin;
    QStringList m_shownKeys; ///< Secrets of the rows that are there.
    QStringList m_shownOrigins;
};

} // namespace hearth::ui
