#pragma once

#include <QScrollArea>

namespace hearth::ui {

class Card;
class Settings;

/// What can be chosen for the window and the engine. Built anew when the language changes.
class SettingsPage : public QScrollArea {
    Q_OBJECT

public:
    explicit SettingsPage(Settings& settings, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    QWidget* makeAppearance();
    QWidget* makeEngine();
    QWidget* makeData();

    Settings& m_settings;
};

} // namespace hearth::ui
