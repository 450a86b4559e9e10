#pragma once

#include "view/components/card.h"

namespace hearth::ui {

class Button;
class Chip;
class DownloadStrip;
class Label;
class ModelCatalogue;
class ModelDownloads;

/// The small model that comes with Hearth: chat with it at once, or fetch it first.
class StarterCard : public Card {
    Q_OBJECT

public:
    StarterCard(ModelCatalogue& catalogue, ModelDownloads& downloads, QWidget* parent = nullptr);

    void refresh();
    void setMain(bool isMain);
    void setOnline(bool isOnline);
    [[nodiscard]] bool isInstalled() const;

signals:
    void chatRequested();
    void downloadBegun(int id);
    void settingsRequested();

private:
    ModelCatalogue& m_catalogue;
    ModelDownloads& m_downloads;
    Label* m_title;
    Chip* m_kind;
    Label* m_text;
    Button* m_action;
    DownloadStrip* m_strip;
    bool m_isOnline = true;
};

} // namespace hearth::ui
