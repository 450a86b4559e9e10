#pragma once

#include "state/model_advice.h"

#include <QScrollArea>

namespace hearth::ui {

class Banner;
class Card;
class FoundModelsCard;
class Label;
class RecommendedCard;
class StarterCard;
class Workspace;

/// The first page of a first run, and of a window without a model: what this machine is, the model
/// that suits it, what is on disk already, and the starter, each one click from the first token.
class WelcomePage : public QScrollArea {
    Q_OBJECT

public:
    explicit WelcomePage(Workspace& workspace, QWidget* parent = nullptr);

    /// True while nobody has chatted and the first run is not over, or no model can be loaded.
    [[nodiscard]] static bool isWanted(Workspace& workspace);
    /// True once it shows what it is going to show; for pictures.
    [[nodiscard]] bool isSettled() const;

signals:
    /// A model has been chosen: the chat page takes over, its prompt focused.
    void chatRequested();
    /// Where mirror and proxy are set.
    void settingsRequested();

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void connectCards();
    void refresh();
    void use(const ModelAdvice::OnDisk& model);
    void chatWith(const QString& nameOrPath);
    void onFinished(int id, const QString& path);

    Workspace& m_workspace;
    Label* m_title;
    Label* m_sentence;
    Label* m_machine;
    Label* m_machineDetail;
    Banner* m_trouble;
    Banner* m_offline;
    Card* m_skeleton;
    RecommendedCard* m_recommended;
    StarterCard* m_starter;
    FoundModelsCard* m_found;
    Label* m_privacy;
    int m_download = 0;  ///< After which the person wants to chat; 0: none.
    QString m_addedPath; ///< Of a model that is being added, to chat with it.
};

} // namespace hearth::ui
