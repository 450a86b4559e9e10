#pragma once

#include "view/pages/actions.h"

#include <QObject>

#include <functional>
#include <optional>
#include <utility>

class QShortcut;
class QWidget;

namespace hearth::ui {

class Settings;

/// Names, in its tooltip, the keys that are bound to `action` while the pointer waits on a widget.
/// The widget's own tooltip stays as it is.
void setActionHint(QWidget& widget, Action action);

/// The keys of a window: the defaults, or what the person has put in their place (kept by
/// Settings). No two actions share a key. Esc and Enter can't be bound. Window's thread.
class Shortcuts : public QObject {
    Q_OBJECT

public:
    /// Why keys can't be bound.
    enum class Refusal {
        None,
        Reserved, ///< Esc, Enter, Tab and the like move and confirm everywhere.
        Writing,  ///< They write, or edit what is written.
        Taken,    ///< By holderOf().
    };

    Shortcuts(Settings& settings, QWidget& window);
    ~Shortcuts() override;

    void setHandler(Action action, std::function<void()> handler);
    void trigger(Action action);

    [[nodiscard]] QList<QKeySequence> keys(Action action) const;
    /// The first of its keys as people write it here ("Ctrl+N"); empty: none.
    [[nodiscard]] QString keyText(Action action) const;
    [[nodiscard]] bool isChanged(Action action) const;
    [[nodiscard]] bool isAnyChanged() const;
    /// "New chat (Ctrl+N)"
    [[nodiscard]] QString withKeys(const QString& text, Action action) const;

    [[nodiscard]] std::optional<Action> holderOf(const QKeySequence& keys) const;
    [[nodiscard]] Refusal refusal(Action action, const QKeySequence& keys) const;
    /// Binds `keys` alone; empty: none. False, and nothing changes, if they are refused.
    bool rebind(Action action, const QKeySequence& keys);
    /// Binds `keys`, and gives their holder what `action` had.
    void swap(Action action, const QKeySequence& keys);
    /// Back to its default; a default key that another action has meanwhile stays there.
    void reset(Action action);
    void resetAll();
    /// While keys are recorded, none of them does anything.
    void setPaused(bool paused);

signals:
    void changed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    using Change = std::pair<Action, QList<QKeySequence>>;
    void keep(const QList<Change>& changes);
    void read();
    void bind();

    Settings& m_settings;
    QWidget& m_window;
    QList<QKeySequence> m_keys[kActionCount];
    std::function<void()> m_handlers[kActionCount];
    QList<QShortcut*> m_bound;
    bool m_paused = false;
};

} // namespace hearth::ui
