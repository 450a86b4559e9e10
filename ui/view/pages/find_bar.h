#pragma once

#include <QWidget>

class QLineEdit;

namespace hearth::ui {

class IconButton;
class Label;

/// Over the conversation: what to find in it, which of how many is shown, and the way to the others.
class FindBar : public QWidget {
    Q_OBJECT

public:
    explicit FindBar(QWidget* parent = nullptr);

    /// With the field chosen whole; `text` (may be empty) takes the place of what was there.
    void open(const QString& text = {});
    void close();
    [[nodiscard]] QString text() const;
    void setFound(int current, int total);

signals:
    void textChanged(const QString& text);
    void nextRequested();
    void previousRequested();
    void closed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void retranslate();

    QLineEdit* m_field;
    Label* m_count;
    IconButton* m_previous;
    IconButton* m_next;
    IconButton* m_close;
    int m_current = 0;
    int m_total = 0;
};

} // namespace hearth::ui
