#pragma once

#include <QWidget>

class QBoxLayout;

namespace hearth::ui {

class Button;
class IconButton;
class Label;
class ModelSession;
class Settings;

/// A quiet line: why the model runs on the CPU though there is a GPU, and what mends it. Dismissed,
/// it stays away until there is another reason.
class DeviceNotice : public QWidget {
    Q_OBJECT

public:
    DeviceNotice(ModelSession& model, Settings& settings, QWidget* parent = nullptr);

signals:
    void modelsRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void act();
    void dismiss();
    [[nodiscard]] QString key() const; ///< Of the notice; empty: there is none.

    ModelSession& m_model;
    Settings& m_settings;
    Label* m_text;
    Button* m_action;
    IconButton* m_close;
    QBoxLayout* m_body; ///< The text and its button.
};

} // namespace hearth::ui
