#pragma once

#include "state/chat_records.h"

#include <QList>
#include <QTimer>
#include <QWidget>

#include <functional>

class QVBoxLayout;

namespace hearth::ui {

class IconButton;
class PresetBar;
class Segmented;
class Settings;
class Stepper;
class Switch;
class TextArea;

/// How a chat's next reply is made: preset, system prompt and every value of the sampling, each
/// with a line that explains it and the way back to the preset's.
class SamplingPanel : public QWidget {
    Q_OBJECT

public:
    explicit SamplingPanel(Settings& settings, QWidget* parent = nullptr);

    void setSettings(const ChatSettings& settings);
    /// Tells of a system prompt that is being written.
    void flush();

signals:
    void settingsChanged(const hearth::ui::ChatSettings& settings);
    void told(const QString& text);

private:
    /// One value: the widget that shows it, and how it lies in the settings.
    struct Knob {
        std::function<void(const ChatSettings&)> show;
        std::function<bool(const ChatSettings&, const ChatSettings&)> isSame;
        IconButton* reset;
    };
    struct Words {
        QString name;
        QString explanation;
    };

    void addSlider(const Words& words, double ChatSettings::*value, double least, double most);
    void addStepper(const Words& words, int ChatSettings::*value, int most);
    void addSeed();
    void addSystemPrompt();
    void addWhenFull();
    /// Adds a control whose way back stands beside its name.
    IconButton* addRow(QWidget* control, const QString& name, std::function<void()> reset);
    void change(const std::function<void(ChatSettings&)>& edit);
    [[nodiscard]] ChatSettings defaults() const;
    void refresh();

    PresetBar* m_presets;
    QVBoxLayout* m_column;
    TextArea* m_system = nullptr;
    Segmented* m_whenFull = nullptr;
    QTimer m_systemSoon;
    ChatSettings m_shown;
    QList<Knob> m_knobs;
    bool m_isShowing = false;
};

} // namespace hearth::ui
