#pragma once

#include <QScrollArea>

namespace hearth::ui {

class Card;
class Combo;
class Label;
class ModelSession;
class Settings;

/// What can be chosen for the window and the engine. Built anew when the language changes.
class SettingsPage : public QScrollArea {
    Q_OBJECT

public:
    SettingsPage(Settings& settings, ModelSession& model, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    QWidget* makeAppearance();
    QWidget* makeEngine();
    QWidget* makeData();
    void addDeviceChoice(Card& card);
    void refreshDevices();

    Settings& m_settings;
    ModelSession& m_model;
    Combo* m_device = nullptr;
    Label* m_deviceHint = nullptr;
};

} // namespace hearth::ui
