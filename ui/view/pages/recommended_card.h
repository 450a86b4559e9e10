#pragma once

#include "state/model_advice.h"
#include "view/components/card.h"

#include <optional>

namespace hearth::ui {

class Button;
class DownloadStrip;
class Label;
class Meter;
class ModelDownloads;

/// The one model that suits this machine, with its reason, and the smaller and larger ones to choose
/// instead; it is downloaded, or used where it lies.
class RecommendedCard : public Card {
    Q_OBJECT

public:
    RecommendedCard(ModelAdvice& advice, ModelDownloads& downloads, QWidget* parent = nullptr);

    void refresh();
    /// The page's main button is this card's.
    void setMain(bool isMain);
    /// True if its button can be pressed.
    [[nodiscard]] bool isUsable() const;

signals:
    /// The model is on disk, in the library or not.
    void useRequested(const hearth::ui::ModelAdvice::OnDisk& model);
    /// A download has been started after which the person wants to chat.
    void downloadBegun(int id);
    void settingsRequested();

private:
    /// What the card shows: a model of the catalogue, on disk or not, or one on disk.
    struct Shown {
        const CatalogueModel* model = nullptr;
        std::optional<ModelAdvice::OnDisk> onDisk;
        ModelFit fit;
    };

    [[nodiscard]] std::optional<Shown> shown() const;
    void showFacts(const Shown& shown);
    void showButtons(const std::optional<Shown>& shown);
    void act();
    void openChoice(const std::vector<Candidate>& candidates, QWidget* anchor);

    ModelAdvice& m_advice;
    ModelDownloads& m_downloads;
    Label* m_heading;
    Label* m_title;
    Label* m_facts;
    Meter* m_meter;
    Label* m_fit;
    Label* m_reason;
    Button* m_action;
    Button* m_smaller;
    Button* m_larger;
    Button* m_back;
    DownloadStrip* m_strip;
    const CatalogueModel* m_choice = nullptr; ///< The person's; null: the recommendation.
    bool m_isMain = true;
};

} // namespace hearth::ui
