#pragma once

#include "view/pages/actions.h"

#include <QWidget>

namespace hearth::ui {

class Button;
class IconButton;
class Label;
class Shortcuts;

/// The keys of one action: a button that records the next keys that are pressed, and one that goes
/// back to the default. Keys that can't be had are refused with a sentence, and those of another
/// action are offered in exchange.
class KeyRecorder : public QWidget {
    Q_OBJECT

public:
    KeyRecorder(Shortcuts& shortcuts, Action action, QWidget* parent = nullptr);
    ~KeyRecorder() override;

    [[nodiscard]] QWidget* button() const;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void begin();
    void end();
    void take(const QKeySequence& keys);
    void refuse(const QString& sentence, const QKeySequence& offered = {});
    void refresh();

    Shortcuts& m_shortcuts;
    const Action m_action;
    Button* m_keys;
    IconButton* m_reset;
    QWidget* m_below; ///< The sentence and the exchange.
    Label* m_sentence;
    Button* m_swap;
    QKeySequence m_offered;
    bool m_isRecording = false;
};

} // namespace hearth::ui
