#pragma once

#include "state/chat_records.h"

#include <QList>
#include <QWidget>

namespace hearth::ui {

class Combo;
class IconButton;
class Settings;
struct Preset;

/// Chooses a preset for a chat, and keeps the person's own: save, rename, delete. A name is in use
/// once; the built-in ones can't be changed.
class PresetBar : public QWidget {
    Q_OBJECT

public:
    explicit PresetBar(Settings& settings, QWidget* parent = nullptr);

    /// Of the chat: what is saved as a preset, and which one is marked.
    void setSettings(const ChatSettings& settings);
    /// The preset that the chat's values came from; null: none, or it is gone.
    [[nodiscard]] const Preset* current() const;
    /// `values` in place of those of `chat`. What a chat has beyond a preset stays: its model, what
    /// becomes of it when it is full, and a system prompt of its own where the preset has none.
    [[nodiscard]] static ChatSettings applied(const Preset& values, const ChatSettings& chat,
                                              const Preset* before);
    /// Sampling and system prompt are the preset's.
    [[nodiscard]] static bool isAsIn(const ChatSettings& chat, const Preset& preset);

signals:
    void settingsChosen(const hearth::ui::ChatSettings& settings);
    void told(const QString& text);

private:
    void refresh();
    void choose(int row);
    void openMenu();
    void askToSave();
    void askToRename();
    void save(const QString& name);
    void rename(const QString& from, const QString& to);
    void remove(const QString& name);
    [[nodiscard]] bool isOwn(const QString& name) const;
    [[nodiscard]] QString freeName(const QString& wanted) const;

    Settings& m_settings;
    Combo* m_choice;
    IconButton* m_more;
    ChatSettings m_shown;
    QList<Preset> m_presets; ///< Built-in ones first.
};

} // namespace hearth::ui
